"""A live stream as HLS: the last seconds as segments and parts of fragmented MP4, and their playlist. Pure.

For phones without MSE and for weak links. Source: RFC 8216 and its second edition (low-latency parts).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sereno.core.media_time import TICKS_PER_S, MediaTicks, wall_instant
from sereno.recording.live import LiveChunk
from sereno.recording.live_wire import Opening
from sereno.recording.timeline import DEFAULT_STEP

TARGET_S = 6
"""No segment is longer, whatever the camera's key frame interval."""
SEGMENT_S = 2.0
PART_S = 0.5
"""Parts end before they would be longer, unless a single picture lasts longer."""
SEGMENTS_KEPT = 6
PARTED_SEGMENTS = 3
"""Segments at the end of the playlist that are also offered in parts."""
MAX_BYTES = 24_000_000


@dataclass(slots=True)
class Part:
    """``ended`` is None while chunks are still added."""

    began: MediaTicks
    independent: bool
    ended: MediaTicks | None = None
    chunks: list[bytes] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        return 0.0 if self.ended is None else (self.ended - self.began) / TICKS_PER_S

    @property
    def content(self) -> bytes:
        return b"".join(self.chunks)


@dataclass(slots=True)
class HlsSegment:
    """``init`` numbers the init segment it needs; ``fresh``: the media time line began anew before it."""

    number: int
    began: MediaTicks
    wall: datetime
    init: int
    fresh: bool
    parts: list[Part] = field(default_factory=list)
    whole: bool = False

    @property
    def content(self) -> bytes:
        return b"".join(part.content for part in self.parts)

    @property
    def duration_s(self) -> float:
        return sum(part.duration_s for part in self.parts)

    @property
    def size(self) -> int:
        return sum(len(chunk) for part in self.parts for chunk in part.chunks)

    @property
    def finished(self) -> int:
        """Parts that are whole."""
        return sum(part.ended is not None for part in self.parts)

    def is_over(self, chunk: LiveChunk) -> bool:
        """Whether ``chunk`` begins the next one."""
        length_s = (chunk.media - self.began) / TICKS_PER_S
        return (chunk.key and length_s >= SEGMENT_S - 0.1) or length_s >= TARGET_S - PART_S

    def end(self, at: MediaTicks) -> None:
        self.parts[-1].ended = at
        self.whole = True


class HlsWindow:
    """``take`` each chunk; the rest reads."""

    def __init__(self) -> None:
        self.segments: list[HlsSegment] = []
        self._inits: dict[int, Opening] = {}
        self._next = 0
        self._gone_fresh = 0
        self._last = MediaTicks(0)

    def take(self, chunk: LiveChunk) -> bool:
        """Whether a part was finished by it: who waits for one can look."""
        segment = self.segments[-1] if self.segments else None
        before, self._last = self._last, chunk.media
        if chunk.opening is not None:
            if segment is not None:
                segment.end(MediaTicks(before + DEFAULT_STEP))
            self._begin(chunk, chunk.opening)
            return segment is not None
        if segment is None:
            return False
        part = segment.parts[-1]
        if segment.is_over(chunk):
            segment.end(chunk.media)
            self._begin(chunk, None)
        elif 2 * chunk.media - before - part.began > PART_S * TICKS_PER_S:
            part.ended = chunk.media
            segment.parts.append(Part(chunk.media, chunk.key, chunks=[chunk.content]))
        else:
            part.chunks.append(chunk.content)
            return False
        return True

    def init(self, number: int) -> bytes | None:
        opening = self._inits.get(number)
        return None if opening is None else opening.init

    def segment(self, number: int) -> HlsSegment | None:
        return next((segment for segment in self.segments if segment.number == number), None)

    def has(self, number: int, part: int | None) -> bool:
        """Whether the segment, or that part of it, is there; one before the window always is."""
        if not self.segments or number > self.segments[-1].number:
            return False
        segment = self.segment(number)
        if segment is None or segment.whole:
            return True
        return part is not None and part < segment.finished

    def playlist(self) -> str:
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:9",
            f"#EXT-X-TARGETDURATION:{TARGET_S}",
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={3 * PART_S:.3f}",
            f"#EXT-X-PART-INF:PART-TARGET={PART_S:.3f}",
            f"#EXT-X-MEDIA-SEQUENCE:{self.segments[0].number if self.segments else 0}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self._gone_fresh}",
        ]
        init = None
        for at, segment in enumerate(self.segments):
            if segment.fresh and at:
                lines.append("#EXT-X-DISCONTINUITY")
            if segment.init != init:
                init = segment.init
                lines.append(f'#EXT-X-MAP:URI="init-{init}.mp4"')
            lines += _told(segment, parted=at >= len(self.segments) - PARTED_SEGMENTS)
        if self.segments:
            last = self.segments[-1]
            hint = f"part-{last.number}-{last.finished}.mp4"
            lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{hint}"')
        return "\n".join([*lines, ""])

    def _begin(self, chunk: LiveChunk, opening: Opening | None) -> None:
        """``opening`` is the new one, if the media time line begins anew."""
        if opening is not None:
            self._inits[max(self._inits, default=-1) + 1] = opening
        init = max(self._inits)
        segment = HlsSegment(self._next, chunk.media, wall_instant(chunk.wall), init, opening is not None)
        segment.parts.append(Part(chunk.media, chunk.key, chunks=[chunk.content]))
        self.segments.append(segment)
        self._next += 1
        while len(self.segments) > SEGMENTS_KEPT + 1 or (len(self.segments) > 2 and self._size > MAX_BYTES):
            del self.segments[0]
            self._gone_fresh += self.segments[0].fresh
        for number in [number for number in self._inits if number < self.segments[0].init]:
            del self._inits[number]

    @property
    def _size(self) -> int:
        return sum(segment.size for segment in self.segments)


def _told(segment: HlsSegment, *, parted: bool) -> Sequence[str]:
    lines = [f"#EXT-X-PROGRAM-DATE-TIME:{segment.wall.isoformat(timespec='milliseconds')}"]
    if parted:
        for number, part in enumerate(segment.parts):
            if part.ended is not None:
                independent = ",INDEPENDENT=YES" if part.independent else ""
                uri = f"part-{segment.number}-{number}.mp4"
                lines.append(f'#EXT-X-PART:DURATION={part.duration_s:.5f},URI="{uri}"{independent}')
    if segment.whole:
        lines += [f"#EXTINF:{segment.duration_s:.5f},", f"segment-{segment.number}.mp4"]
    return lines
