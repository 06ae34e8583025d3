"""What people write on evidence: it stands in the audit log, the manifest and the letter, so it is one plain line."""

from sereno.core.errors import invalid

LONGEST_WORDS = 500


def checked_words(name: str, text: str) -> str:
    """Raises: AppError invalid when it is empty, too long or not one line."""
    words = text.strip()
    if not words:
        raise invalid(f"{name}_missing", f"The {name} is empty.", "Say why: it stays with the evidence.")
    if len(words) > LONGEST_WORDS or not words.isprintable():
        raise invalid(f"{name}_unfit", f"The {name} is one line of at most {LONGEST_WORDS} characters.")
    return words
