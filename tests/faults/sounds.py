"""Sound sources for simulated cameras: a tone, coded by FFmpeg's library."""

from fractions import Fraction

import av
import numpy as np

from sereno.simulation.rtsp.sound import SoundSource

TONE_HZ = 440
_AAC = "streamtype=5; profile-level-id=15; mode=AAC-hbr; sizelength=13; indexlength=3; indexdeltalength=3; config=1408"


def coded(codec: str, rate_hz: int, seconds: int = 2) -> list[bytes]:
    """Packets of a tone."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout = rate_hz, "mono"
    encoder.format = av.AudioFormat("fltp" if codec == "aac" else "s16")
    encoder.time_base = Fraction(1, rate_hz)
    encoder.open()
    packets = []
    size = encoder.frame_size or rate_hz // 50
    for first in range(0, seconds * rate_hz, size):
        tone = np.sin(np.arange(first, first + size) * 2 * np.pi * TONE_HZ / rate_hz) / 2
        samples = tone.astype(np.float32) if codec == "aac" else (tone * 32_000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format=encoder.format.name, layout="mono")
        frame.sample_rate, frame.pts = rate_hz, first
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


def aac() -> SoundSource:
    packets = coded("aac", 16_000)
    payloads = tuple(b"\x00\x10" + (len(packet) << 3).to_bytes(2, "big") + packet for packet in packets)
    return SoundSource(encoding="mpeg4-generic", rate_hz=16_000, format=_AAC, unit_samples=1_024, payloads=payloads)


def opus() -> SoundSource:
    packets = tuple(coded("libopus", 48_000))
    return SoundSource(encoding="opus", rate_hz=48_000, channels=2, unit_samples=960, payloads=packets)


def g711(encoding: str) -> SoundSource:
    packets = tuple(coded({"PCMA": "pcm_alaw", "PCMU": "pcm_mulaw"}[encoding], 8_000))
    return SoundSource(encoding=encoding, rate_hz=8_000, unit_samples=160, payloads=packets)
