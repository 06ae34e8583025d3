"""Function <= 60 lines, module <= 400 lines, component <= 300 lines; the wall clock is read in one file.

Catalogues of words, and migrations, are as long as they are.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = sorted(path for folder in ("src", "bench", "tests") for path in (ROOT / folder).rglob("*.py"))
CLOCK_READS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"}
CLOCK_OWNERS = {"datetime", "date", "time"}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in PYTHON
        if path.parent.name != "versions"
        for function in functions(path)
        if (function.end_lineno or function.lineno) - function.lineno + 1 > 60
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
    reads = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "src").rglob("*.py")
        if path != clock
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in CLOCK_READS
        and isinstance(node.value, ast.Name)
        and node.value.id in CLOCK_OWNERS
    ]
    assert reads == []


def test_no_broad_except_outside_process_entry_and_supervised_loops() -> None:
    supervised = {"src/sereno/runtime/loops.py", "src/sereno/recording/reactor.py"}
    allowed = {"src/sereno/main/cli.py", "src/sereno/main/process_entry.py", "src/sereno/runtime/http.py"} | supervised
    allowed |= {"src/sereno/runtime/local_call.py"}  # the floor of calls, as http.py is of routes
    broad = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "src").rglob("*.py")
        if str(path.relative_to(ROOT)) not in allowed
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]
    assert broad == []
