"""Who looks like whom: the analysts' vectors in memory, followed as they are written and forgotten as they expire.

Kept as they were written, row by row: forgetting one must need no more than taking it out, of its sketch too.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.appearance.portrait import Vector
from sereno.analytics.days.vectors import KeptVector, read_vectors, vectors_path
from sereno.analytics.search.flat import FlatVectors
from sereno.core.ids import CameraId, ObservationId
from sereno.runtime.database import Database

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Likeness:
    observation_id: ObservationId
    camera_id: CameraId
    value: float


@dataclass(slots=True)
class _Embedded:
    """All vectors of one embedder; the columns and ``vectors`` have the same order."""

    vectors: FlatVectors
    ids: list[ObservationId] = field(default_factory=list)
    row_of: dict[ObservationId, int] = field(default_factory=dict)
    numbers: dict[CameraId, int] = field(default_factory=dict)
    cameras: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """By ``numbers``."""
    times_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    """When made, and when it expires."""

    def append(self, fresh: Sequence[KeptVector]) -> None:
        self.vectors.append(np.stack([row.values for row in fresh]))
        self.row_of |= {row.observation_id: number for number, row in enumerate(fresh, start=len(self.ids))}
        self.ids += [row.observation_id for row in fresh]
        cameras = [self.numbers.setdefault(row.camera_id, len(self.numbers)) for row in fresh]
        self.cameras = np.concatenate((self.cameras, np.array(cameras, np.int64)))
        times = [(row.made_at.timestamp(), row.expires_at.timestamp()) for row in fresh]
        self.times_s = np.concatenate((self.times_s, np.array(times)))

    def keep(self, kept: NDArray[np.bool_]) -> None:
        if kept.all():
            return
        rows = np.flatnonzero(kept)
        self.vectors.keep(rows)
        self.ids = [self.ids[row] for row in rows]
        self.row_of = {each: number for number, each in enumerate(self.ids)}
        self.cameras, self.times_s = self.cameras[rows], self.times_s[rows]

    def on(self, cameras: Collection[CameraId]) -> NDArray[np.bool_]:
        """One flag a row."""
        wanted = frozenset(cameras)
        flags: NDArray[np.bool_] = np.array([camera in wanted for camera in self.numbers], np.bool_)
        return flags[self.cameras]


class Looks:
    """``folders`` tells the analysts' folders."""

    def __init__(self, folders: Callable[[], Sequence[Path]]) -> None:
        self._folders = folders
        self._seqs: dict[Path, int] = {}
        self._databases: dict[Path, Database] = {}
        self._by_embedder: dict[str, _Embedded] = {}
        self._lock = Lock()

    def vector_of(self, observation_id: ObservationId, now: datetime) -> tuple[str, Vector] | None:
        """Its embedder and vector; None when it has none, or not any more."""
        with self._lock:
            self._follow(now)
            for embedder, held in self._by_embedder.items():
                if observation_id in held.row_of:
                    return embedder, held.vectors.row(held.row_of[observation_id])
        return None

    def alike(
        self, embedder: str, vector: Vector, cameras: Collection[CameraId], count: int, now: datetime
    ) -> tuple[list[Likeness], int, datetime | None]:
        """The ``count`` most alike on ``cameras``; how many were compared, and since when they were kept."""
        with self._lock:
            self._follow(now)
            held = self._by_embedder.get(embedder)
            if held is None or not held.ids:
                return [], 0, None
            allowed = held.on(cameras)
            rows, values = held.vectors.nearest(vector, count, allowed)
            names = list(held.numbers)
            found = [
                Likeness(held.ids[row], names[held.cameras[row]], float(value))
                for row, value in zip(rows, values, strict=True)
            ]
            since = datetime.fromtimestamp(held.times_s[:, 0].min(), now.tzinfo)
            return found, int(allowed.sum()), since

    def forget(self, now: datetime) -> None:
        """To be called every minute, also while nobody searches."""
        with self._lock:
            self._forget(now)

    def close(self) -> None:
        with self._lock:
            self._by_embedder.clear()
            while self._databases:
                self._databases.popitem()[1].close()

    def _follow(self, now: datetime) -> None:
        for path in (vectors_path(folder) for folder in self._folders()):
            if not path.exists():
                continue
            if path not in self._databases:
                self._databases[path] = Database(path, read_only=True)
            while True:
                fresh = read_vectors(self._databases[path], self._seqs.get(path, 0), now, _BATCH)
                if not fresh:
                    break
                self._seqs[path] = fresh[-1].seq
                self._take(fresh)
        self._forget(now)

    def _take(self, fresh: Sequence[KeptVector]) -> None:
        by_embedder: dict[str, list[KeptVector]] = {}
        for each in fresh:
            by_embedder.setdefault(each.embedder, []).append(each)
        for embedder, rows in by_embedder.items():
            held = self._by_embedder.setdefault(embedder, _Embedded(FlatVectors(len(rows[0].values))))
            latest = list({row.observation_id: row for row in rows}.values())
            kept = np.ones(len(held.ids), np.bool_)
            kept[[held.row_of[row.observation_id] for row in latest if row.observation_id in held.row_of]] = False
            held.keep(kept)
            held.append(latest)

    def _forget(self, now: datetime) -> None:
        for held in self._by_embedder.values():
            held.keep(held.times_s[:, 1] > now.timestamp())
