"""``GET /analysis``: which cameras are looked at, and what keeps the others from it."""

from collections.abc import Callable, Iterable
from typing import Annotated

from fastapi import APIRouter, Depends

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.analytics.health import CameraAnalysis, camera_analyses
from sereno.analytics.stats import AnalystStats
from sereno.cameras.service import Cameras
from sereno.core.clock import Clock


def analysis_api(cameras: Cameras, told: Callable[[], Iterable[AnalystStats]], clock: Clock, guard: Guard) -> APIRouter:
    """``told``: the last stats of each analyst."""
    routes = APIRouter()

    @routes.get("/analysis")
    def get_analysis(
        access: Annotated[Access, Depends(guard.needs(Permission.CAMERAS_VIEW))],
    ) -> tuple[CameraAnalysis, ...]:
        """The enabled cameras that the person sees; some seconds old."""
        enabled = [camera.id for camera in cameras.list(access) if camera.enabled]
        return camera_analyses(enabled, told(), clock.now())

    return routes
