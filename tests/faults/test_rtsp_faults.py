"""A town of broken cameras on one real recorder: each is told by name, none costs another a picture, all come back."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from sereno.cameras.events import StreamLost
from sereno.cameras.model import Transport
from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import SystemClock
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S, wall_ticks
from sereno.recording.check import CheckLevel, check_recordings
from sereno.recording.model import Segment
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.faults import NO_FAULTS
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from tests.faults.cases import CASES, GOOD, Case
from tests.faults.wires import Wires
from tests.integration.conftest import CLIP_FPS, require_program
from tests.integration.recorder_case import RunningRecorder, facts_in, segments_in, settings_for, wait_until

pytestmark = pytest.mark.integration

STEP = TICKS_PER_S // CLIP_FPS
PATIENCE_S = 90.0


@dataclass(frozen=True)
class Outcome:
    """What was found after all of it."""

    archive: Path
    healed: int
    """When all cameras were put right, wall ticks."""
    proofs: dict[str, list[float]]
    """When each wired camera was shown a password."""
    faults: list[str]
    """What the deepest check of the archive found."""

    def segments(self, name: str) -> list[Segment]:
        return segments_in(self.archive, name)

    def told(self, name: str) -> list[str]:
        """Reasons stored while it was wrong."""
        lost = [fact for fact in facts_in(self.archive) if isinstance(fact, StreamLost) and fact.camera_id == name]
        return [fact.reason for fact in lost if wall_ticks(fact.at) < self.healed]


class Bench:
    """The simulator, the wires before it and the recorder, while they run."""

    def __init__(
        self, server: RtspServerThread, wires: Wires, recorder: RunningRecorder, clips: dict[str, Path]
    ) -> None:
        self._server = server
        self._wires = wires
        self._recorder = recorder
        self._clips = clips

    def begin(self) -> None:
        cameras = [self._camera(name, self._server.url(name), udp=False) for name in GOOD]
        for case in CASES:
            url = self._wires.url(case.name, case.login) if case.wired else self._server.url(case.name)
            cameras.append(self._camera(case.name, url, udp=case.udp))
        write_roster(self._recorder.settings.home / "roster.json", tuple(cameras))
        late = [case.name for case in CASES if case.later]
        self._wait("a first segment of each", lambda: [n for n in late if not self._recorder.segments(n)])

    def break_later(self) -> None:
        for case in CASES:
            if not case.later:
                continue
            if case.dies:
                self._wires.kill(case.name)
            elif case.turns_into:
                self._server.set_clip(case.name, load_clip(self._clips[case.turns_into]))
            else:
                self._server.set_faults(case.name, case.faults)
        since = wall_ticks(SystemClock().now())
        self._wait("what each does", lambda: [case.name for case in CASES if not self._is_seen(case, since)])

    def heal(self) -> int:
        healed = wall_ticks(SystemClock().now())
        for case in CASES:
            self._server.set_faults(case.name, NO_FAULTS)
            if case.wired:
                self._wires.heal(case.name)
        self._wait(
            "the return of each",
            lambda: [
                c.name for c in CASES if not [s for s in self._recorder.segments(c.name) if s.started_wall > healed]
            ],
        )
        return healed

    def _is_seen(self, case: Case, since: int) -> bool:
        """Whether the fault showed what it can do."""
        if case.told is not None:
            lost = [f for f in self._recorder.facts() if isinstance(f, StreamLost) and f.camera_id == case.name]
            return case.told in {fact.reason for fact in lost}
        segments = self._recorder.segments(case.name)
        return bool(segments) and segments[-1].ended_wall > since + 5 * TICKS_PER_S

    def _wait(self, what: str, missing: Callable[[], list[str]]) -> None:
        left: list[str] = []

        def all_there() -> bool:
            left[:] = missing()
            return not left

        try:
            wait_until(what, all_there, patience_s=PATIENCE_S)
        except pytest.fail.Exception:
            pytest.fail(f"{what} did not happen with {', '.join(left)}")

    @staticmethod
    def _camera(name: str, url: str, *, udp: bool) -> RosterCamera:
        transport = Transport.UDP if udp else Transport.TCP
        return RosterCamera(id=CameraId(name), name=name, main_url=url, transport=transport)


@pytest.fixture(scope="module")
def clips(h264_clip: Path, h265_clip: Path, long_gop_clip: Path) -> dict[str, Path]:
    return {
        "plain": h264_clip,
        "dense": h265_clip,
        "one-key-frame": long_gop_clip,
        "small": _coded(h264_clip, "small", "-vf", "scale=160:120", "-bf", "0"),
        "coded-otherwise": _coded(h264_clip, "otherwise", "-profile:v", "main", "-refs", "2", "-bf", "2"),
    }


def _coded(clip: Path, name: str, *options: str) -> Path:
    path = clip.with_name(f"{name}.mp4")
    if not path.exists():
        coder = ("-c:v", "libx264", "-preset", "veryfast", "-g", "15", *options)
        subprocess.run(
            (require_program("ffmpeg"), "-v", "error", "-nostdin", "-y", "-i", str(clip), *coder, str(path)), check=True
        )
    return path


@pytest.fixture(scope="module")
def outcome(clips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    mounts = [Mount(path=case.name, clip=load_clip(clips[case.clip])) for case in CASES]
    mounts = [
        Mount(path=case.name, clip=mount.clip, faults=NO_FAULTS if case.later else case.faults)
        for case, mount in zip(CASES, mounts, strict=True)
    ]
    mounts += [
        Mount(path="good", clip=load_clip(clips["plain"])),
        Mount(path="good-dense", clip=load_clip(clips["dense"])),
    ]
    wired = {case.name: case.act for case in CASES if case.wired}
    home = tmp_path_factory.mktemp("faults")
    with RtspServerThread(RtspServer(mounts, SystemClock())) as server:
        half_open = frozenset(case.name for case in CASES if case.half_open)
        with Wires(server.server.port, wired, half_open) as wires:
            with RunningRecorder(settings_for(home)) as recorder:
                bench = Bench(server, wires, recorder, clips)
                bench.begin()
                bench.break_later()
                healed = bench.heal()
            proofs = {name: list(wires[name].proofs) for name in wired}
    faults = [str(fault) for fault in check_recordings(recorder.archive, CheckLevel.DECODE)]
    return Outcome(recorder.archive, healed, proofs, faults)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_camera(case: Case, outcome: Outcome) -> None:
    told = outcome.told(case.name)
    segments = outcome.segments(case.name)
    assert told[:1] == ([case.told.value] if case.told is not None else [])
    assert set(told) <= {case.told, case.then}
    # a camera that is healed begins with its last key frame, which may be older
    before = [each for each in segments if each.ended_wall < outcome.healed]
    assert bool(before) == case.records
    assert [each for each in segments if each.started_wall > outcome.healed], "it came back by itself"
    if case.whole:
        assert_whole(segments)
    noisy = case.name.startswith("noise") or case.name == "udp-loss"
    assert noisy or [fault for fault in outcome.faults if fault.startswith(f"{case.name}/")] == []


@pytest.mark.parametrize("name", GOOD)
def test_the_others_lose_nothing(name: str, outcome: Outcome) -> None:
    assert outcome.told(name) == []
    assert_whole(outcome.segments(name))
    assert [fault for fault in outcome.faults if fault.startswith(f"{name}/")] == []


def test_a_storm_of_401_meets_few_and_fewer_proofs(outcome: Outcome) -> None:
    """Cameras lock an account after some five wrong tries."""
    for name in ("storm", "stale-storm"):
        proofs = outcome.proofs[name]
        tries = [proofs[0], *(after for before, after in pairwise(proofs) if after - before > 1)]
        assert len(tries) <= 4
        assert all(after - before > 5 for before, after in pairwise(tries))


def assert_whole(segments: list[Segment]) -> None:
    """Within each run no picture is missing."""
    for before, after in pairwise(segments):
        assert after.number == before.number + 1
        if before.end_reason in ("rotated", "clock_changed"):
            assert after.started_media == before.ended_media
    for segment in segments:
        assert abs(segment.duration - segment.frames * STEP) <= 2 + segment.frames // 50
