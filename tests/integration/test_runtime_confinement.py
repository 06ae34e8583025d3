"""A confined process reads what it was left and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

PROGRAM = """
import sys
from pathlib import Path
from sereno.runtime.confinement import confine_to_reading

allowed, secret = Path(sys.argv[1]), Path(sys.argv[2])
print(confine_to_reading([allowed.parent, allowed.parent / "absent"]))
for act in (
    lambda: allowed.read_text(),
    lambda: secret.read_text(),
    lambda: allowed.write_text("changed"),
    lambda: list(secret.parent.iterdir()),
    lambda: (secret.parent / "new").touch(),
    lambda: secret.unlink(),
):
    try:
        print(act())
    except PermissionError:
        print("denied")
"""


def test_a_confined_process_reads_only_what_it_was_left(tmp_path: Path) -> None:
    allowed, secret = tmp_path / "open" / "note", tmp_path / "closed" / "key"
    for file in (allowed, secret):
        file.parent.mkdir()
        file.write_text("words")
    command = (sys.executable, "-B", "-c", PROGRAM, str(allowed), str(secret))
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    confined, *acts = ended.stdout.splitlines()
    if confined == "False":
        pytest.skip("this kernel has no Landlock")
    assert acts == ["words", "denied", "denied", "denied", "denied", "denied"]
    assert secret.read_text() == "words"
