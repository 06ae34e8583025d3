"""Function <= 60 lines, module <= 400 lines, component <= 300 lines; the wall clock is read in one file.

Catalogues of words, and migrations, are as long as they are.
"""

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = sorted(path for folder in ("src", "bench", "tests") for path in (ROOT / folder).rglob("*.py"))
CLOCK_READS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"}
CLOCK_OWNERS = {"datetime", "date", "time"}


@dataclass(frozen=True)
class Survey:
    """What the rules ask of a module; line numbers."""

    long_functions: tuple[str, ...]
    clock_reads: tuple[int, ...]
    broad_excepts: tuple[int, ...]


@functools.cache
def survey(path: Path) -> Survey:
    """One pass for all rules: parsing the tree is what takes the time."""
    long, reads, broad = [], [], []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if (node.end_lineno or node.lineno) - node.lineno + 1 > 60:
                    long.append(f"{node.lineno} {node.name}")
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in CLOCK_OWNERS and name in CLOCK_READS:
                reads.append(node.lineno)
            case ast.ExceptHandler(type=None | ast.Name(id="Exception" | "BaseException")):
                broad.append(node.lineno)
    return Survey(tuple(long), tuple(reads), tuple(broad))


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{function}"
        for path in PYTHON
        if path.parent.name != "versions"
        for function in survey(path).long_functions
    ]
    assert long == []


def test_modules_and_components_are_short() -> None:
    limits = [(path, 400) for path in PYTHON if path.parent.name != "versions"]
    limits += [(path, 300) for path in (ROOT / "console" / "src").rglob("*.svelte")]
    limits += [(path, 400) for path in (ROOT / "console" / "src").rglob("*.ts") if path.parent.name != "i18n"]
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path, limit in limits
        if (lines := path.read_text(encoding="utf-8").count("\n")) > limit
    ]
    assert long == []


def test_only_the_clock_reads_the_time() -> None:
    clock = ROOT / "src" / "sereno" / "core" / "clock.py"
    sources = [path for path in (ROOT / "src").rglob("*.py") if path != clock]
    reads = [f"{path.relative_to(ROOT)}:{line}" for path in sources for line in survey(path).clock_reads]
    assert reads == []


def test_no_broad_except_outside_process_entry_and_supervised_loops() -> None:
    supervised = {"src/sereno/runtime/loops.py", "src/sereno/recording/reactor.py"}
    allowed = {"src/sereno/main/cli.py", "src/sereno/main/process_entry.py", "src/sereno/runtime/http.py"} | supervised
    allowed |= {"src/sereno/runtime/local_call.py"}  # the floor of calls, as http.py is of routes
    sources = [path for path in (ROOT / "src").rglob("*.py") if str(path.relative_to(ROOT)) not in allowed]
    broad = [f"{path.relative_to(ROOT)}:{line}" for path in sources for line in survey(path).broad_excepts]
    assert broad == []
