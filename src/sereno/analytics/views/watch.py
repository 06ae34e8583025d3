"""One camera's view over time: a look a minute, a reference picture of its own, facts when something changed."""

import zlib
from collections import Counter
from datetime import datetime, timedelta

import numpy as np

from sereno.analytics.decode import TakenFrame
from sereno.analytics.events import ReferenceTaken, ViewChecked
from sereno.analytics.model import ViewFault, ViewFigures
from sereno.analytics.views.check import Luma, Reference, fit_for_reference, look, reference_of
from sereno.analytics.views.check import small as small_picture
from sereno.analytics.views.pictures import ViewPictures
from sereno.core.facts import Fact
from sereno.core.ids import CameraId, FactId, new_id

LOOK_S = 60.0
DOUBT_S = 10.0
"""A fault that is new, or gone, is looked at again so soon; two looks in a row make it true."""
TELL_S = 300.0
FROZEN_S = 120.0
"""The same picture to the last step of brightness for so long: no live sensor does that."""
_GATHERED, _GATHER_S = 5, 2.0
"""A reference is the median of some pictures, so that who walks by is not in it."""


class ViewWatch:
    """``step`` gets every frame that is taken. Pictures are kept in ``pictures``; nothing else is written."""

    def __init__(self, camera_id: CameraId, pictures: ViewPictures) -> None:
        self._camera_id = camera_id
        self._pictures = pictures
        self._ordered_at: datetime | None = None
        self._reference: tuple[datetime, Reference] | None = None
        stored = pictures.read_reference(camera_id)
        if stored is not None:
            self._reference = stored[0], reference_of(stored[1])
        self._gathered: list[Luma] = []
        self._look_due: datetime | None = None
        self._print: tuple[int, datetime] | None = None
        self._last: frozenset[ViewFault] = frozenset()
        self._confirmed: frozenset[ViewFault] = frozenset()
        self._began: datetime | None = None
        self._looks = 0
        self._seen: Counter[ViewFault] = Counter()

    def order(self, since: datetime | None) -> None:
        """A reference older than ``since`` is no longer good: a person had the camera aimed anew."""
        if since is not None and since != self._ordered_at:
            self._ordered_at = since
            if self._reference is not None and self._reference[0] < since:
                self._reference = None

    def step(self, frame: TakenFrame) -> tuple[Fact, ...]:
        frozen = self._frozen(frame)
        if self._look_due is not None and self._look_due - timedelta(seconds=LOOK_S) <= frame.at < self._look_due:
            return ()
        picture = small_picture(frame.picture.luma())
        if self._reference is None or self._reference[1].luma.shape != picture.shape:
            taken = self._gather(picture, frame.at)
            if taken or self._gathered:
                return taken
        reference = self._reference[1] if self._reference else None
        seen = look(picture, reference)
        faults = seen.faults | {ViewFault.FROZEN} if frozen else seen.faults
        return self._after(faults, seen.figures, picture, frame.at)

    def _gather(self, picture: Luma, at: datetime) -> tuple[Fact, ...]:
        """Nothing in bad light; else one more picture, and with the last of them the reference."""
        if not fit_for_reference(picture):
            self._gathered.clear()
            return ()
        if self._gathered and self._gathered[0].shape != picture.shape:
            self._gathered.clear()
        self._gathered.append(picture)
        self._look_due = at + timedelta(seconds=_GATHER_S)
        if len(self._gathered) < _GATHERED:
            return ()
        middle = np.median(np.stack(self._gathered), axis=0).astype(np.uint8)
        self._gathered.clear()
        at = at.replace(microsecond=0) + timedelta(seconds=1)  # names tell seconds; an order of this second is older
        self._reference = at, reference_of(middle)
        self._pictures.keep_reference(self._camera_id, at, middle)
        return (ReferenceTaken(id=FactId(new_id(at)), at=at, camera_id=self._camera_id),)

    def _after(
        self, faults: frozenset[ViewFault], figures: ViewFigures, picture: Luma, at: datetime
    ) -> tuple[Fact, ...]:
        self._looks += 1
        self._seen.update(faults)
        self._began = self._began or at
        doubt = faults != self._last
        confirmed = self._confirmed if doubt else faults
        changed = confirmed != self._confirmed
        self._last, self._confirmed = faults, confirmed
        self._look_due = at + timedelta(seconds=DOUBT_S if doubt else LOOK_S)
        if changed:
            self._pictures.keep_seen(self._camera_id, at, picture)
        if not changed and at - self._began < timedelta(seconds=TELL_S):
            return ()
        fact = ViewChecked(
            id=FactId(new_id(at)),
            at=at,
            camera_id=self._camera_id,
            began=self._began,
            looks=self._looks,
            seen={fault: self._seen[fault] for fault in sorted(self._seen)},
            faults=tuple(sorted(confirmed)),
            figures=figures,
            reference_at=self._reference[0] if self._reference else None,
        )
        self._began, self._looks = at, 0
        self._seen.clear()
        return (fact,)

    def _frozen(self, frame: TakenFrame) -> bool:
        """Whether not one pixel of a coarse raster changed for long."""
        raster = zlib.crc32(np.ascontiguousarray(frame.picture.luma()[::7, ::7]).tobytes())
        if self._print is None or self._print[0] != raster or frame.at < self._print[1]:
            self._print = raster, frame.at
        return frame.at - self._print[1] >= timedelta(seconds=FROZEN_S)
