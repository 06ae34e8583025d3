"""``GET /storage``: disks, cameras and what they will come to."""

from typing import Annotated

from fastapi import APIRouter, Depends

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.recording.storage import Storage, StorageReport


def storage_api(storage: Storage, guard: Guard) -> APIRouter:
    routes = APIRouter()

    @routes.get("/storage")
    def get_storage(access: Annotated[Access, Depends(guard.needs(Permission.CAMERAS_VIEW))]) -> StorageReport:
        """At most ten minutes old; with the cameras that the person sees."""
        return storage.report(access)

    return routes
