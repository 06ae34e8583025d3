"""Jurisdictions: every value has its source; what nobody knows is not invented."""

import pytest

from sereno.access.jurisdiction import Certainty, jurisdiction_names, load_jurisdiction
from sereno.core.errors import AppError


@pytest.mark.parametrize("name", jurisdiction_names())
def test_every_value_has_a_source(name: str) -> None:
    jurisdiction = load_jurisdiction(name)
    assert jurisdiction.name == name
    for rule in jurisdiction.rules().values():
        assert (rule.value is None) == (rule.certainty is Certainty.UNKNOWN)
        assert rule.value is None or rule.source


def test_known_values() -> None:
    peru, mexico = load_jurisdiction("pe"), load_jurisdiction("mx")
    assert peru.retention_floor_days.value == 45
    assert peru.handover_hours.value == 24
    assert mexico.availability_share.value == 0.95
    assert (mexico.repair_urgent_hours.value, mexico.repair_hours.value) == (24, 72)


def test_a_province_stands_on_its_country() -> None:
    province = load_jurisdiction("ar-pba")
    assert province.subject_access_days == load_jurisdiction("ar").subject_access_days
    assert province.retention_floor_days.certainty is Certainty.POLICY


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(AppError, match="Did you mean mx") as caught:
        load_jurisdiction("mxx")
    assert caught.value.code == "jurisdiction_unknown"
