"""What was recorded and what was not, and how much moved: pure, out of the journal's rows."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sereno.cameras.model import Health, StreamState
from sereno.core.media_time import TICKS_PER_S, WallTicks, wall_ticks
from sereno.playback.model import GapReason
from sereno.recording.footage import FootageRow
from sereno.recording.model import RECORDED_HERE, EndReason, Origin

TOLERANCE = TICKS_PER_S // 2
"""Rounding and the slow correction of wall time leave less than this between two segments of one run."""
_FOUND_OUT = 90 * TICKS_PER_S
"""How long after the last picture the recorder may still find out why no more came."""
LOUD = 4.0
"""So many times its quiet rate is a camera's full activity."""
_REASONS = {
    EndReason.STREAM_LOST.value: GapReason.STREAM_LOST,
    EndReason.STOPPED.value: GapReason.RECORDER_STOPPED,
    EndReason.SALVAGED.value: GapReason.RECORDER_DIED,
    EndReason.DISK_FULL.value: GapReason.DISK_FULL,
    EndReason.CLOCK_CHANGED.value: GapReason.CLOCK_SET,
    EndReason.PARAMETERS_CHANGED.value: GapReason.STREAM_LOST,
}


@dataclass(frozen=True, slots=True)
class Span:
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class RecordedSpan(Span):
    origin: str
    growing: bool = False


@dataclass(frozen=True, slots=True)
class GapSpan(Span):
    """``reason`` is a ``GapReason``, or a camera fault."""

    reason: str


@dataclass(frozen=True, slots=True)
class Tail:
    """What is known of the time after the last row: the camera's health, unless the camera is switched off."""

    now: WallTicks
    health: Health | None
    enabled: bool


def spans_of(
    rows: Sequence[FootageRow], began: WallTicks, ended: WallTicks, tail: Tail
) -> tuple[list[RecordedSpan], list[GapSpan]]:
    """Recorded spans and gaps that together fill the span up to ``tail.now``."""
    until = min(ended, tail.now)
    recorded = _joined(rows, _growing_from(rows, tail), tail.now)
    gaps = [gap for gap in _gaps(rows, recorded, (began, until), tail) if gap.ended - gap.began > TOLERANCE]
    inside = [
        RecordedSpan(max(each.began, began), min(each.ended, until), each.origin, each.growing)
        for each in recorded
        if each.ended > began and each.began < until
    ]
    return inside, gaps


def _growing_from(rows: Sequence[FootageRow], tail: Tail) -> int | None:
    """Where the file begins that is being written, as far as its camera's health tells."""
    if not tail.enabled or tail.health is None or tail.health.state is not StreamState.RECORDING:
        return None
    live = [row.ended for row in rows if row.origin in RECORDED_HERE]
    return max([wall_ticks(tail.health.since), *live])


def _joined(rows: Sequence[FootageRow], growing_from: int | None, now: int) -> list[RecordedSpan]:
    """Rows that follow each other as one span each: a day has 1,440 rows and mostly one span."""
    joined: list[RecordedSpan] = []
    began, ended, origin = 0, -1, ""
    for start, end, _, _, source, shed in rows:
        if shed:
            continue
        if source == origin and start - ended <= TOLERANCE:
            ended = max(ended, end)
            continue
        if origin:
            joined.append(RecordedSpan(began, ended, origin))
        began, ended, origin = start, end, source
    if origin:
        joined.append(RecordedSpan(began, ended, origin))
    if growing_from is not None and growing_from < now:
        if origin in RECORDED_HERE and growing_from - ended <= TOLERANCE:
            joined[-1] = RecordedSpan(began, now, origin, growing=True)
        else:
            joined.append(RecordedSpan(growing_from, now, Origin.LIVE.value, growing=True))
    return joined


def _gaps(
    rows: Sequence[FootageRow], recorded: Sequence[RecordedSpan], span: tuple[int, int], tail: Tail
) -> Iterator[GapSpan]:
    """What is not recorded, cut where its reason changes."""
    at = span[0]
    for each in (*sorted(recorded, key=lambda one: one.began), Span(span[1], span[1])):
        if each.began > at:
            yield from _reasons(rows, (at, min(each.began, span[1])), tail)
        at = max(at, each.ended)
        if at >= span[1]:
            return


def _reasons(rows: Sequence[FootageRow], span: tuple[int, int], tail: Tail) -> Iterator[GapSpan]:
    """A hole may have been recorded and shed in parts; between those parts it has the reason of the row before."""
    began, ended = span
    at = began
    first = max(0, bisect_left(rows, began, key=_began) - 1)
    near = rows[first : bisect_left(rows, ended, key=_began)]
    for row in (each for each in near if each.shed and each.ended > began):
        if row.began - at > TOLERANCE:
            yield GapSpan(at, row.began, _why(rows, at, tail))
        yield GapSpan(max(at, row.began), min(row.ended, ended), GapReason.SHED.value)
        at = max(at, row.ended)
    if ended > at:
        yield GapSpan(at, ended, _why(rows, at, tail))


def _why(rows: Sequence[FootageRow], at: int, tail: Tail) -> str:
    known = bisect_right(rows, at, key=_began)
    if not known:
        return GapReason.NOT_YET.value
    last = known == len(rows)
    if last and not tail.enabled:
        return GapReason.CAMERA_OFF.value
    if last and tail.health is not None and tail.health.reason and wall_ticks(tail.health.since) <= at + _FOUND_OUT:
        return tail.health.reason
    return _REASONS.get(rows[known - 1].end_reason, GapReason.UNKNOWN).value


def _began(row: FootageRow) -> int:
    return row.began


def rows_as_intervals(rows: Sequence[FootageRow]) -> NDArray[np.int64]:
    """(N, 3): wall ticks of beginning and end, bytes."""
    kept = [(row.began, row.ended, row.size) for row in rows if not row.shed]
    return np.array(kept, np.int64).reshape(-1, 3)


def activity_of(intervals: NDArray[np.int64], began: int, ended: int, parts: int) -> tuple[int, ...]:
    """How much moved in each of ``parts`` equal parts: the bytes of compressed video against the camera's quiet rate.

    ``intervals``: (N, 3) int64 in order of time: wall ticks of beginning and end, bytes.
    """
    if not len(intervals):
        return (-1,) * parts
    starts = np.maximum(intervals[:, 0], np.concatenate(([intervals[0, 0]], np.maximum.accumulate(intervals[:-1, 1]))))
    ends = np.maximum(starts + 1, intervals[:, 1])
    times = np.stack((starts, ends), axis=1).ravel()
    zeros = np.zeros(len(intervals))
    volume = np.cumsum(np.stack((zeros, intervals[:, 2]), axis=1).ravel())
    length = np.cumsum(np.stack((zeros, ends - starts), axis=1).ravel())
    edges = np.linspace(began, ended, parts + 1)
    sizes = np.diff(np.interp(edges, times, volume))
    covered = np.diff(np.interp(edges, times, length))
    known = covered > (ended - began) / parts * 0.05
    rates = np.divide(sizes, covered, out=np.zeros(parts), where=known)
    if not known.any():
        return (-1,) * parts
    quiet = max(float(np.percentile(rates[known], 20)), 1e-9)
    loudness = np.clip(np.log(np.maximum(rates / quiet, 1.0)) / np.log(LOUD) * 100, 0, 100).round().astype(int)
    return tuple(np.where(known, loudness, -1).tolist())


def joined_tracks(
    tracks: Sequence[tuple[int, int, str]], least_gap: int
) -> Iterator[tuple[int, int, int, tuple[str, ...]]]:
    """Tracks (beginning, end, kind) in order of beginning; those nearer than ``least_gap`` become one."""
    group: list[tuple[int, int, str]] = []
    ended = 0
    for track in tracks:
        if group and track[0] - ended > least_gap:
            yield _group(group, ended)
            group = []
        ended = max(ended, track[1]) if group else track[1]
        group.append(track)
    if group:
        yield _group(group, ended)


def _group(group: Sequence[tuple[int, int, str]], ended: int) -> tuple[int, int, int, tuple[str, ...]]:
    return group[0][0], ended, len(group), tuple(sorted({kind for _, _, kind in group}))
