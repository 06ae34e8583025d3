"""The best crop of every open track of one camera, and what its looks say of colours and riders.

Bounded: one crop of at most 256 x 256 pixels a track, two cuts a frame, one cut each half second a track, and none
that is not clearly better than the one held; a few more are looked at for their colours.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from PIL import Image

from sereno.analytics.appearance import colours, crops
from sereno.analytics.appearance.colours import ColourVotes, Light
from sereno.analytics.appearance.crops import Crop
from sereno.analytics.appearance.portrait import AppearanceVector, Portrait
from sereno.analytics.appearance.riders import TWO_WHEELERS, RiderVotes, riders_of
from sereno.analytics.appearance.vectors import VectorMaker
from sereno.analytics.decode import Picture
from sereno.analytics.model import VEHICLES, Description, ObjectKind, Observation
from sereno.analytics.tracker import Track

_PAUSE_S = 0.5
_CUTS_A_FRAME = 2
_CLEARLY_BETTER = 1.15
_COLOUR_LOOKS = 4
_COLOUR_WORTH = 0.7
"""A look of this share of the held crop's quality still counts for colours."""
_JPEG_QUALITY = 80
_LIGHT_SIZE = 32, 18


@dataclass(slots=True)
class _Page:
    """What is kept of one track."""

    crop: Crop | None = None
    cut_at: datetime | None = None
    looks: int = 0
    upper: ColourVotes = field(default_factory=ColourVotes)
    lower: ColourVotes = field(default_factory=ColourVotes)
    body: ColourVotes = field(default_factory=ColourVotes)
    riders: RiderVotes = field(default_factory=RiderVotes)
    told: Crop | None = None
    """The crop of the last portrait."""
    plate_told: bytes | None = None


class Album:
    """One camera's. Tracks are known by their numbers."""

    def __init__(self, vectors: VectorMaker | None = None) -> None:
        """Without ``vectors`` no portrait has one."""
        self._vectors = vectors
        self._pages: dict[int, _Page] = {}

    def look(self, picture: Picture, tracks: Sequence[Track], at: datetime) -> dict[int, Description]:
        """Cut what is worth it; what can now be told of the tracks (by number) that were looked at.

        ``tracks`` are all tracks of this frame, believed and seen or not.
        """
        seen = [t for t in tracks if t.believed and t.detection is not None]
        looked = [t for t in seen if t.kind in TWO_WHEELERS]
        for track in looked:
            self._page(track).riders.add(riders_of(track, seen))
        wanted = sorted(self._worth_cutting(picture, seen, at), key=lambda row: -row[0])[:_CUTS_A_FRAME]
        if wanted:
            light = colours.light_of(picture.rgb(*_LIGHT_SIZE))
            for _, standing, track in wanted:
                self._cut(picture, track, standing, light, at)
                looked.append(track)
        return {track.number: self._description(track) for track in looked}

    def _description(self, track: Track) -> Description:
        page = self._page(track)
        if track.kind is ObjectKind.PERSON:
            return Description(upper=page.upper.told, lower=page.lower.told)
        body = page.body.told if track.kind in VEHICLES else None
        riders = page.riders.told if track.kind in TWO_WHEELERS else None
        return Description(body=body, riders=riders)

    def portrait(
        self, number: int, observation: Observation, at: datetime, plate_jpeg: bytes | None = None
    ) -> Portrait | None:
        """The best crop of a track and of its plate, if one of them was not handed out yet. ``at`` is now."""
        page = self._pages.get(number)
        if page is None or page.crop is None or (page.crop is page.told and plate_jpeg is page.plate_told):
            return None
        crop = page.crop
        page.told, page.plate_told = crop, plate_jpeg
        height, width = crop.pixels.shape[:2]
        vector: AppearanceVector | None = None
        if self._vectors is not None:
            vector = self._vectors.vector(observation.kind, crop, at)
        return Portrait(
            observation_id=observation.id,
            camera_id=observation.camera_id,
            kind=observation.kind,
            at=crop.at,
            box=crop.box,
            jpeg=jpeg_of(crop),
            width=width,
            height=height,
            vector=vector,
            plate_jpeg=plate_jpeg,
        )

    def forget(self, number: int) -> None:
        """This track ended."""
        self._pages.pop(number, None)

    def __len__(self) -> int:
        return len(self._pages)

    def _page(self, track: Track) -> _Page:
        return self._pages.setdefault(track.number, _Page())

    def _worth_cutting(
        self, picture: Picture, seen: Sequence[Track], at: datetime
    ) -> Iterable[tuple[float, float, Track]]:
        """(gain, standing, track) of those whose turn it is."""
        for track in seen:
            page = self._page(track)
            if page.cut_at is not None and 0 <= (at - page.cut_at).total_seconds() < _PAUSE_S:
                continue
            others = [t.box for t in seen if t is not track and not _rides_along(track, t)]
            score = track.detection.score if track.detection else 0.0
            standing = crops.standing(track.box, score, others, (picture.width, picture.height))
            held = page.crop.quality if page.crop is not None else 0.0
            better = standing > _CLEARLY_BETTER * held
            if better or (page.looks < _COLOUR_LOOKS and standing > _COLOUR_WORTH * held):
                yield standing - held, standing, track

    def _cut(self, picture: Picture, track: Track, standing: float, light: Light | None, at: datetime) -> None:
        page = self._page(track)
        page.cut_at = at
        cut = crops.grown(track.box)
        if cut.width * picture.width < 2 or cut.height * picture.height < 2:
            return
        quality = standing * crops.sharpness(crops.part_of(picture.luma(), track.box.within_picture()))
        held = page.crop.quality if page.crop is not None else 0.0
        better = page.crop is None or quality > _CLEARLY_BETTER * held
        if not better and (page.looks >= _COLOUR_LOOKS or quality < _COLOUR_WORTH * held):
            return
        crop = crops.made(picture.rgb_part(cut), track.box, cut, at, quality)
        page.looks += 1
        if light is not None:
            _vote(page, track.kind, crop, light)
        if better:
            page.crop = crop


def jpeg_of(crop: Crop) -> bytes:
    file = io.BytesIO()
    Image.fromarray(crop.pixels).save(file, "JPEG", quality=_JPEG_QUALITY)
    return file.getvalue()


def _rides_along(track: Track, other: Track) -> bool:
    """A rider and what is ridden belong together on the picture."""
    kinds = {track.kind, other.kind}
    return ObjectKind.PERSON in kinds and bool(kinds & TWO_WHEELERS)


def _vote(page: _Page, kind: ObjectKind, crop: Crop, light: Light) -> None:
    if kind is ObjectKind.PERSON:
        page.upper.add(colours.upper_votes(crop, light), crop.quality)
        page.lower.add(colours.lower_votes(crop, light), crop.quality)
    elif kind in VEHICLES:
        page.body.add(colours.body_votes(crop, light), crop.quality)
