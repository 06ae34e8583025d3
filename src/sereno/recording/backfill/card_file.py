"""Pictures of a replay, written as deliveries: a file about a minute, each beginning at a key frame."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sereno.cameras.rtsp.media import Sample
from sereno.core.clock import Clock
from sereno.core.ids import CameraId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S
from sereno.recording.backfill.delivery import MAX_FOOTAGE_BYTES, Delivery, footage_path, hand_over
from sereno.recording.chunks import make_chunk, make_init
from sereno.recording.model import Origin
from sereno.recording.nal import ParameterSets, sets_after, with_sets

PIECE_TICKS = 60 * TICKS_PER_S
MAX_STEP = 5 * TICKS_PER_S
"""A longer pause between two pictures is a gap of the card itself: the next piece begins."""
_DEFAULT_STEP = TICKS_PER_S // 25


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture by our clock, in wall ticks."""

    sample: Sample
    decode: int
    presentation: int


class CardWriter:
    """``take`` pictures in order, then ``end``. Nothing outside the span is written."""

    def __init__(
        self, spool: Path, camera_id: CameraId, camera_offset: int, span: tuple[int, int], clock: Clock
    ) -> None:
        self.filled = 0
        """Ticks of footage that were handed over."""
        self._spool = spool
        self._camera_id = camera_id
        self._camera_offset = camera_offset
        self._span = span
        self._clock = clock
        self._sets: ParameterSets | None = None
        self._file: BinaryIO | None = None
        self._id = SegmentId("")
        self._hash = hashlib.sha256()
        self._size = 0
        self._began = 0
        self._shift = 0
        self._sequence = 0
        self._step = _DEFAULT_STEP
        self._held: Placed | None = None

    def described(self, sets: ParameterSets) -> None:
        self._sets = sets

    def take(self, placed: Placed) -> bool:
        """False when the span is over."""
        if placed.presentation >= self._span[1] or self._sets is None:
            return False
        key = placed.sample.key
        sets = sets_after(self._sets, placed.sample.sets) if key else self._sets
        held = self._held
        if held is not None:
            step = placed.decode - held.decode
            paused = not 0 < step <= MAX_STEP
            self._write(held, self._step if paused else step)
            self._step = self._step if paused else step
            self._held = None
            if paused or (key and (sets != self._sets or placed.decode - self._began >= PIECE_TICKS)):
                self._finish()
        self._sets = sets
        if self._file is None and not self._begins(placed):
            return True
        self._held = placed
        return True

    def end(self) -> None:
        if self._held is not None:
            self._write(self._held, self._step)
            self._held = None
        self._finish()

    def give_up(self) -> None:
        """What was not handed over is removed."""
        if self._file is not None:
            self._file.close()
            self._file = None
            footage_path(self._spool, self._id).unlink(missing_ok=True)

    def _begins(self, placed: Placed) -> bool:
        """A piece begins at a key frame within the span. Raises: AppError when its parameter sets do not parse."""
        sets = self._sets
        if not placed.sample.key or placed.presentation < self._span[0] or sets is None or not sets.complete:
            return False
        init, _ = make_init(sets)
        self._id = SegmentId(new_id(self._clock.now()))
        self._spool.mkdir(parents=True, exist_ok=True)
        self._file = footage_path(self._spool, self._id).open("xb")
        self._hash, self._size, self._sequence = hashlib.sha256(), 0, 0
        self._began, self._shift = placed.decode, placed.presentation - placed.decode
        self._put(init)
        return True

    def _write(self, placed: Placed, duration: int) -> None:
        sets = self._sets
        if self._file is None or sets is None:
            return
        sample = placed.sample
        content = sample.content if sample.key else with_sets(sets, sample.content, sample.sets)
        shift = placed.presentation - placed.decode - self._shift
        self._sequence += 1
        self._put(
            make_chunk(self._sequence, placed.decode + self._shift, duration, content, key=sample.key, shift=shift)
        )
        self.filled += duration
        if self._size > MAX_FOOTAGE_BYTES - (32 << 20):
            self._finish()

    def _put(self, content: bytes) -> None:
        if self._file is not None:
            self._file.write(content)
            self._hash.update(content)
            self._size += len(content)

    def _finish(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        file.flush()
        os.fsync(file.fileno())
        file.close()
        delivery = Delivery(
            id=self._id,
            camera_id=self._camera_id,
            origin=Origin.CARD,
            camera_offset=self._camera_offset,
            size=self._size,
            sha256=self._hash.hexdigest(),
        )
        hand_over(self._spool, delivery)
