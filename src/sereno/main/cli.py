"""The ``sereno`` command: what it can do, and how it says what went wrong."""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from sereno.core.errors import AppError
from sereno.runtime.logs import configure_logs

log = logging.getLogger(__name__)

EXAMPLES = """
first steps:
  sereno demo                          a simulated town in your browser, real RTSP, real detector
  sereno up                            a real centre; reads ./sereno.toml when there is one
  sereno up --settings /etc/sereno.toml

proofs:
  sereno recordings check              every row has its file, every file its row
  sereno recordings check --level hashes
  sereno recordings verify plaza-1 2026-03-01T18:00 2026-03-01T19:00
  sereno recordings repair             shows a plan; --yes carries it out
  sereno audit verify                  nobody edited, removed or reordered an audit row
  sereno verify package.zip            a sealed export, as a court would check it
"""


@dataclass(frozen=True, slots=True)
class Command:
    """``module`` stands in ``sereno.main.commands``; it is imported only when chosen, so that every start is short."""

    words: tuple[str, ...]
    purpose: str
    module: str


COMMANDS = (
    Command(("up",), "run a centre until Ctrl-C", "up"),
    Command(("demo",), "run the simulated town", "demo"),
    Command(("assets",), "fetch models and clips, checked by SHA-256", "assets"),
    Command(("models",), "list the detectors, and try those of this site", "models"),
    Command(("recordings", "check"), "compare the archive's journal and files", "recordings_check"),
    Command(("recordings", "verify"), "prove a camera's footage from files, journal and key", "recordings_verify"),
    Command(("recordings", "heads"), "the newest signed head of each chain, to be kept outside", "recordings_heads"),
    Command(("recordings", "repair"), "mend what a broken disk or a missing journal left", "recordings_repair"),
    Command(("standby", "key"), "make the key that recorder and standby share", "standby_key"),
    Command(("standby", "run"), "record the cameras of recorders that fail, until Ctrl-C", "standby"),
    Command(("audit", "verify"), "find any edited, removed or reordered audit row", "audit_verify"),
    Command(("verify",), "check a sealed export", "verify"),
)
GROUPS = {"recordings": "the archive of footage", "standby": "a recorder in reserve", "audit": "the chained audit log"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 a check found faults, 2 something must be put right first."""
    words = tuple(sys.argv[1:] if arguments is None else arguments)
    configure_logs("sereno")
    try:
        options = _parser(words).parse_args(words)
        status: int = options.run(options)
        return status
    except AppError as error:
        print(f"sereno: {error.message}\n        {error.advice}".rstrip(), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception:
        log.exception("this should not happen; please report it with these lines")
        return 3


def _parser(words: tuple[str, ...]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sereno",
        description="An open citizen-security monitoring centre.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    groups = {
        name: commands.add_parser(name, help=what).add_subparsers(metavar="COMMAND", required=True)
        for name, what in GROUPS.items()
    }
    for command in COMMANDS:
        place = groups[command.words[0]] if len(command.words) > 1 else commands
        purpose = command.purpose
        own = place.add_parser(command.words[-1], help=purpose, description=f"{purpose.capitalize()}.")
        if words[: len(command.words)] == command.words:
            module = import_module(f"sereno.main.commands.{command.module}")
            module.add_arguments(own)
            own.set_defaults(run=module.run)
    return parser
