"""The demo town: believable, connected, and the same each time."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sereno.core.ids import CameraId
from sereno.dispatch.model import Agency
from sereno.maps.addresses import Addresses
from sereno.maps.town_map import read_town_map, write_town_map
from sereno.maps.travel_times import StreetTravelTimes
from sereno.simulation.town import Town, build_town

SLUGS = ("acceso-norte", "acceso-sur", "avenida", "escuela", "banco", "punto-limpio", "plaza", "terminal")


@pytest.fixture(scope="module")
def town() -> Town:
    return build_town("127.0.0.1", 8554)


def test_the_same_town_is_made_each_time(town: Town) -> None:
    assert build_town("127.0.0.1", 8554) == town


def test_every_corner_can_be_reached_from_every_other(town: Town) -> None:
    graph = town.map.graph
    graph.check()
    ends = [e.start for e in graph.edges], [e.end for e in graph.edges]
    matrix = csr_array((np.ones(len(graph.edges)), ends), shape=(len(graph.nodes),) * 2)
    assert connected_components(matrix, directed=True, connection="strong")[0] == 1


def test_it_has_the_size_and_the_streets_of_a_town(town: Town) -> None:
    plan, graph = town.map.plan, town.map.graph
    assert 95 <= len(plan.blocks) <= 125
    assert len(plan.buildings) > 1_000
    assert sum(street.oneway for street in plan.streets) > len(plan.streets) / 3
    pairs = {(e.start, e.end) for e in graph.edges}
    assert any((b, a) not in pairs for a, b in pairs)
    assert any((b, a) in pairs for a, b in pairs)
    kinds = {place.kind for place in plan.places}
    assert kinds >= {
        "plaza",
        "church",
        "municipality",
        "school",
        "bank",
        "bus_terminal",
        "waste_point",
        "traffic_light",
    }


def test_cameras_stand_on_streets_and_have_their_addresses(town: Town) -> None:
    assert [c.id for c in town.cameras] == [CameraId(slug) for slug in SLUGS]
    addresses = Addresses(town.map.graph)
    for camera in town.cameras:
        corner = addresses.corner(camera.view.position)
        assert corner is not None
        assert corner.street
        assert camera.main_url == f"rtsp://127.0.0.1:8554/{camera.id}/main"
        assert camera.simulated


def test_ten_units_of_five_agencies_stand_near_the_cameras(town: Town) -> None:
    assert len({unit.id for unit in town.units}) == 10
    assert set(Counter(unit.agency for unit in town.units)) == set(Agency)
    times = StreetTravelTimes(town.map.graph)
    posts = [unit.post for unit in town.units]
    for camera in town.cameras:
        assert min(times.seconds(posts, camera.view.position)) < 20.0, camera.id


def test_the_file_of_the_town_comes_back(town: Town, tmp_path: Path) -> None:
    write_town_map(tmp_path / "town.json", town.map)
    assert read_town_map(tmp_path / "town.json") == town.map
