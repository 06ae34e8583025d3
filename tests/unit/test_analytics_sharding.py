"""Cameras spread evenly over analysts, and few move when something changes."""

import pytest

from sereno.analytics.sharding import log_name, shards_of
from sereno.core.ids import CameraId

CAMERAS = [CameraId(f"camera-{number:03d}") for number in range(101)]


@pytest.mark.parametrize("count", [1, 2, 3, 8, 101, 128])
def test_no_analyst_has_two_more_than_another(count: int) -> None:
    shards = shards_of(CAMERAS, count)
    assert set(shards) == set(CAMERAS)
    sizes = [list(shards.values()).count(shard) for shard in range(count)]
    assert max(sizes) - min(sizes) <= 1


def test_the_order_of_the_roster_changes_nothing() -> None:
    assert shards_of(CAMERAS, 4) == shards_of(reversed(CAMERAS), 4)


def test_a_new_camera_moves_few_others_and_a_new_analyst_takes_about_its_share() -> None:
    before = shards_of(CAMERAS, 4)
    more = shards_of([*CAMERAS, CameraId("new")], 4)
    assert sum(before[id_] != more[id_] for id_ in CAMERAS) <= 4
    five = shards_of(CAMERAS, 5)
    assert sum(before[id_] != five[id_] for id_ in CAMERAS) <= 40


def test_nothing_to_share() -> None:
    assert shards_of([], 3) == {}


def test_the_first_log_keeps_its_name() -> None:
    assert [log_name(shard) for shard in range(3)] == ["analyst", "analyst-1", "analyst-2"]
