"""``sereno verify FILE``: what the verifier page says, on a command line."""

import argparse
from pathlib import Path

from sereno.core.errors import not_found
from sereno.evidence.verify import verify_package


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the package, a .zip")
    parser.add_argument("--fingerprint", help="the centre's key, as it publishes it: refuses another key's seal")


def run(options: argparse.Namespace) -> int:
    path: Path = options.file
    if not path.is_file():
        raise not_found("package_missing", f"There is no file {path}.", "Name the .zip that was handed over.")
    verdict = verify_package(path, options.fingerprint)
    print(verdict)
    return 0 if verdict.valid else 1
