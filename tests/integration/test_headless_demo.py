"""The whole chain, by a scripted operator, through the public API, on pixels that came over RTSP."""

import json
import subprocess
from pathlib import Path

import pytest

from bench.town import ROOT, demo_argv

pytestmark = pytest.mark.integration


def test_a_shift_of_a_minute_leaves_every_link_of_the_chain(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    argv = demo_argv(tmp_path / "home", "--headless", "--seconds", "60", "--report", str(report))
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["missing"] == [], f"{told['notes']}\n{done.stderr[-4000:]}"
    assert done.returncode == 0
    assert told["frames_read"] > 0
    assert told["detector_calls"] > 0
    assert sum(told["alerts_by_rule"].values()) > 0
    assert {"frame_to_alert_on_screen", "proposal", "hold_to_sealed", "verify"} <= told["latencies"].keys()
