"""One camera's packets become frames: paced, timed, asleep while the gate says so, and honest about what is wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import av
import pytest
from av.video.frame import VideoFrame

from sereno.analytics.decode import TakenFrame
from sereno.analytics.frame_reader import FrameReader, Reading
from sereno.analytics.work_note import WorkNote
from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.local_feed.wire import Lost, Message, Opened, Sample
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks, wall_instant

STEP = TICKS_PER_S // 10
GOP = 10
OPENED = Opened(codec="h264", width=64, height=48)
CAMERA = CameraId("plaza")
START = wall_instant(0)


def sample(number: int, content: bytes = b"picture", behind: int = 0) -> Sample:
    """Ten a second, a key frame a second; taken a day after 1970, ``behind`` ticks earlier than that."""
    media = MediaTicks(number * STEP)
    wall = WallTicks(86_400 * TICKS_PER_S + media - behind)
    return Sample(content, number % GOP == 0, media, wall)


def samples(first: int, last: int, content: bytes = b"picture") -> list[Message]:
    return [sample(number, content) for number in range(first, last)]


@dataclass
class Told:
    """A feed that says ``messages`` once, and then that it is to end."""

    messages_: Sequence[Message]

    def messages(self, stop: Event) -> Iterator[Message]:
        yield from self.messages_
        stop.set()


@dataclass
class Painting:
    """A decoder that knows one word; all else is broken. It keeps what it was given."""

    given: list[int] = field(default_factory=list)
    restarts: int = 0

    def decode(self, sample: Sample) -> Sequence[VideoFrame]:
        self.given.append(sample.media // STEP)
        if sample.content != b"picture":
            raise av.error.InvalidDataError(1, "broken")
        frame = VideoFrame(64, 48, "gray")
        frame.pts = sample.media
        return [frame]

    def restart(self) -> None:
        self.restarts += 1


@dataclass
class Between:
    """Wants what was taken from ``first`` on."""

    first: datetime

    def step(self, size: int, *, key: bool, at: datetime) -> bool:
        return at >= self.first


@dataclass
class Run:
    folder: Path
    fps: float = 100.0
    frames: list[TakenFrame] = field(default_factory=list)
    painting: Painting = field(default_factory=Painting)
    first: datetime = START

    def __call__(self, *messages: Message) -> FrameReader:
        reading = Reading(
            camera_id=CAMERA,
            subscription=Told(messages),
            fps=self.fps,
            note=WorkNote(self.folder / "at-work").slot(CAMERA),
            gate=Between(self.first),
            open_decoder=lambda _opened: self.painting,
        )
        reader = FrameReader(reading, lambda: self._take(reader))
        reader.start()
        reader.join(20)
        return reader

    def _take(self, reader: FrameReader) -> None:
        taken = reader.take()
        assert taken is not None
        self.frames.append(taken)

    @property
    def numbers(self) -> list[int]:
        return [round((frame.at - timedelta(days=1)).timestamp() * 10) for frame in self.frames]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def test_frames_carry_the_instant_that_the_recorder_tells(run: Run) -> None:
    reader = run(OPENED, *samples(0, 25))
    assert run.numbers == list(range(25))
    assert reader.counts.decoded == reader.counts.offered == 25


def test_all_is_decoded_and_five_a_second_are_offered(run: Run) -> None:
    run.fps = 5.0
    reader = run(OPENED, *samples(0, 50))
    assert run.numbers == list(range(0, 50, 2))
    assert reader.counts.decoded == 50


def test_what_the_gate_sleeps_through_is_not_decoded_and_it_wakes_in_the_middle_of_a_group(run: Run) -> None:
    run.first = wall_instant(sample(24).wall)
    run(OPENED, *samples(0, 28))
    assert run.painting.given == list(range(20, 28))
    assert run.painting.restarts == 1
    assert run.numbers == [24, 25, 26, 27]


def test_an_estimate_that_improves_does_not_send_time_back_and_a_clock_set_back_does(run: Run) -> None:
    hour = 3_600 * TICKS_PER_S
    run(OPENED, sample(0), sample(1), sample(2, behind=4 * STEP), sample(3), sample(4, behind=hour), sample(5))
    instants = [frame.at for frame in run.frames]
    assert instants[1] == instants[2] < instants[3]
    assert instants[3] - instants[4] > timedelta(minutes=59)
    assert instants[5] > instants[3]


def test_a_loss_is_told_by_its_code_until_samples_come_again(run: Run) -> None:
    stalled = stream_fault(StreamFault.STALLED)
    lost = Lost(kind=stalled.kind, code=stalled.code, message=stalled.message, advice=stalled.advice)
    reader = run(OPENED, *samples(0, 3), lost)
    assert reader.fault is not None
    assert reader.fault.code == "camera_stalled"
    reader = run(OPENED, *samples(0, 3), lost, OPENED, *samples(10, 12))
    assert reader.fault is None
    assert reader.counts.lost == {"camera_stalled": 1}


def test_a_stream_without_a_picture_is_told_and_forgiven(run: Run) -> None:
    noise = samples(0, 150, b"noise")
    reader = run(OPENED, *noise)
    assert reader.fault is not None
    assert reader.fault.code == "camera_garbage"
    assert (reader.counts.broken, reader.counts.decoded) == (150, 0)
    reader = run(OPENED, *noise, *samples(150, 160))
    assert reader.fault is None
    assert reader.counts.decoded == 10


def test_a_codec_that_is_not_decoded_here_is_told(tmp_path: Path) -> None:
    slot = WorkNote(tmp_path / "at-work").slot(CAMERA)
    told = Told((Opened(codec="mjpeg"), *samples(0, 3)))
    reader = FrameReader(Reading(camera_id=CAMERA, subscription=told, fps=5.0, note=slot), lambda: None)
    reader.start()
    reader.join(20)
    assert reader.fault is not None
    assert reader.fault.code == "camera_codec_unsupported"
