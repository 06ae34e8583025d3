"""What rules ask of each camera beyond boxes: its happenings, a pose model for who fell, an ear where sound is on."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sereno.analytics.assets import RTMPOSE_S, YAMNET
from sereno.analytics.happenings.pose import RtmPose
from sereno.analytics.happenings.watch import HappeningWatch
from sereno.analytics.model import Happening, HappeningKind
from sereno.analytics.sound.watch import SoundWatch
from sereno.analytics.sound.yamnet import Wave, Yamnet
from sereno.analytics.sound_reader import SoundReader
from sereno.analytics.work_note import Slot
from sereno.cameras.local_feed.subscription import Subscription
from sereno.cameras.local_feed.wire import FeedStream, Wanted
from sereno.core.errors import AppError
from sereno.core.ids import CameraId

log = logging.getLogger(__name__)

HEARD = frozenset({HappeningKind.GUNSHOT, HappeningKind.GLASS, HappeningKind.SCREAM, HappeningKind.SIREN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attended:
    """``audio``: whether the camera's sound is on; the recorder hands none out where the law forbids it."""

    camera_id: CameraId
    audio: bool
    note: Slot
    happenings: HappeningWatch


class Attention:
    """Models are loaded when the first camera needs them, and a listener runs while a rule asks for sounds."""

    def __init__(self, assets: Path, feed: Path, threads: int) -> None:
        self._assets = assets
        self._feed = feed
        self._threads = threads
        self._poses: RtmPose | None = None
        self._missing: set[str] = set()
        self._ears: dict[CameraId, tuple[HappeningWatch, SoundReader]] = {}

    def follow(self, cameras: Iterable[Attended], wants: Callable[[CameraId], frozenset[HappeningKind]]) -> None:
        """About once a second: every camera is asked for what its rules want."""
        listening: dict[CameraId, Attended] = {}
        for camera in cameras:
            wanted = wants(camera.camera_id)
            camera.happenings.ask(wanted, self._pose_model() if HappeningKind.FALLEN in wanted else None)
            if camera.audio and wanted & HEARD:
                listening[camera.camera_id] = camera
        self._follow_ears(listening)

    def stop(self) -> None:
        self._follow_ears({})

    def _pose_model(self) -> RtmPose | None:
        if self._poses is None and RTMPOSE_S.name not in self._missing:
            try:
                self._poses = RtmPose(self._assets / RTMPOSE_S.name, self._threads)
            except AppError as error:
                self._miss(RTMPOSE_S.name, error)
        return self._poses

    def _follow_ears(self, listening: Mapping[CameraId, Attended]) -> None:
        for id_, (happenings, reader) in list(self._ears.items()):
            if id_ not in listening or listening[id_].happenings is not happenings:
                reader.stop()
                del self._ears[id_]
        for id_, camera in listening.items():
            if id_ not in self._ears and YAMNET.name not in self._missing:
                try:
                    watch = SoundWatch(Yamnet(self._assets / YAMNET.name))
                except AppError as error:
                    self._miss(YAMNET.name, error)
                    continue
                self._ears[id_] = camera.happenings, self._listener(camera, watch)

    def _listener(self, camera: Attended, watch: SoundWatch) -> SoundReader:
        sound = Subscription(self._feed, Wanted(camera_id=camera.camera_id, stream=FeedStream.SOUND))
        reader = SoundReader(camera.camera_id, sound, camera.note, _told_to(camera.happenings.hear, watch))
        reader.start()
        return reader

    def _miss(self, name: str, error: AppError) -> None:
        """Once: the centre goes on without."""
        self._missing.add(name)
        log.error("%s (%s)", error, error.code)


def _told_to(hear: Callable[[Happening], None], watch: SoundWatch) -> Callable[[Wave, datetime], None]:
    def take(block: Wave, at: datetime) -> None:
        for happening in watch.step(block, at):
            hear(happening)

    return take
