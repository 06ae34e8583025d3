"""Sound from real streams: recorded where it may be, in step with its pictures, and playable by who plays it."""

import io
import json
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from sereno.access.jurisdiction import Certainty, Jurisdiction, Rule, load_jurisdiction
from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import SystemClock
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S, wall_instant
from sereno.recording.model import Segment
from sereno.recording.tickets import StreamKind
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.faults import Faults
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread
from sereno.simulation.rtsp.sound import SoundSource
from tests.faults.sounds import TONE_HZ, aac, g711, opus
from tests.integration.conftest import require_program
from tests.integration.recorder_case import RunningRecorder, assert_sound, settings_for, wait_until

pytestmark = pytest.mark.integration

LAW = replace(
    load_jurisdiction("none"),
    audio_allowed=Rule(value=True, source="a test", date="2026", certainty=Certainty.POLICY),
)
SOURCES = {"aac": aac(), "opus": opus(), "alaw": g711("PCMA"), "ulaw": g711("PCMU")}
CODECS = {"aac": "mp4a.40.2", "opus": "opus", "alaw": "alaw", "ulaw": "ulaw"}


def follow(recorder: RunningRecorder, server: RtspServerThread, names: list[str], *, audio: bool = True) -> None:
    cameras = [RosterCamera(id=CameraId(n), name=n, main_url=server.url(n), audio=audio) for n in names]
    write_roster(recorder.settings.home / "roster.json", tuple(cameras))


def mounts(clip: Path, sources: dict[str, SoundSource]) -> list[Mount]:
    loaded = load_clip(clip)
    return [Mount(path=name, clip=loaded, sound=source) for name, source in sources.items()]


def heard(path: Path) -> tuple[np.ndarray, list[float], list[float]]:
    """The decoded sound, its times and the pictures' times, in seconds of media time."""
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].codec_context.sample_rate
        tones, times, pictures = [], [], []
        for frame in container.decode(video=0, audio=0):
            assert isinstance(frame, av.AudioFrame | av.VideoFrame)
            assert frame.time is not None
            if isinstance(frame, av.AudioFrame):
                tones.append(frame.to_ndarray().astype(np.float64).ravel()[: frame.samples])
                times.append(frame.time)
            else:
                pictures.append(frame.time)
    sound = np.concatenate(tones or [np.zeros(0)])
    return sound[: len(sound) // rate * rate], times, pictures


def test_sound_is_recorded_with_its_pictures(h264_clip: Path, tmp_path: Path) -> None:
    with (
        RtspServerThread(RtspServer(mounts(h264_clip, SOURCES), SystemClock())) as server,
        RunningRecorder(settings_for(tmp_path), law=LAW) as recorder,
    ):
        follow(recorder, server, list(SOURCES))
        for name in SOURCES:
            recorder.wait_for_segments(name, 4)
    assert_sound(recorder.archive)
    for name, source in SOURCES.items():
        segments = recorder.segments(name)
        assert {each.codec for each in segments} == {f"avc1.42c00c,{CODECS[name]}"}
        whole = segments[2]
        tone, times, pictures = heard(recorder.archive / whole.path)
        rate = 48_000 if name == "opus" else source.rate_hz
        assert int(np.argmax(np.abs(np.fft.rfft(tone[:rate])))) == TONE_HZ
        step = source.unit_samples / source.rate_hz
        assert max(after - before for before, after in pairwise(times)) < 2.5 * step  # a busy server leaves a unit out
        assert abs(times[0] - pictures[0]) < 0.3
        assert abs(times[-1] - pictures[-1]) < 0.3
        assert len(pictures) == whole.frames
        probe(recorder.archive / whole.path, name)


def probe(path: Path, name: str) -> None:
    """Debian's ffprobe and ffmpeg, which nobody here wrote, find both tracks and no error."""
    show = ("-show_entries", "stream=codec_name", "-of", "csv=p=0", str(path))
    found = subprocess.run(
        (require_program("ffprobe"), "-v", "error", *show), capture_output=True, text=True, check=True
    )
    names = {"aac": "aac", "opus": "opus", "alaw": "pcm_alaw", "ulaw": "pcm_mulaw"}
    assert (found.stdout.split(), found.stderr) == (["h264", names[name]], "")
    play = (require_program("ffmpeg"), "-v", "error", "-nostdin", "-i", str(path), "-f", "null", "-")
    assert subprocess.run(play, capture_output=True, text=True, check=True).stderr == ""


def test_sound_and_pictures_of_one_moment_lie_together(h264_clip: Path, tmp_path: Path) -> None:
    """Each payload tells its own moment by the camera's clock, as do sender reports."""
    payloads = tuple(number.to_bytes(2, "big") * 80 for number in range(65_536))
    source = SoundSource(encoding="PCMU", rate_hz=8_000, unit_samples=160, payloads=payloads)
    with (
        RtspServerThread(RtspServer(mounts(h264_clip, {"a": source}), SystemClock())) as server,
        RunningRecorder(settings_for(tmp_path), law=LAW) as recorder,
    ):
        follow(recorder, server, ["a"])
        segments = recorder.wait_for_segments("a", 5)
    for segment in segments[1:]:
        with av.open(str(recorder.archive / segment.path)) as container:
            for packet in container.demux(audio=0):
                if packet.size:
                    assert packet.pts is not None
                    spoken = wall_of_payload(int.from_bytes(bytes(packet)[:2], "big"), segment)
                    lies = segment.started_wall + packet.pts - segment.started_media
                    # our wall clock at arrival is as exact as a busy machine reads
                    assert abs(lies - spoken) < TICKS_PER_S // 2


def wall_of_payload(number: int, near: Segment) -> int:
    """When it was spoken, in wall ticks: payloads come round every 65,536 times 20 ms."""
    ticks, loop = number * 1_800, 65_536 * 1_800
    return ticks + round((near.started_wall - ticks) / loop) * loop


def test_where_sound_is_missing_there_is_a_gap(h264_clip: Path, tmp_path: Path) -> None:
    with (
        RtspServerThread(RtspServer(mounts(h264_clip, {"a": SOURCES["ulaw"]}), SystemClock())) as server,
        RunningRecorder(settings_for(tmp_path), law=LAW) as recorder,
    ):
        follow(recorder, server, ["a"])
        before = len(recorder.wait_for_segments("a", 1))
        server.set_faults("a", Faults(dumb=True))
        recorder.wait_for_segments("a", before + 2)
        server.set_faults("a", Faults())
        recorder.wait_for_segments("a", before + 4)
    assert_sound(recorder.archive)
    times = [time for each in recorder.segments("a") for time in heard(recorder.archive / each.path)[1]]
    gaps = [after - before for before, after in pairwise(times) if after - before > 0.1]
    assert len(gaps) == 1
    assert gaps[0] > 1


@pytest.mark.parametrize(("audio", "law"), [(False, LAW), (True, load_jurisdiction("none"))])
def test_nothing_is_heard_where_it_may_not_be(audio: bool, law: Jurisdiction, h264_clip: Path, tmp_path: Path) -> None:
    with (
        RtspServerThread(RtspServer(mounts(h264_clip, {"a": SOURCES["aac"]}), SystemClock())) as server,
        RunningRecorder(settings_for(tmp_path), law=law) as recorder,
    ):
        follow(recorder, server, ["a"], audio=audio)
        segments = recorder.wait_for_segments("a", 2)
    assert segments[0].codec == "avc1.42c00c"
    with av.open(str(recorder.archive / segments[0].path)) as container:
        assert len(container.streams.audio) == 0


@pytest.mark.parametrize(("name", "codec"), [("aac", "avc1.42c00c,mp4a.40.2"), ("ulaw", "avc1.42c00c")])
def test_viewers_hear_what_they_ask_for_and_can_play(name: str, codec: str, h264_clip: Path, tmp_path: Path) -> None:
    with (
        RtspServerThread(RtspServer(mounts(h264_clip, {name: SOURCES[name]}), SystemClock())) as server,
        RunningRecorder(settings_for(tmp_path), law=LAW) as recorder,
    ):
        follow(recorder, server, [name])
        segments = recorder.wait_for_segments(name, 3)
        for stream, wanted in ((StreamKind.MAIN, "avc1.42c00c"), (StreamKind.SOUND, codec)):
            with recorder.view(name, stream=stream) as viewer:
                text = json.loads(viewer.recv())
                content = b"".join(viewer.recv(decode=False) for _ in range(40))
            assert text["codec"] == wanted
            assert tracks(content) == (1, int("," in wanted))
            span = (wall_instant(segments[0].started_wall), wall_instant(segments[1].ended_wall))
            clip = recorder.clip(name, *span, stream=stream)
            assert clip.headers["X-Sereno-Codec"] == wanted
            assert (b"soun\x00" in clip.content) == ("," in wanted)


def tracks(content: bytes) -> tuple[int, int]:
    with av.open(io.BytesIO(content), "r") as container:
        return len(container.streams.video), len(container.streams.audio)


def test_a_crash_costs_the_sound_no_more_than_the_pictures(h264_clip: Path, tmp_path: Path) -> None:
    """A file that was cut anywhere is closed at its last whole chunk, be it sound or picture."""
    settings = settings_for(tmp_path)
    with (
        RtspServerThread(RtspServer(mounts(h264_clip, {"a": SOURCES["aac"]}), SystemClock())) as server,
        RunningRecorder(settings, law=LAW) as recorder,
    ):
        follow(recorder, server, ["a"])
        recorder.wait_for_segments("a", 2)
    number = len(recorder.segments("a")) + 1
    content = (recorder.archive / recorder.segments("a")[0].path).read_bytes()
    (recorder.archive / f"a/{number:08d}.mp4").write_bytes(content[: len(content) * 2 // 3])
    (settings.home / "roster.json").unlink()
    with RunningRecorder(settings, law=LAW) as again:
        wait_until("the repair", lambda: len(again.segments("a")) == number)
    salvaged = again.segments("a")[-1]
    assert (salvaged.end_reason, salvaged.codec) == ("adopted", "avc1.42c00c,mp4a.40.2")
    assert_sound(again.archive)
