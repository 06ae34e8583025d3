"""A confined process reads and writes what it was left and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

PROGRAM = """
import sys
from pathlib import Path
from sereno.runtime.confinement import confine

allowed, secret, own = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
print(confine(reading=[allowed.parent, allowed.parent / "absent"], writing=[own]))
for act in (
    lambda: allowed.read_text(),
    lambda: secret.read_text(),
    lambda: allowed.write_text("changed"),
    lambda: list(secret.parent.iterdir()),
    lambda: (secret.parent / "new").touch(),
    lambda: secret.unlink(),
    lambda: (own / "part").write_text("mine"),
    lambda: (own / "part").rename(own / "whole").read_text(),
    lambda: (own / "whole").rename(secret.parent / "whole"),
):
    try:
        print(act())
    except OSError:
        print("denied")
"""


def test_a_confined_process_reads_only_what_it_was_left(tmp_path: Path) -> None:
    allowed, secret = tmp_path / "open" / "note", tmp_path / "closed" / "key"
    for file in (allowed, secret):
        file.parent.mkdir()
        file.write_text("words")
    command = (sys.executable, "-B", "-c", PROGRAM, str(allowed), str(secret), str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    confined, *acts = ended.stdout.splitlines()
    if confined == "False":
        pytest.skip("this kernel has no Landlock")
    assert acts == ["words", *["denied"] * 5, "4", "mine", "denied"]
    assert secret.read_text() == "words"
