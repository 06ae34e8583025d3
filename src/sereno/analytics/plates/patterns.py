"""What the plates of each country look like as text, and how likely each is where a site stands. Data; pure."""

from dataclasses import dataclass
from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHORTEST, LONGEST = 4, 8
"""A plate of no pattern known here: so many letters and digits."""

_HOME, _NEAR, _ANYWHERE, _NO_PATTERN = 0.77, 0.15, 0.07, 0.01
_NOWHERE_NO_PATTERN = 0.05
"""Where a site states no country, for all plates of no known pattern together."""


@dataclass(frozen=True, slots=True)
class PlatePattern:
    """``shape`` has L for a letter, D for a digit and X for either; ``country`` is its ISO 3166 code.

    ``share`` is how common it is in its country. ``upper`` signs stand on the first of two lines; 0: one line.
    """

    country: str
    shape: str
    share: float
    upper: int = 0


PATTERNS = (
    PlatePattern("AR", "LLLDDD", 0.40),  # 1995
    PlatePattern("AR", "LLDDDLL", 0.45),  # Mercosur, 2016
    PlatePattern("AR", "DDDLLL", 0.07, upper=3),  # motorcycles, 1995
    PlatePattern("AR", "LDDDLLL", 0.08, upper=3),  # motorcycles, Mercosur
    PlatePattern("BR", "LLLDDDD", 0.35),  # 1990
    PlatePattern("BR", "LLLDLDD", 0.45),  # Mercosur, 2018
    PlatePattern("BR", "LLLDDDD", 0.10, upper=3),
    PlatePattern("BR", "LLLDLDD", 0.10, upper=3),
    PlatePattern("UY", "LLLDDDD", 0.90),
    PlatePattern("UY", "LLLDDD", 0.10, upper=3),
    PlatePattern("PY", "LLLLDDD", 0.35),  # Mercosur, 2019
    PlatePattern("PY", "LLLDDD", 0.40),
    PlatePattern("PY", "DDDLLLL", 0.25, upper=3),
    PlatePattern("BO", "DDDDLLL", 0.75),
    PlatePattern("BO", "DDDLLL", 0.25),
    PlatePattern("CL", "LLLLDD", 0.60),  # 2007
    PlatePattern("CL", "LLDDDD", 0.30),  # 1985
    PlatePattern("CL", "LLLDD", 0.05, upper=3),  # motorcycles
    PlatePattern("CL", "LLDDD", 0.05, upper=2),
    PlatePattern("CO", "LLLDDD", 0.60),
    PlatePattern("CO", "LLLDDL", 0.33, upper=3),  # motorcycles
    PlatePattern("CO", "LLLDD", 0.04, upper=3),
    PlatePattern("CO", "LDDDDD", 0.03),  # trailers
    PlatePattern("MX", "LLLDDDL", 0.35),  # private cars by state
    PlatePattern("MX", "LLLDDDD", 0.15),
    PlatePattern("MX", "LDDLLL", 0.10),  # Mexico City
    PlatePattern("MX", "DDDLLL", 0.10),
    PlatePattern("MX", "LLDDDDL", 0.10),  # lorries
    PlatePattern("MX", "LLDDDDD", 0.10),
    PlatePattern("MX", "DDLLDL", 0.05, upper=3),
    PlatePattern("MX", "LDDDLL", 0.05),
    PlatePattern("PE", "LDLDDD", 0.60),
    PlatePattern("PE", "LLLDDD", 0.30),
    PlatePattern("PE", "DDDDDL", 0.05, upper=4),  # motorcycles
    PlatePattern("PE", "DDDDLL", 0.05, upper=4),
    PlatePattern("EC", "LLLDDDD", 0.80),
    PlatePattern("EC", "LLLDDD", 0.20),
    PlatePattern("DE", "LLDDDD", 0.10),
    PlatePattern("DE", "LLLDDD", 0.20),
    PlatePattern("DE", "LLLDDDD", 0.25),
    PlatePattern("DE", "LLLLDDD", 0.20),
    PlatePattern("DE", "LLLLDDDD", 0.10),
    PlatePattern("DE", "LLLLDD", 0.15),
    PlatePattern("ES", "DDDDLLL", 0.85),
    PlatePattern("ES", "LLDDDDLL", 0.10),
    PlatePattern("ES", "LDDDDLL", 0.05),
    PlatePattern("FR", "LLDDDLL", 0.90),
    PlatePattern("FR", "DDDLLLDD", 0.05),
    PlatePattern("FR", "DDDDLLDD", 0.05),
    PlatePattern("IT", "LLDDDLL", 0.95),
    PlatePattern("IT", "LLDDDDD", 0.05, upper=2),
    PlatePattern("PT", "LLDDLL", 0.25),
    PlatePattern("PT", "DDLLDD", 0.45),
    PlatePattern("PT", "DDDDLL", 0.20),
    PlatePattern("PT", "LLDDDD", 0.10),
    PlatePattern("NL", "LLDDDL", 0.20),
    PlatePattern("NL", "DLLLDD", 0.20),
    PlatePattern("NL", "DDLLLD", 0.20),
    PlatePattern("NL", "LDDDLL", 0.20),
    PlatePattern("NL", "DDLLLL", 0.20),
    PlatePattern("PL", "LLDDDDD", 0.35),
    PlatePattern("PL", "LLLDDDD", 0.30),
    PlatePattern("PL", "LLDDDDL", 0.20),
    PlatePattern("PL", "LLLLLDD", 0.15),
    PlatePattern("BE", "DLLLDDD", 0.80),
    PlatePattern("BE", "LLLDDD", 0.20),
    PlatePattern("GB", "LLDDLLL", 0.85),
    PlatePattern("GB", "LDDDLLL", 0.10),
    PlatePattern("GB", "LLLDDDL", 0.05),
    PlatePattern("US", "LLLDDDD", 0.35),
    PlatePattern("US", "DLLLDDD", 0.15),
    PlatePattern("US", "LLLDDD", 0.15),
    PlatePattern("US", "DDDLLL", 0.15),
    PlatePattern("US", "LLDDDLL", 0.05),
)
"""Source: the countries' own descriptions of their series. Several share a shape: a text alone tells no country."""

NEIGHBOURS: dict[str, frozenset[str]] = {
    "AR": frozenset({"BR", "UY", "PY", "BO", "CL"}),
    "BR": frozenset({"AR", "UY", "PY", "BO", "PE", "CO"}),
    "UY": frozenset({"AR", "BR"}),
    "PY": frozenset({"AR", "BR", "BO"}),
    "BO": frozenset({"AR", "BR", "PY", "CL", "PE"}),
    "CL": frozenset({"AR", "BO", "PE"}),
    "PE": frozenset({"CL", "BO", "BR", "EC", "CO"}),
    "EC": frozenset({"CO", "PE"}),
    "CO": frozenset({"EC", "PE", "BR"}),
    "MX": frozenset({"US"}),
    "US": frozenset({"MX"}),
    "GB": frozenset({"FR", "BE", "NL", "DE"}),
}
_EUROPE = frozenset({"DE", "ES", "FR", "IT", "PT", "NL", "PL", "BE", "GB"})
_GROUPS = {"EU": _EUROPE, "US": frozenset({"US"})}
NO_SET_PATTERN = frozenset({"US", "EU"})
"""Where so many series run beside one another that a plate of none of them is no surprise."""


def shape_prior(country: str = "") -> dict[str, float]:
    """How likely each shape is before anything was read at a site in ``country``; the sum is 1.

    ``country`` is an ISO code, EU for all of Europe, or empty for a site that states none. A foreign plate is unlikely,
    never impossible, and neither is one of no pattern at all (``X`` from ``SHORTEST`` to ``LONGEST``).
    """
    return dict(_shape_prior(country.upper()))


@lru_cache(maxsize=16)
def _shape_prior(country: str) -> tuple[tuple[str, float], ...]:
    home = _GROUPS.get(country, frozenset({country}))
    near = NEIGHBOURS.get(country, _EUROPE if country in _EUROPE else frozenset[str]()) - home
    known = {pattern.country for pattern in PATTERNS}
    weights = {c: _weight(c, home & known, near, len(known)) for c in known}
    total = sum(weights.values())
    free = 0.3 if country in NO_SET_PATTERN else _NO_PATTERN if home & known else _NOWHERE_NO_PATTERN
    prior: dict[str, float] = {}
    for pattern in PATTERNS:
        share = pattern.share / sum(p.share for p in PATTERNS if p.country == pattern.country)
        prior[pattern.shape] = prior.get(pattern.shape, 0.0) + (1 - free) * weights[pattern.country] / total * share
    for length in range(SHORTEST, LONGEST + 1):
        prior["X" * length] = free / (LONGEST + 1 - SHORTEST)
    return tuple(prior.items())


def _weight(country: str, home: frozenset[str], near: frozenset[str], known: int) -> float:
    if country in home:
        return _HOME / len(home)
    return _NEAR / len(near) if country in near else _ANYWHERE / known


def is_whole_plate(text: str) -> bool:
    """Whether ``text`` has the shape of some country's plate, sign by sign."""
    return "".join("D" if sign.isdigit() else "L" for sign in text) in _SHAPES


_SHAPES = frozenset(pattern.shape for pattern in PATTERNS)
