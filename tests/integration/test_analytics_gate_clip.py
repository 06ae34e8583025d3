"""A real corridor, seen on every frame and behind the gate: who walks there is found either way."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest

from sereno.analytics.camera_watch import CameraWatch
from sereno.analytics.decode import Picture, TakenFrame
from sereno.analytics.detectors.efficientdet import EfficientDetLite
from sereno.analytics.events import ObservationClosed
from sereno.analytics.gate.looks import LookPolicy
from sereno.analytics.gate.watching import MotionGate
from sereno.analytics.model import ObjectKind, Observation
from sereno.core.facts import Fact
from sereno.core.ids import CameraId

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
CLIP = ROOT.parent / "shared" / "data" / "video" / "intel_one_by_one_person.mp4"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LENGTH_S = 24.0
CAMERA = CameraId("corridor")


def persons(gate: MotionGate, folder: Path) -> tuple[list[Observation], int]:
    """Who was seen in the first seconds, at five frames a second, and how often the detector looked."""
    watch = CameraWatch(
        CAMERA, EfficientDetLite(ROOT / "cache" / "assets" / "efficientdet-lite0.tflite", folder), gate=gate
    )
    facts: list[Fact] = []
    with av.open(CLIP) as container:
        for i, frame in enumerate(container.decode(container.streams.video[0])):
            at_s = frame.time or 0.0
            if at_s > LENGTH_S:
                break
            if i % 2 == 0:
                facts += watch.look(TakenFrame(CAMERA, Picture(frame), START + timedelta(seconds=at_s))).facts
    facts += watch.close_all(START + timedelta(seconds=LENGTH_S)).facts
    seen = [fact.observation for fact in facts if isinstance(fact, ObservationClosed)]
    return [one for one in seen if one.kind is ObjectKind.PERSON], watch.counts.detector_calls


def test_the_gate_halves_the_looks_and_loses_nobody(tmp_path: Path) -> None:
    always, all_looks = persons(MotionGate(LookPolicy(idle_s=0.0, live_s=0.0)), tmp_path)
    gated, looks = persons(MotionGate(LookPolicy()), tmp_path)
    assert all_looks in {120, 121}
    assert looks < all_looks / 2
    assert always
    for person in always:
        near = [one for one in gated if one.first_at < person.last_at and person.first_at < one.last_at]
        assert near, "each is found"
        assert min(abs((one.first_at - person.first_at).total_seconds()) for one in near) < 1.0, "within a second"
