"""What a process does not use it does not import: its start is short, and less of foreign code has its rights."""

import subprocess
import sys

import pytest

HEAVY = {"PIL", "av", "boto3", "botocore", "fastapi", "httpx", "moto", "numpy", "onnxruntime", "scipy"}


@pytest.mark.parametrize("module", ["sereno.main.recorder"])
def test_a_process_imports_no_more_than_it_uses(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()
