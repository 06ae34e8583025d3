"""The key of tickets, in the home folder: control signs with it, the recorder checks with it."""

from pathlib import Path

from sereno.runtime.key_file import load_key


def ticket_key_path(home: Path) -> Path:
    return home / "keys" / "media-ticket.key"


def load_ticket_key(home: Path) -> bytes:
    """The key, made when there is none yet; safe when several processes start at once.

    Raises: AppError invalid when the file holds something else.
    """
    return load_key(
        ticket_key_path(home),
        code="ticket_key_unreadable",
        advice="Delete it and start again: another one is made, and viewers sign in to video anew.",
    )
