"""What a look at a stream means for recording and analysis: pure."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from sereno.cameras.model import ProbeReport, Verdict
from sereno.core.errors import AppError

MAX_REPORT_BYTES = 262_144
LOW_FPS = 8.0
LONG_KEY_INTERVAL_S = 4.0
HIGH_PICTURE = 2_160
LOW_PICTURE = 480
HIGH_BIT_RATE_KBPS = 10_000


def report_of(
    codec: str, width: int, height: int, times_s: Sequence[float], keys_s: Sequence[float], size: int = 0
) -> ProbeReport:
    """``times_s`` of the packets and ``keys_s`` of the key frames among them, on the stream's own time line.

    Units: ``size`` of all packets in bytes.
    """
    steps_s = [after - before for before, after in pairwise(sorted(times_s)) if after > before]
    fps = round(1 / median(steps_s), 1) if steps_s else 0.0
    gaps_s = [after - before for before, after in pairwise(sorted(keys_s))]
    key_interval_s = round(max(gaps_s), 2) if gaps_s else None
    watched_s = max(times_s) - min(times_s)
    bit_rate_kbps = round(size * 8e-3 / watched_s) if watched_s > 0 else 0
    wishes = _wishes(codec, height, fps, key_interval_s if gaps_s else watched_s)
    if bit_rate_kbps > HIGH_BIT_RATE_KBPS:
        wishes["bit_rate_high"] = "Set 4,000 to 6,000 kbit/s: more fills the disk and shows nothing else."
    return ProbeReport(
        verdict=Verdict.USABLE if wishes else Verdict.GOOD,
        codec=codec,
        width=width,
        height=height,
        fps=fps,
        key_frame_interval_s=key_interval_s,
        bit_rate_kbps=bit_rate_kbps,
        message=f"{_CODEC_NAMES.get(codec, codec)}, {width} x {height}, {fps:g} pictures a second.",
        advice=" ".join(wishes.values()),
        wishes=tuple(wishes),
    )


def failed(error: AppError) -> ProbeReport:
    return ProbeReport(verdict=Verdict.FAILED, code=error.code, message=error.message, advice=error.advice)


_CODEC_NAMES = {"h264": "H.264", "hevc": "H.265"}


def _wishes(codec: str, height: int, fps: float, key_interval_s: float | None) -> dict[str, str]:
    """By code, in words."""
    wishes = {}
    if key_interval_s is not None and key_interval_s > LONG_KEY_INTERVAL_S:
        wishes["key_interval_long"] = (
            "Set the key frame interval (GOP) to 2 s or less: live view and clips begin at a key frame."
        )
    if fps < LOW_FPS:
        wishes["fps_low"] = "Set 10 to 15 pictures a second: fewer make tracks break."
    if height < LOW_PICTURE:
        wishes["picture_small"] = "The picture is small: people farther away are not found."
    if height > HIGH_PICTURE:
        wishes["picture_large"] = "Name a smaller second stream for analysis: this one costs much to decode."
    if codec == "hevc":
        wishes["codec_hevc"] = "Not every browser shows H.265: name a second stream in H.264 for live view."
    return wishes
