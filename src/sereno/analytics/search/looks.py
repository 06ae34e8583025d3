"""Who looks like whom: the analysts' vectors in memory, followed as they are written and forgotten as they expire.

Kept as they were written, row by row; a search compares with all of them. No index is built: forgetting one row must
need no more than taking it out.
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
    cameras: list[CameraId] = field(default_factory=list)
    made_s: list[float] = field(default_factory=list)
    expires_s: list[float] = field(default_factory=list)


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
                if observation_id in held.ids:
                    row = len(held.ids) - 1 - held.ids[::-1].index(observation_id)
                    return embedder, held.vectors.row(row)
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
            allowed = _allowed(held.cameras, cameras)
            rows, values = held.vectors.nearest(vector, count, allowed)
            found = [
                Likeness(held.ids[row], held.cameras[row], float(value))
                for row, value in zip(rows, values, strict=True)
            ]
            since = datetime.fromtimestamp(min(held.made_s), now.tzinfo)
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
            replaced = {row.observation_id for row in rows}
            _keep_only(held, np.array([each not in replaced for each in held.ids], np.bool_))
            held.vectors.append(np.stack([row.values for row in rows]))
            held.ids += [row.observation_id for row in rows]
            held.cameras += [row.camera_id for row in rows]
            held.made_s += [row.made_at.timestamp() for row in rows]
            held.expires_s += [row.expires_at.timestamp() for row in rows]

    def _forget(self, now: datetime) -> None:
        for held in self._by_embedder.values():
            _keep_only(held, np.array(held.expires_s) > now.timestamp())


def _allowed(rows: Sequence[CameraId], cameras: Collection[CameraId]) -> NDArray[np.bool_]:
    wanted = frozenset(cameras)
    return np.fromiter((camera in wanted for camera in rows), np.bool_, len(rows))


def _keep_only(held: _Embedded, kept: NDArray[np.bool_]) -> None:
    if kept.all():
        return
    rows = np.flatnonzero(kept)
    held.vectors.keep(rows)
    held.ids = [held.ids[row] for row in rows]
    held.cameras = [held.cameras[row] for row in rows]
    held.made_s = [held.made_s[row] for row in rows]
    held.expires_s = [held.expires_s[row] for row in rows]
