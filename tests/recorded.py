"""An archive that is written without cameras and without threads: the recorder's own parts, step by step."""

import hashlib
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event

from sereno.core.clock import ManualClock
from sereno.core.ids import CameraId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks, wall_ticks
from sereno.recording.archive import Archive, open_archive
from sereno.recording.backfill.delivery import SPOOL, Delivery, footage_path, hand_over
from sereno.recording.backfill.door import Door
from sereno.recording.chunks import make_chunk, make_init
from sereno.recording.heads import HeadSigner
from sereno.recording.holds import HoldsFile
from sereno.recording.journal import Journal, journal_path
from sereno.recording.keeper import Keeper
from sereno.recording.model import EndReason, Origin, Segment
from sereno.recording.nal import Codec, ParameterSets
from sereno.recording.recorder_key import load_recorder_key
from sereno.recording.repair import repair
from sereno.recording.retention import RetentionRules, Term
from sereno.recording.segment_file import SegmentFile
from sereno.recording.space import SpaceKeeper
from sereno.recording.writer import ClosedFile
from sereno.runtime.database import Database

FPS = 5
STEP = MediaTicks(TICKS_PER_S // FPS)
SETS = ParameterSets(
    Codec.H264,
    (),
    (bytes.fromhex("6764001facb402802dd80880000003008000000f078c1950"),),
    (bytes.fromhex("68ef3cb0"),),
)
INIT, PARAMETERS = make_init(SETS)


def tick(clock: ManualClock, seconds: float) -> None:
    clock.elapsed_s += seconds
    clock.wall += timedelta(seconds=seconds)


@dataclass
class Recording:
    """One start of a recorder on ``home``, without cameras; ``free`` is what its disk says."""

    home: Path
    clock: ManualClock = field(default_factory=ManualClock)
    floor: timedelta = timedelta(days=1)
    free: int = 1 << 40
    archive: Archive = field(init=False)
    _media: dict[CameraId, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.archive = open_archive(self.home, self.clock)
        repair(self.archive, self.clock)
        rules, holds = RetentionRules(Term(self.floor)), HoldsFile(self.home)
        holds.write(())
        self.space = SpaceKeeper(self.archive, 1 << 20, rules, holds, self.clock, lambda _folder: self.free)
        heads = HeadSigner(self.archive, load_recorder_key(self.home), 600.0, self.clock)
        self.keeper = Keeper(self.archive, self.space, heads, self.clock)
        self.door = Door(self.archive, self.keeper, (self.home / SPOOL,), self.clock)

    def begin(self, camera: str) -> SegmentFile:
        camera_id = CameraId(camera)
        if camera_id not in self._media:
            last = self.archive.journal.last_live(camera_id)
            self._media[camera_id] = 0 if last is None else last.ended_media
        file = self.archive.create(camera_id, SegmentId(new_id(self.clock.now())))
        file.begin(INIT, PARAMETERS.codec_string, MediaTicks(self._media[camera_id]), wall_ticks(self.clock.now()))
        self.archive.enlist(file)
        return file

    def write(self, file: SegmentFile, seconds: float, size: int = 700) -> None:
        """Pictures of noise, a key frame each second; time passes."""
        for number in range(round(seconds * FPS)):
            media = MediaTicks(self._media[file.camera_id])
            key = number % FPS == 0
            noise = hashlib.shake_128(f"{file.camera_id}{media}".encode()).digest(size)
            chunk = make_chunk(number, media, STEP, noise, key=key)
            file.append(chunk, media, wall_ticks(self.clock.now()) if key else None)
            self._media[file.camera_id] += STEP
            tick(self.clock, 1 / FPS)

    def end(self, file: SegmentFile, reason: EndReason = EndReason.ROTATED) -> None:
        file.flush()
        duration = MediaTicks(self._media[file.camera_id] - file.started_media)
        file.closed_wall = WallTicks(file.started_wall + duration)
        self.keeper.submit(ClosedFile(file, file.started_wall, duration, reason))

    def settle(self) -> None:
        """What the keeper does with all that was submitted: durable, rows, heads signed."""
        stop = Event()
        stop.set()
        self.keeper.run(stop)

    def record(self, camera: str, count: int = 1, seconds: float = 2.0) -> list[Segment]:
        """Whole segments, one after the other."""
        for _ in range(count):
            file = self.begin(camera)
            self.write(file, seconds)
            self.end(file)
        self.settle()
        return self.archive.journal.segments_of(CameraId(camera), with_shed=False)[-count:]

    def take_in(self, camera: str) -> None:
        """What was delivered: prepared, between two segments, its rows, and dropped from the spool."""
        self.door.look()
        self.door.take_in(CameraId(camera))
        self.settle()
        self.door.look()

    def close(self) -> None:
        self.archive.journal.database.close()


def deliver(home: Path, clock: ManualClock, camera: str, seconds: float = 0.6, size: int = 700) -> SegmentId:
    """Footage of a camera's card that ends now."""
    spool, delivery_id = home / SPOOL, SegmentId(new_id(clock.now()))
    spool.mkdir(parents=True, exist_ok=True)
    count = round(seconds * FPS)
    began = wall_ticks(clock.now()) - count * STEP
    noise = [hashlib.shake_128(f"{delivery_id}{number}".encode()).digest(size) for number in range(count)]
    chunks = [make_chunk(n, MediaTicks(began + n * STEP), STEP, each, key=n == 0) for n, each in enumerate(noise)]
    content = b"".join((INIT, *chunks))
    footage_path(spool, delivery_id).write_bytes(content)
    delivery = Delivery(
        id=delivery_id,
        camera_id=CameraId(camera),
        origin=Origin.CARD,
        camera_offset=None,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    hand_over(spool, delivery)
    return delivery_id


def listed(folder: Path, camera: str) -> list[Segment]:
    """A camera's rows with those of which only the hash is left."""
    with closing(Database(journal_path(folder), read_only=True)) as database:
        return Journal(database).segments_of(CameraId(camera), with_shed=True)
