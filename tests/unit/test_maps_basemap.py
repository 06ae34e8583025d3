"""The plan as GeoJSON, the town's file, and the route that serves it."""

from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from sereno.core.errors import AppError
from sereno.core.geography import Position
from sereno.maps.api import map_api
from sereno.maps.basemap import Polygon, basemap
from sereno.maps.street_graph import RoadClass, StreetEdge, StreetGraph
from sereno.maps.town_map import (
    EMPTY_TOWN,
    Area,
    Place,
    StreetLine,
    TownMap,
    TownPlan,
    Way,
    read_town_map,
    write_town_map,
)
from tests.serving import serve

HERE = Position(-36.18, -62.318)
CLOCKWISE = (HERE, HERE.offset(0, 100), HERE.offset(100, 100), HERE.offset(100, 0))
PLAN = TownPlan(
    name="Villa Prueba",
    inhabitants=120,
    outline=CLOCKWISE,
    streets=(StreetLine(name="Los Aromos", road=RoadClass.STREET, oneway=True, points=CLOCKWISE[:2]),),
    buildings=(Area(use="house", ring=CLOCKWISE, height_m=3.5),),
    ways=(Way(use="railway", points=CLOCKWISE[1:3]),),
    places=(Place(kind="church", name="San Telmo", position=HERE),),
)
GRAPH = StreetGraph(CLOCKWISE, (StreetEdge(0, 1, 100.0, 10.0, "Los Aromos"),))


def test_every_feature_says_its_layer() -> None:
    features = basemap(PLAN).features
    assert [f.properties["layer"] for f in features] == ["town", "way", "street", "building", "place"]
    street = features[2].properties
    assert (street["class"], street["name"], street["oneway"]) == ("street", "Los Aromos", True)


def test_rings_are_closed_and_counter_clockwise() -> None:
    polygon = basemap(PLAN).features[0].geometry
    assert isinstance(polygon, Polygon)
    ring = polygon.coordinates[0]
    assert ring[0] == ring[-1]
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    assert doubled > 0


def test_a_centre_without_a_plan_has_an_empty_map() -> None:
    assert basemap(TownPlan()).features == ()


def test_the_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    town = TownMap(graph=GRAPH, plan=PLAN)
    write_town_map(tmp_path / "town.json", town)
    assert read_town_map(tmp_path / "town.json") == town
    assert read_town_map(tmp_path / "none.json") is EMPTY_TOWN


@pytest.mark.parametrize(
    "content",
    [
        b"not json",
        b'{"graph": {"nodes": [{"lat": 1}], "edges": []}}',
        b'{"graph": {"nodes": [], "edges": [{"start": 0, "end": 1, "length_m": 1, "speed_mps": 1, "name": ""}]}}',
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "town.json"
    path.write_bytes(content)
    with pytest.raises(AppError):
        read_town_map(path)


def test_the_map_is_sent_once_and_then_not_again() -> None:
    app = FastAPI()
    app.include_router(map_api(TownMap(graph=GRAPH, plan=PLAN), lambda: None))
    with serve(app) as url:
        first = httpx.get(f"{url}/map", trust_env=False)
        again = httpx.get(f"{url}/map", headers={"If-None-Match": first.headers["etag"]}, trust_env=False)
    assert first.headers["content-type"] == "application/geo+json"
    assert first.json()["type"] == "FeatureCollection"
    assert first.json()["bbox"][0] == pytest.approx(HERE.lon, abs=1e-5)
    assert again.status_code == 304
