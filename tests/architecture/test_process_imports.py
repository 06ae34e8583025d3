"""What a process does not use it does not import: its start is short, and less of foreign code has its rights."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
HEAVY = {"PIL", "av", "boto3", "botocore", "fastapi", "httpx", "moto", "numpy", "onnxruntime", "scipy"}
FACES = "sereno.analytics.faces"
BEHIND_THE_GATE = {f"{FACES}.matching", f"{FACES}.finding"}


def imported_by(module: str) -> set[str]:
    program = f"import sys, {module}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["sereno.main.recorder"])
def test_a_process_imports_no_more_than_it_uses(module: str) -> None:
    assert HEAVY & {name.partition(".")[0] for name in imported_by(module)} == set()


@pytest.mark.parametrize("module", ["sereno.main.cli", "sereno.main.analyst", "sereno.main.control"])
def test_no_process_can_compare_faces_at_its_start(module: str) -> None:
    assert BEHIND_THE_GATE & imported_by(module) == set()


def test_only_the_gate_reaches_what_compares_faces() -> None:
    reaching = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and node.module in BEHIND_THE_GATE)
        or (isinstance(node, ast.Import) and BEHIND_THE_GATE & {name.name for name in node.names})
        or (isinstance(node, ast.Constant) and node.value in BEHIND_THE_GATE)
    }
    assert reaching == {"sereno/analytics/faces/matching.py", "sereno/analytics/faces/opening.py"}
