"""``python -m bench NAME [--json] [--quick] [--keep]``: one benchmark; JSON is the last thing on standard output.

``--keep`` stores the result in bench/results: ``make docs`` writes the two pages from there.
``python -m bench all`` runs and keeps each, in a process of its own.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import cast

from bench import (
    colours,
    density,
    detect,
    events,
    faces,
    gate,
    gpu,
    ground,
    live,
    plates,
    plates_list,
    playback,
    record,
    recover,
    reid,
    scenes,
    search,
    spine,
    track,
    view,
)
from bench.figures import Figure, machine
from bench.page import Report, keep

BENCHES: dict[str, Callable[[bool], Sequence[Figure]]] = {
    "colours": colours.run,
    "density": density.run,
    "detect": detect.run,
    "events": events.run,
    "faces": faces.run,
    "gate": gate.run,
    "ground": ground.run,
    "gpu": gpu.run,
    "live": live.run,
    "playback": playback.run,
    "plates": plates.run,
    "plates-list": plates_list.run,
    "record": record.run,
    "recover": recover.run,
    "reid": reid.run,
    "scenes": scenes.run,
    "search": search.run,
    "spine": spine.run,
    "track": track.run,
    "view": view.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=[*sorted(BENCHES), "all"])
    parser.add_argument("--json", action="store_true", help="print one JSON object, last on standard output")
    parser.add_argument("--quick", action="store_true", help="a run under 60 s")
    parser.add_argument("--keep", action="store_true", help="store the result for the generated pages")
    arguments = parser.parse_args()
    if arguments.name == "all":
        for name in sorted(BENCHES):
            report = _measured(name, arguments.quick)
            if report["figures"]:  # some machines lack what a benchmark is about
                keep(report)
        return 0
    figures = BENCHES[arguments.name](arguments.quick)
    table = {figure.key: figure.as_json() for figure in figures}
    report = cast(Report, {"bench": arguments.name, "machine": machine(), "figures": table})
    if arguments.keep and figures:
        keep(report)
    if arguments.json:
        print(json.dumps(report))
    else:
        for figure in figures:
            print(_line(figure))
    return 0


def _measured(name: str, quick: bool) -> Report:
    argv = [sys.executable, "-m", "bench", name, "--json", *(["--quick"] if quick else [])]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
    report: Report = json.loads(done.stdout.splitlines()[-1])
    return report


def _line(figure: Figure) -> str:
    verdict = {True: "met", False: "NOT MET", None: "no goal"}[figure.met]
    goal = "" if figure.goal is None else f" ({figure.bound.replace('_', ' ')} {figure.goal:g})"
    peer = "" if figure.peer is None else f"; {figure.peer}: {figure.peer_value:g}"
    return f"{figure.key:40} {figure.value:.4g} {figure.unit}{goal} {verdict}{peer}"


if __name__ == "__main__":
    sys.exit(main())
