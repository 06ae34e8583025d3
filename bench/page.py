"""docs/benchmarks.md and docs/model-card.md, written from what was measured last (``results/NAME.json``)."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

_HERE = Path(__file__).parent
RESULTS = _HERE / "results"
CARD = _HERE / "model_card"
"""The card's prose, a file a topic, in the order of their names."""

_BENCHMARKS_HEAD = """# Benchmarks

Written by `make docs` from `bench/results`. Each section was measured in one run with its peers, by
`python -m bench NAME --keep`. A figure that misses its goal says so.
"""
_CARD_HEAD = """# Model card: what the analytics can do, and what they must not be used for

Written by `make docs` from `bench/model_card` (words) and `bench/results` (figures).
"""
_TABLE = re.compile(r"^\{\{(?P<bench>[a-z_-]+)(?: (?P<prefixes>[a-z0-9_ -]+))?\}\}$", re.MULTILINE)


class FigureRow(TypedDict):
    value: float
    unit: str
    goal: float | None
    peer: str | None
    peer_value: float | None
    ratio: float | None
    met: bool | None


class Report(TypedDict):
    """What ``python -m bench NAME --json`` prints."""

    bench: str
    machine: dict[str, object]
    figures: dict[str, FigureRow]


def keep(report: Report) -> None:
    """As the newest result of its benchmark."""
    path = RESULTS / f"{report['bench']}.json"
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def kept() -> dict[str, Report]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}


def benchmarks_page() -> str:
    sections = [f"## {name}\n\n{_machine(report)}\n\n{_table(report, ())}" for name, report in kept().items()]
    return "\n".join([_BENCHMARKS_HEAD, *sections])


def card_page() -> str:
    """A line ``{{bench prefix prefix}}`` stands for the figures whose keys begin so, ``{{bench}}`` for all."""
    reports = kept()
    topics = [path.read_text(encoding="utf-8") for path in sorted(CARD.glob("*.md"))]
    return "\n".join([_CARD_HEAD, *(_TABLE.sub(lambda match: _filled(match, reports), topic) for topic in topics)])


def _filled(match: re.Match[str], reports: Mapping[str, Report]) -> str:
    report = reports.get(match["bench"])
    if report is None:
        return f"Not measured yet: `python -m bench {match['bench']} --keep`."
    return _table(report, tuple((match["prefixes"] or "").split())).rstrip("\n")


def _machine(report: Report) -> str:
    told = report["machine"]
    return f"{told['cpu']}, {told['cores']} cores; Python {told['python']}."


def _table(report: Report, prefixes: tuple[str, ...]) -> str:
    chosen = {key: row for key, row in report["figures"].items() if not prefixes or key.startswith(prefixes)}
    rows = ["| figure | value | goal | met | peer |", "|---|---|---|---|---|"]
    return "\n".join([*rows, *(_row(key, figure) for key, figure in chosen.items())]) + "\n"


def _row(key: str, figure: FigureRow) -> str:
    goal = "" if figure["goal"] is None else f"{figure['goal']:g}"
    met = {True: "yes", False: "**no**", None: ""}[figure["met"]]
    peer = "" if figure["peer"] is None else f"{figure['peer']}: {figure['peer_value']:.3g}"
    return f"| `{key}` | {figure['value']:.4g} {figure['unit']} | {goal} | {met} | {peer} |"
