"""``python -m bench NAME [--json] [--quick]``: one benchmark; the JSON object is the last thing on standard output."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from bench import scenes, spine
from bench.figures import Figure, machine

BENCHES: dict[str, Callable[[bool], Sequence[Figure]]] = {
    "scenes": scenes.run,
    "spine": spine.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHES))
    parser.add_argument("--json", action="store_true", help="print one JSON object, last on standard output")
    parser.add_argument("--quick", action="store_true", help="a run under 60 s")
    arguments = parser.parse_args()
    figures = BENCHES[arguments.name](arguments.quick)
    if arguments.json:
        table = {figure.key: figure.as_json() for figure in figures}
        print(json.dumps({"bench": arguments.name, "machine": machine(), "figures": table}))
    else:
        for figure in figures:
            print(_line(figure))
    return 0


def _line(figure: Figure) -> str:
    verdict = {True: "met", False: "NOT MET", None: "no goal"}[figure.met]
    goal = "" if figure.goal is None else f" ({figure.bound.replace('_', ' ')} {figure.goal:g})"
    peer = "" if figure.peer is None else f"; {figure.peer}: {figure.peer_value:g}"
    return f"{figure.key:40} {figure.value:.4g} {figure.unit}{goal} {verdict}{peer}"


if __name__ == "__main__":
    sys.exit(main())
