"""Plates as they are looked for: signs that readers and eyes take for one another count as one. Pure."""

_ALIKE = str.maketrans("OIBSZ", "01852")


def folded(plate: str) -> str:
    """O is 0, I is 1, B is 8, S is 5, Z is 2."""
    return plate.upper().translate(_ALIKE)


def pairs_of(plate: str) -> frozenset[str]:
    """Every two neighbouring signs of the folded plate: what part of a plate is found by."""
    text = folded(plate)
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))
