"""The plates of one camera: which vehicle is looked at next, what its looks say together, and its best plate crop."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from PIL import Image

from sereno.analytics.decode import Picture
from sereno.analytics.model import VEHICLES, PlateReading
from sereno.analytics.plates.reader import SIDE, SIDE_NEAR, PlateOnCrop, PlateReader
from sereno.analytics.plates.votes import PlateDesk, PlateVote
from sereno.analytics.tracker import Track
from sereno.core.geometry import Box

_MIN_VEHICLE_PX = 180
"""Width; below, its plate has less than about 50 pixels and cannot be read."""
_AROUND_WIDTH, _AROUND_HEIGHT = 0.6, 1.2
"""By how much of its own size, on each side, more is cut than where the plate is expected."""
_FOUND_AGAIN = 0.3
_MARGIN = 0.15
_JPEG_QUALITY = 85


@dataclass(frozen=True, slots=True)
class PlateCrop:
    """The best look at a plate. ``box`` is what was cut, in fractions of the picture; ``jpeg`` is not scaled."""

    jpeg: bytes
    box: Box
    at: datetime
    quality: float
    """Confidence of this look by pixels of its width."""


@dataclass(slots=True)
class _Card:
    desk: PlateDesk = field(default_factory=PlateDesk)
    crop: PlateCrop | None = None


class PlateWatch:
    """One camera's. Tracks are known by their numbers."""

    def __init__(self, reader: PlateReader) -> None:
        self._reader = reader
        self._cards: dict[int, _Card] = {}

    def look(self, picture: Picture, tracks: Sequence[Track], at: datetime) -> tuple[int, PlateReading | None] | None:
        """At most one vehicle a frame is looked at: the largest whose plate is due. Its number, what is now known."""
        due = [
            track
            for track in tracks
            if track.detection is not None
            and track.kind in VEHICLES
            and _is_legible(picture, track.box)
            and self._card(track.number).desk.wants(at)
        ]
        if not due:
            return None
        track = max(due, key=lambda t: t.box.area)
        card = self._card(track.number)
        vote = plate_vote(self._reader, picture, track.box, card.desk.expected(track.box))
        card.desk = card.desk.after(vote, at, self._reader.prior)
        if vote is not None:
            _keep_best(card, picture, vote, at)
        return track.number, card.desk.reading

    def crop(self, number: int) -> PlateCrop | None:
        """Of a track whose plate was read."""
        card = self._cards.get(number)
        return card.crop if card is not None and card.desk.reading is not None else None

    def forget(self, number: int) -> None:
        self._cards.pop(number, None)

    def _card(self, number: int) -> _Card:
        return self._cards.setdefault(number, _Card())


def plate_vote(reader: PlateReader, picture: Picture, vehicle: Box, expected: Box | None = None) -> PlateVote | None:
    """What the plate of ``vehicle`` says on this picture; sooner told where it is ``expected``. None: not legible."""
    if expected is not None:
        around = _more(expected, _AROUND_WIDTH, _AROUND_HEIGHT).within_picture()
        if around.width > 0 and around.height > 0:
            found = reader.read(picture.rgb_part(around), SIDE_NEAR)
            if found is not None and found.plate.confidence >= _FOUND_AGAIN:
                return _vote(found, around, vehicle)
    part = vehicle.within_picture()
    found = reader.read(picture.rgb_part(part), SIDE)
    return _vote(found, part, vehicle) if found is not None else None


def _vote(found: PlateOnCrop, part: Box, vehicle: Box) -> PlateVote:
    box = Box(
        part.left + found.box.left * part.width,
        part.top + found.box.top * part.height,
        part.left + found.box.right * part.width,
        part.top + found.box.bottom * part.height,
    )
    return PlateVote(found.plate, found.look, box, vehicle)


def _keep_best(card: _Card, picture: Picture, vote: PlateVote, at: datetime) -> None:
    quality = vote.plate.confidence * vote.box.width * picture.width
    if card.crop is not None and card.crop.quality >= quality:
        return
    box = _more(vote.box, _MARGIN, _MARGIN).within_picture()
    file = io.BytesIO()
    Image.fromarray(picture.rgb_part(box)).save(file, "JPEG", quality=_JPEG_QUALITY)
    card.crop = PlateCrop(file.getvalue(), box, at, quality)


def _more(box: Box, across: float, down: float) -> Box:
    x, y = across * box.width, down * box.height
    return Box(box.left - x, box.top - y, box.right + x, box.bottom + y)


def _is_legible(picture: Picture, vehicle: Box) -> bool:
    part = vehicle.within_picture()
    return part.width * picture.width >= _MIN_VEHICLE_PX and part.height * picture.height >= _MIN_VEHICLE_PX / 3
