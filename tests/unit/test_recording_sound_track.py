"""Sound in a recording: an independent decoder reads back what was written, when it was."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.cameras.rtsp.sound_format import SoundCodec, SoundFormat
from sereno.core.media_time import TICKS_PER_S
from sereno.recording.boxes import read_boxes
from sereno.recording.chunks import Chunk, init_size, make_init, read_chunk, read_codec_string
from sereno.recording.nal import Codec, ParameterSets
from sereno.recording.sound_track import MAX_HEADER_SIZE, MAX_UNITS, PlacedUnit, hide_sound, make_sound_chunk

SPS_720P = bytes.fromhex("6764001facb402802dd80880000003008000000f078c1950")
KNOWN = ParameterSets(Codec.H264, (), (SPS_720P,), (bytes.fromhex("68ef3cb0"),))
START = 1_000 * TICKS_PER_S
FORMATS = {
    "aac": SoundFormat(SoundCodec.AAC, 16_000, 1, bytes.fromhex("1408"), "mp4a.40.2"),
    "libopus": SoundFormat(SoundCodec.OPUS, 48_000, 1, codec_string="opus"),
    "pcm_alaw": SoundFormat(SoundCodec.ALAW, 8_000, 1, codec_string="alaw"),
    "pcm_mulaw": SoundFormat(SoundCodec.ULAW, 8_000, 1, codec_string="ulaw"),
}


def encoded(codec: str, rate_hz: int) -> list[bytes]:
    """Two seconds of a tone, as packets."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout = rate_hz, "mono"
    encoder.format = av.AudioFormat("fltp" if codec == "aac" else "s16")
    encoder.time_base = Fraction(1, rate_hz)
    encoder.open()
    packets = []
    size = encoder.frame_size or rate_hz // 50
    for first in range(0, 2 * rate_hz, size):
        tone = np.sin(np.arange(first, first + size) * 2 * np.pi * 440 / rate_hz) / 2
        samples = tone.astype(np.float32) if codec == "aac" else (tone * 32_000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format=encoder.format.name, layout="mono")
        frame.sample_rate, frame.pts = rate_hz, first
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


@pytest.mark.parametrize("codec", FORMATS)
def test_a_decoder_reads_what_was_written(codec: str) -> None:
    sound = FORMATS[codec]
    packets = encoded(codec, sound.rate_hz)
    ticks = {"aac": 5_760}.get(codec, 1_800)
    init, _ = make_init(KNOWN, sound)
    content, at = init, START
    for first in range(0, len(packets), 10):
        units = [PlacedUnit(packet, ticks) for packet in packets[first : first + 10]]
        content += make_sound_chunk(first, at, units)
        at += ticks * len(units)
    assert read_codec_string(init) == f"avc1.64001f,{sound.codec_string}"
    with av.open(io.BytesIO(content), "r") as container:
        track = container.streams.audio[0]
        assert (track.codec_context.name, track.codec_context.sample_rate) == (
            codec.replace("libopus", "opus"),
            sound.rate_hz,
        )
        demuxed = [packet for packet in container.demux(track) if packet.size]
        assert [bytes(packet) for packet in demuxed] == packets
        assert [packet.pts for packet in demuxed] == [START + number * ticks for number in range(len(packets))]
    with av.open(io.BytesIO(content), "r") as container:
        tones = [frame.to_ndarray().astype(np.float64).ravel() for frame in container.decode(audio=0)]
    heard = np.concatenate(tones)
    second = heard[len(heard) // 4 : len(heard) // 4 + sound.rate_hz]
    assert int(np.argmax(np.abs(np.fft.rfft(second)))) == 440


def test_a_hidden_track_leaves_everything_in_its_place() -> None:
    init, _ = make_init(KNOWN, FORMATS["pcm_alaw"])
    hidden = hide_sound(init)
    assert len(hidden) == len(init) == init_size(hidden)
    assert (init.count(b"soun\x00"), hidden.count(b"soun\x00"), hidden.count(b"vide\x00")) == (1, 0, 1)
    assert hidden.replace(b"meta\x00", b"soun\x00") == init
    silent, _ = make_init(KNOWN)
    assert hide_sound(silent) == silent
    assert hide_sound(b"") == b""


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**62),
    st.lists(st.builds(PlacedUnit, st.binary(max_size=40), st.integers(0, 2**24)), min_size=1, max_size=MAX_UNITS),
)
def test_a_chunk_of_sound_reads_back(sequence: int, at: int, units: list[PlacedUnit]) -> None:
    chunk = make_sound_chunk(sequence, at, units)
    duration = sum(unit.duration for unit in units)
    assert read_chunk(chunk[:MAX_HEADER_SIZE], 7) == Chunk(7, len(chunk), at, duration, key=False, sound=True)
    assert [box.kind for box in read_boxes(chunk)] == [b"moof", b"mdat"]
    cut = chunk[: MAX_HEADER_SIZE - 8 * MAX_UNITS + 8 * len(units) - 1]
    assert read_chunk(cut) is None
