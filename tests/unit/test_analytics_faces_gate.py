"""The gate of face matching stays shut unless law, approvals, dates, purpose and camera all say yes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.access.jurisdiction import (
    NO_LAW,
    Certainty,
    Jurisdiction,
    Rule,
    jurisdiction_names,
    load_jurisdiction,
)
from sereno.analytics.faces.opening import open_faces
from sereno.analytics.faces.warrant import (
    Approval,
    FacePurpose,
    FaceUse,
    FaceWarrant,
    SoughtFace,
    check_law,
    check_use,
)
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError, ErrorKind
from sereno.core.ids import CameraId, ListEntryId, PersonId

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CAMERA = CameraId("terminal")
PROPOSER, FIRST, SECOND = PersonId("p0"), PersonId("p1"), PersonId("p2")
ENTRY = ListEntryId("e1")
LAW = Jurisdiction(name="test", title="Test", face_matching=Rule(value=True, source="test", certainty=Certainty.POLICY))
WARRANT = FaceWarrant(
    purpose=FacePurpose.MISSING_PERSON,
    legal_basis="Court 3, order 17",
    proposed_by=PROPOSER,
    approvals=(Approval(FIRST, NOW - DAY), Approval(SECOND, NOW - DAY)),
    cameras=frozenset({CAMERA}),
    valid_from=NOW - DAY,
    expires_at=NOW + DAY,
    entries=frozenset({ENTRY}),
)
USE = FaceUse(CAMERA, FacePurpose.MISSING_PERSON, NOW)

people = st.sampled_from([PROPOSER, FIRST, SECOND])
days = st.integers(-3, 3).map(lambda n: NOW + n * DAY)
warrants = st.builds(
    FaceWarrant,
    purpose=st.sampled_from(FacePurpose),
    legal_basis=st.sampled_from(["", "  ", "Court 3, order 17"]),
    proposed_by=st.just(PROPOSER),
    approvals=st.lists(st.builds(Approval, people, days), max_size=3).map(tuple),
    cameras=st.frozensets(st.sampled_from([CAMERA, CameraId("plaza")])),
    valid_from=days,
    expires_at=days,
    entries=st.just(frozenset({ENTRY})),
    withdrawn_at=st.none() | days,
)


@given(warrants)
def test_only_a_warrant_that_is_right_in_everything_opens_it(warrant: FaceWarrant) -> None:
    approvers = {a.by for a in warrant.approvals if a.at <= NOW and a.by != PROPOSER}
    right = (
        approvers == {FIRST, SECOND}
        and bool(warrant.legal_basis.strip())
        and warrant.valid_from <= NOW < warrant.expires_at
        and (warrant.withdrawn_at is None or warrant.withdrawn_at > NOW)
        and CAMERA in warrant.cameras
        and warrant.purpose is FacePurpose.MISSING_PERSON
    )
    if right:
        check_use(warrant, USE)
        return
    with pytest.raises(AppError) as caught:
        check_use(warrant, USE)
    assert caught.value.kind is ErrorKind.DENIED


@pytest.mark.parametrize(
    ("warrant", "use", "code"),
    [
        (replace(WARRANT, approvals=WARRANT.approvals[:1]), USE, "face_unapproved"),
        (replace(WARRANT, approvals=(Approval(FIRST, NOW), Approval(PROPOSER, NOW))), USE, "face_unapproved"),
        (replace(WARRANT, approvals=(Approval(FIRST, NOW), Approval(FIRST, NOW))), USE, "face_unapproved"),
        (replace(WARRANT, expires_at=NOW), USE, "face_out_of_date"),
        (replace(WARRANT, valid_from=NOW + timedelta(seconds=1)), USE, "face_out_of_date"),
        (replace(WARRANT, withdrawn_at=NOW), USE, "face_withdrawn"),
        (replace(WARRANT, legal_basis=" "), USE, "face_no_basis"),
        (WARRANT, replace(USE, purpose=FacePurpose.COURT_ORDER), "face_purpose"),
        (WARRANT, replace(USE, camera_id=CameraId("plaza")), "face_camera"),
    ],
    ids=[
        "one approver",
        "own approval",
        "same twice",
        "expired",
        "early",
        "withdrawn",
        "no basis",
        "purpose",
        "camera",
    ],
)
def test_each_fault_is_refused_by_its_name(warrant: FaceWarrant, use: FaceUse, code: str) -> None:
    check_use(WARRANT, USE)
    with pytest.raises(AppError) as caught:
        check_use(warrant, use)
    assert (caught.value.code, caught.value.kind) == (code, ErrorKind.DENIED)
    assert caught.value.advice


@pytest.mark.parametrize("name", jurisdiction_names())
def test_no_shipped_jurisdiction_opens_it(name: str) -> None:
    with pytest.raises(AppError) as caught:
        open_faces(Path("nowhere"), load_jurisdiction(name), WARRANT, ManualClock(NOW))
    assert caught.value.code == "face_law"


def test_unknown_law_refuses() -> None:
    with pytest.raises(AppError, match="do not allow"):
        check_law(NO_LAW)
    check_law(LAW)


def test_a_vector_of_whom_the_warrant_does_not_name_is_not_in_its_gallery() -> None:
    vector = np.ones(128, np.float32)
    named, other = SoughtFace(ENTRY, vector), SoughtFace(ListEntryId("e2"), vector)
    assert replace(WARRANT, sought=(other, named)).gallery == (named,)
