"""``GET /map``: the basemap, drawn by the console without a server of tiles."""

import hashlib
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import Response
from pydantic import TypeAdapter

from sereno.maps.basemap import FeatureCollection, basemap
from sereno.maps.town_map import TownMap

_BASEMAP: TypeAdapter[FeatureCollection] = TypeAdapter(FeatureCollection)


def map_api(town: TownMap, signed_in: Callable[..., object]) -> APIRouter:
    """``signed_in``: the guard's dependency, handed in because maps and access do not know each other."""
    routes = APIRouter(tags=["maps"])
    body = _BASEMAP.dump_json(basemap(town.plan), exclude_none=True)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}

    @routes.get("/map", dependencies=[Depends(signed_in)], response_model=FeatureCollection)
    def get_map(if_none_match: Annotated[str | None, Header()] = None) -> Response:
        if if_none_match == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/geo+json", headers=headers)

    return routes
