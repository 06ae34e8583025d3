"""Instants on a command line."""

import argparse
from datetime import datetime
from zoneinfo import ZoneInfo

from sereno.core.errors import invalid


def add_span_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="began", metavar="INSTANT", help="such as 2026-03-01T18:00, in the site's zone")
    parser.add_argument("--to", dest="ended", metavar="INSTANT", help="and until when; else all that there is")


def instant(text: str | None, zone: str) -> datetime | None:
    """ISO 8601; without a zone it is the site's. Raises: AppError invalid."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(
            "instant_unreadable", f"{text!r} is no instant.", "Write it like 2026-03-01T18:00 or with +00:00 behind."
        ) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone))
