"""docs/benchmarks.md: every figure with its goal and its peer, as the last run measured them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"

_HEAD = """# Benchmarks

Written by `make bench`; each figure was measured in one run with its peer. A figure that misses its goal says so.
"""


class FigureRow(TypedDict):
    value: float
    unit: str
    goal: float | None
    peer: str | None
    peer_value: float | None
    met: bool | None


class Report(TypedDict):
    """What ``python -m bench NAME --json`` prints."""

    bench: str
    machine: dict[str, object]
    figures: dict[str, FigureRow]


def page(reports: Sequence[Report]) -> str:
    parts = [_HEAD]
    if reports:
        told = reports[0]["machine"]
        parts.append(f"Machine: {told['cpu']}, {told['cores']} cores; Python {told['python']}.\n")
    for report in reports:
        rows = ["| figure | value | goal | met | peer |", "|---|---|---|---|---|"]
        rows += [_row(key, figure) for key, figure in report["figures"].items()]
        parts.append(f"## {report['bench']}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _row(key: str, figure: FigureRow) -> str:
    goal = "" if figure["goal"] is None else f"{figure['goal']:g}"
    met = {True: "yes", False: "**no**", None: ""}[figure["met"]]
    peer = "" if figure["peer"] is None else f"{figure['peer']}: {figure['peer_value']:.3g}"
    return f"| `{key}` | {figure['value']:.4g} {figure['unit']} | {goal} | {met} | {peer} |"
