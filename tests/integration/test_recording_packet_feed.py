"""The recorder hands packets to analysts: in order, with their wall time, and to nobody's loss but a slow reader's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from sereno.analytics.decode import TakenFrame
from sereno.analytics.frame_reader import FrameReader, Reading
from sereno.analytics.sound_reader import RATE_HZ, SoundReader, Wave
from sereno.analytics.work_note import WorkNote
from sereno.cameras.local_feed.subscription import Subscription
from sereno.cameras.local_feed.wire import FEED_SOCKET, FeedStream, Message, Opened, Sample, Wanted
from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import SystemClock
from sereno.core.errors import AppError
from sereno.core.geometry import Point
from sereno.core.ids import CameraId
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.faults import Faults, Refusal
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from tests.faults.sounds import TONE_HZ
from tests.integration.conftest import make_clip
from tests.integration.recorder_case import RunningRecorder, settings_for, wait_until
from tests.integration.test_recording_sound import LAW, SOURCES

pytestmark = pytest.mark.integration

FRAME_S = 1 / 15
SLACK_S = 0.02
A = CameraId("a")
WINDOW = (Point(0.25, 0.25), Point(0.5, 0.25), Point(0.5, 0.75), Point(0.25, 0.75))


def subscription(home: Path, camera_id: CameraId = A, stream: FeedStream = FeedStream.MAIN) -> Subscription:
    return Subscription(home / FEED_SOCKET, Wanted(camera_id=camera_id, stream=stream))


@contextmanager
def reading(home: Path, stream: FeedStream = FeedStream.MAIN, fps: float = 5.0) -> Iterator[FrameReader]:
    slot = WorkNote(home / "at-work").slot(A)
    reader = FrameReader(
        Reading(camera_id=A, subscription=subscription(home, stream=stream), fps=fps, note=slot), lambda: None
    )
    reader.start()
    try:
        yield reader
    finally:
        reader.stop()
        reader.join(10)


def frames(reader: FrameReader, count: int) -> list[TakenFrame]:
    taken: list[TakenFrame] = []
    while len(taken) < count:
        wait_until("a frame", lambda: reader.ready)
        frame = reader.take()
        assert frame is not None
        taken.append(frame)
    return taken


@dataclass
class Hearing:
    """Takes all messages of a stream in a thread; ``ended`` is why there are no more."""

    subscription: Subscription
    messages: list[Message] = field(default_factory=list)
    ended: str = ""
    _stop: Event = field(default_factory=Event)

    @contextmanager
    def running(self) -> Iterator["Hearing"]:
        thread = Thread(target=self._run)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join(10)

    def _run(self) -> None:
        try:
            for message in self.subscription.messages(self._stop):
                self.messages.append(message)
        except AppError as error:
            self.ended = error.code

    @property
    def samples(self) -> list[Sample]:
        return [message for message in self.messages if isinstance(message, Sample)]

    @property
    def openings(self) -> list[Opened]:
        return [message for message in self.messages if isinstance(message, Opened)]


@pytest.mark.parametrize("path", ["h264", "h265"])
def test_frames_come_evenly_in_step_with_the_wall_and_the_camera_has_one_viewer(
    rtsp_server: RtspServerThread, tmp_path: Path, path: str
) -> None:
    clock = SystemClock()
    with RunningRecorder(settings_for(tmp_path)) as recorder, reading(tmp_path) as reader:
        recorder.follow(a=rtsp_server.url(path))
        taken = frames(reader, 12)
        assert abs((clock.now() - taken[-1].at).total_seconds()) < 5
        assert rtsp_server.viewer_counts()[path] == 1
        assert reader.counts.broken == 0
    steps = [(b.at - a.at).total_seconds() for a, b in pairwise(taken[6:])]
    assert all(step % FRAME_S < SLACK_S or step % FRAME_S > FRAME_S - SLACK_S for step in steps)
    assert all(step > 0 for step in steps)
    luma, rgb = taken[0].picture.luma(), taken[0].picture.rgb(160, 120)
    assert luma.shape == (240, 320)
    assert rgb.shape == (120, 160, 3)
    assert np.std(rgb) > 10


def test_a_sub_stream_is_read_while_it_is_wanted_and_its_refusal_is_told(
    rtsp_server: RtspServerThread, tmp_path: Path
) -> None:
    camera = RosterCamera(
        id=A, name="a", main_url=rtsp_server.url("h265"), sub_url=rtsp_server.url("h264"), one_session=False
    )
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        write_roster(tmp_path / "roster.json", (camera,))
        recorder.wait_for_segments("a", 1)
        assert rtsp_server.viewer_counts()["h264"] == 0
        with reading(tmp_path, FeedStream.SUB) as reader:
            frames(reader, 3)
            rtsp_server.set_faults("h264", Faults(refusal=Refusal.NOT_FOUND, cut=True))
            wait_until("the fault", lambda: reader.fault is not None)
            rtsp_server.set_faults("h264", Faults(refusal=Refusal.NOT_FOUND))
            wait_until("the loss is told", lambda: reader.counts.lost["camera_not_found"] >= 1)
            rtsp_server.set_faults("h264", Faults())
            before = reader.counts.offered
            wait_until("frames again", lambda: reader.counts.offered > before and reader.fault is None)
        wait_until("the sub stream is let go", lambda: rtsp_server.viewer_counts()["h264"] == 0)


def test_a_refusal_is_told_also_to_who_comes_later_and_so_is_a_recorder_that_is_away(
    rtsp_server: RtspServerThread, tmp_path: Path
) -> None:
    with reading(tmp_path) as reader:
        wait_until("nobody is there", lambda: reader.counts.lost["recorder_away"] >= 1)
        with RunningRecorder(settings_for(tmp_path)) as recorder:
            recorder.follow(a=rtsp_server.url("locked"))
            wait_until("the refusal", lambda: reader.counts.lost["camera_unauthorized"] >= 1)
            with Hearing(subscription(tmp_path)).running() as late:
                wait_until("it is told again", lambda: bool(late.messages))
            assert not late.samples
            recorder.follow(a=rtsp_server.url("h264"))
            frames(reader, 2)
            assert reader.fault is None
        wait_until("it is away again", lambda: reader.fault is not None and reader.fault.code == "recorder_away")


def test_who_does_not_read_loses_pictures_and_nobody_else_does(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    """The kernel holds a little; then the slow reader is cut back to key frames, and told how much it missed."""
    with RunningRecorder(settings_for(tmp_path, segment_s=1.0)) as recorder:
        noise = ("-vf", "noise=alls=80:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "8", "-g", "15")
        heavy = make_clip(tmp_path / "heavy.mp4", *noise, size="640x480")
        rtsp_server.set_clip("h264", load_clip(heavy))
        recorder.follow(a=rtsp_server.url("h264"))
        recorder.wait_for_segments("a", 1)
        slow = subscription(tmp_path).messages(Event())
        with Hearing(subscription(tmp_path)).running() as quick:
            assert isinstance(next(slow), Opened)
            wait_until("much is sent", lambda: sum(len(s.content) for s in quick.samples) > 12_000_000)
            count = len(quick.samples)
            missed = next(m for m in slow if isinstance(m, Sample) and m.missed)
        assert missed.key
        assert missed.missed > 10
        assert sum(s.missed for s in quick.samples) == 0
        media = [s.media for s in quick.samples[:count]]
        assert {b - a for a, b in pairwise(media)} == {90_000 // 15}
        assert all(segment.frames == 15 for segment in recorder.segments("a")[1:])


def test_a_masked_camera_hands_out_masked_pictures_and_what_analysts_may_not_have_is_refused(
    rtsp_server: RtspServerThread, tmp_path: Path
) -> None:
    masked = RosterCamera(
        id=A, name="a", main_url=rtsp_server.url("h264"), sub_url=rtsp_server.url("h264"), mask=(WINDOW,)
    )
    with RunningRecorder(settings_for(tmp_path)) as recorder, reading(tmp_path) as reader:
        recorder.wait_ready()
        write_roster(tmp_path / "roster.json", (masked,))
        frames(reader, 1)
        with (
            Hearing(subscription(tmp_path, stream=FeedStream.SUB)).running() as uncovered,
            Hearing(subscription(tmp_path, stream=FeedStream.SOUND)).running() as silent,
            Hearing(subscription(tmp_path, CameraId("elsewhere"))).running() as unknown,
        ):
            for frame in frames(reader, 5):
                luma = frame.picture.luma()
                assert luma[80:160, 100:140].max() < 40
                assert luma[:, :60].std() > 20
            refused = uncovered, silent, unknown
            wait_until("the refusals", lambda: all(hearing.ended for hearing in refused))
        assert [(hearing.ended, hearing.messages) for hearing in refused] == [("feed_refused", [])] * 3


def test_another_size_is_another_opening(
    rtsp_server: RtspServerThread, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    small = make_clip(
        tmp_path_factory.mktemp("small") / "small.mp4", "-c:v", "libx264", "-g", "15", "-bf", "0", size="160x96"
    )
    with RunningRecorder(settings_for(tmp_path)) as recorder, reading(tmp_path) as reader:
        recorder.follow(a=rtsp_server.url("h264"))
        assert frames(reader, 3)[-1].picture.width == 320
        rtsp_server.set_clip("h264", load_clip(small))
        wait_until("small pictures", lambda: frames(reader, 1)[0].picture.width == 160)


@pytest.mark.parametrize("name", ["aac", "opus", "alaw", "ulaw"])
def test_sound_is_heard_where_it_is_taken_in_every_coding(h264_clip: Path, tmp_path: Path, name: str) -> None:
    server = RtspServer([Mount(path=name, clip=load_clip(h264_clip), sound=SOURCES[name])], SystemClock())
    heard: list[tuple[Wave, datetime]] = []
    with RtspServerThread(server) as camera, RunningRecorder(settings_for(tmp_path), law=LAW) as recorder:
        recorder.wait_ready()
        loud = RosterCamera(id=A, name="a", main_url=camera.url(name), audio=True)
        write_roster(tmp_path / "roster.json", (loud, replace(loud, id=CameraId("deaf"), audio=False)))
        sound = subscription(tmp_path, stream=FeedStream.SOUND)
        note = WorkNote(tmp_path / "at-work").slot(A)
        reader = SoundReader(A, sound, note, lambda wave, at: heard.append((wave, at)))
        with Hearing(subscription(tmp_path, CameraId("deaf"), FeedStream.SOUND)).running() as deaf:
            reader.start()
            wait_until("three seconds of sound", lambda: sum(len(wave) for wave, _ in list(heard)) > 3 * RATE_HZ)
            reader.stop()
            reader.join(10)
    assert deaf.samples == []
    assert reader.broken == 0
    wave = np.concatenate([wave for wave, _ in heard])[-RATE_HZ:]
    loudest_hz = np.abs(np.fft.rfft(wave)).argmax()
    assert loudest_hz == pytest.approx(TONE_HZ, abs=5)
    lasted_s = (heard[-1][1] - heard[0][1]).total_seconds()
    assert sum(len(wave) for wave, _ in heard[:-1]) / RATE_HZ == pytest.approx(lasted_s, abs=0.1)
