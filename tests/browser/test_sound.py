"""Chromium plays what is recorded with sound: heard where it knows the codec, silent bytes of any, gaps and all."""

import base64
from itertools import pairwise
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page

from bench.chromium import CHROMIUM, chromium
from sereno.cameras.rtsp.sound_format import SoundCodec, SoundFormat
from sereno.core.media_time import TICKS_PER_S
from sereno.recording.chunks import MAX_HEADER_SIZE, lasting, make_chunk, make_init, read_chunk, read_codec_string
from sereno.recording.nal import Codec, parameter_sets
from sereno.recording.sound_track import PlacedUnit, hide_sound, make_sound_chunk
from sereno.simulation.rtsp import packetise
from sereno.simulation.rtsp.clip import read_codec_record
from tests.faults.sounds import coded
from tests.integration.conftest import CLIP_FPS, CLIP_S, make_clip

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")]

SOUNDS = {
    "aac": (SoundFormat(SoundCodec.AAC, 16_000, 1, bytes.fromhex("1408"), "mp4a.40.2"), 5_760),
    "libopus": (SoundFormat(SoundCodec.OPUS, 48_000, 1, codec_string="opus"), 1_800),
    "pcm_mulaw": (SoundFormat(SoundCodec.ULAW, 8_000, 1, codec_string="ulaw"), 1_800),
}
STEP = TICKS_PER_S // CLIP_FPS
PLAY = """async ([content, type]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  if (!MediaSource.isTypeSupported(type)) return null;
  const video = document.createElement("video"), source = new MediaSource();
  video.muted = true;
  video.src = URL.createObjectURL(source);
  document.body.append(video);
  await new Promise((done) => source.addEventListener("sourceopen", done, { once: true }));
  const buffer = source.addSourceBuffer(type);
  await new Promise((done) => { buffer.onupdateend = done; buffer.appendBuffer(bytes); });
  const ranges = video.buffered.length;
  video.currentTime = video.buffered.start(0);
  await video.play();
  while (video.currentTime < video.buffered.start(0) + 0.5) await new Promise((done) => setTimeout(done, 20));
  return [ranges, video.videoWidth, video.webkitAudioDecodedByteCount > 0, video.error?.message ?? ""];
}"""


def recording(clip: Path, name: str) -> tuple[bytes, bytes]:
    """Init segment and chunks; the sound lacks a second."""
    with av.open(str(clip)) as container:
        track = container.streams.video[0]
        pictures = [(bytes(packet), packet.is_keyframe) for packet in container.demux(track) if packet.size]
        record = read_codec_record(packetise.Codec.H264, track.codec_context.extradata or b"")
    sound, ticks = SOUNDS[name]
    init, _ = make_init(parameter_sets(Codec.H264, list(record.parameter_sets)), sound)
    units = [PlacedUnit(unit, ticks) for unit in coded(name, sound.rate_hz, CLIP_S)]
    parts = [
        make_chunk(number, number * STEP, STEP, content, key=key) for number, (content, key) in enumerate(pictures)
    ]
    first, last = TICKS_PER_S // ticks, 2 * TICKS_PER_S // ticks
    for began in (*range(0, first, 2), *range(last, len(units), 2)):
        parts.append(make_sound_chunk(began, began * ticks, units[began : began + 2]))
    return init, b"".join(parts)


def keys_alone(chunks: bytes) -> bytes:
    """As a clip has them that is played fast: each lasts until the next."""
    found, at = [], 0
    while (chunk := read_chunk(chunks[at : at + MAX_HEADER_SIZE], at)) is not None:
        if chunk.key:
            found.append(chunk)
        at += chunk.size
    steps = [after.decode_time - key.decode_time for key, after in pairwise(found)]
    return b"".join(
        lasting(chunks[key.offset : key.offset + key.size], lasts) for key, lasts in zip(found[:-1], steps, strict=True)
    )


def play(page: Page, content: bytes, codec: str) -> object:
    return page.evaluate(PLAY, [base64.b64encode(content).decode(), f'video/mp4; codecs="{codec}"'])


def test_sound_is_heard_or_hidden(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", "-c:v", "libx264", "-preset", "ultrafast", "-g", "15", "-bf", "0")
    with chromium() as browser:
        page = browser.new_page()
        for name in SOUNDS:
            init, chunks = recording(clip, name)
            both = read_codec_string(init)
            # where sound is missing a browser stops, although the picture goes on: why clips are silent unless asked
            assert play(page, init + chunks, both) == (None if name == "pcm_mulaw" else [2, 320, True, ""])
            assert play(page, hide_sound(init) + chunks, both.partition(",")[0]) == [1, 320, False, ""]
            assert play(page, hide_sound(init) + keys_alone(chunks), both.partition(",")[0]) == [1, 320, False, ""]
