"""Which cameras are looked at, what keeps the others from it, and which detectors there are."""

from collections.abc import Callable, Iterable
from typing import Annotated

from fastapi import APIRouter, Depends

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.analytics.detectors.shelf import DetectorList, DetectorShelf
from sereno.analytics.health import CameraAnalysis, camera_analyses
from sereno.analytics.stats import AnalystStats
from sereno.cameras.service import Cameras
from sereno.core.clock import Clock

_OF_MODELS = "model_"


def analysis_api(
    cameras: Cameras, told: Callable[[], Iterable[AnalystStats]], shelf: DetectorShelf, clock: Clock, guard: Guard
) -> APIRouter:
    """``told``: the last stats of each analyst."""
    routes = APIRouter()

    @routes.get("/analysis")
    def get_analysis(
        access: Annotated[Access, Depends(guard.needs(Permission.CAMERAS_VIEW))],
    ) -> tuple[CameraAnalysis, ...]:
        """The enabled cameras that the person sees; some seconds old."""
        enabled = [camera.id for camera in cameras.list(access) if camera.enabled]
        return camera_analyses(enabled, told(), clock.now())

    @routes.get("/detectors")
    def get_detectors(access: Annotated[Access, Depends(guard.needs(Permission.CAMERAS_EDIT))]) -> DetectorList:
        """What a camera's ``detector`` can be. An analyst that refused one is heard of a camera that has it alone."""
        chosen = {camera.id: camera.detector for camera in cameras.list(access) if camera.enabled}
        analyses = camera_analyses(chosen, told(), clock.now())
        faults = {chosen[each.camera_id]: each.fault for each in analyses if each.fault.startswith(_OF_MODELS)}
        return shelf.choices(faults)

    return routes
