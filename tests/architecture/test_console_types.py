"""The console's types name the fields that control writes: nothing missing, nothing that no longer exists."""

import re
from dataclasses import fields
from enum import StrEnum
from pathlib import Path

import pytest

from sereno.access.jurisdiction import Rule
from sereno.alerts.model import Alert, AlertState, Measure, Outcome, RuleKind
from sereno.analytics.model import (
    Colour,
    Description,
    GroundMotion,
    ObjectKind,
    Observation,
    PlateReading,
    TrailPoint,
)
from sereno.analytics.search import bodies
from sereno.analytics.search import model as search
from sereno.cameras.devices.model import DeviceState
from sereno.cameras.model import Camera, Health, PlaceKind, ProbeReport, PurposeLevel, StreamState, View
from sereno.cameras.steering.model import PtzLock
from sereno.dispatch.events import UnitFix
from sereno.dispatch.model import Agency, Assignment, AssignmentState, Proposal, Unit, UnitState
from sereno.evidence.model import Export, ExportState, Hold, HoldState
from sereno.incidents.model import Channel, Incident, IncidentState, TimelineEntry
from sereno.main.snapshot import Snapshot
from sereno.maps import journeys
from sereno.playback import model as past
from sereno.recording.events import DiskChanged, StorageForetold
from sereno.recording.forecast import CameraForecast, CameraUse, Forecast
from sereno.recording.storage import DiskState, StorageReport
from sereno.upkeep import limits, model, service

CONSOLE = Path(__file__).parents[2] / "console" / "src"
FOLDERS = {"analytics": "alerts", "dispatch": "units", "main": "state", "recording": "storage", "access": "storage"}
"""Where the console's word differs from the package's."""
NOT_SHOWN: dict[type, set[str]] = {
    Camera: {"main_url", "sub_url", "onvif_url"},
    DiskChanged: {"id", "caused_by"},
    StorageForetold: {"id", "caused_by"},
}


def written(kind: type) -> str:
    names = kind.__module__.split(".")
    package = "search" if "search" in names or kind.__module__ == journeys.__name__ else names[1]
    return (CONSOLE / FOLDERS.get(package, package) / "model.ts").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "kind",
    [
        *(
            Description,
            GroundMotion,
            Alert,
            Measure,
            Observation,
            PlateReading,
            TrailPoint,
            Camera,
            Health,
            ProbeReport,
            View,
            Snapshot,
        ),
        *(DeviceState, PtzLock),
        *(model.Ticket, model.TicketStep, model.CameraDay, model.DayMark, model.Finding, model.Gap, model.PlannedWork),
        *(model.ReferenceRecord, limits.Limit, limits.Limits, service.Calendar, service.DayPage, service.JudgedCamera),
        *(UnitFix, Assignment, Proposal, Unit, Export, Hold, Incident, TimelineEntry),
        *(StorageReport, DiskState, Rule, Forecast, CameraForecast, CameraUse, DiskChanged, StorageForetold),
        *(past.Recorded, past.Gap, past.Tracked, past.AlertMark, past.HoldMark, past.CameraTimeline, past.Timeline),
        past.Bookmark,
        *(search.Query, search.DrawnZone, search.DrawnLine, search.Circle, search.DayHours, search.Heading),
        *(search.Found, search.DayFault, search.HourCount, search.Counts, search.Page, search.Answer),
        *(search.UnderstoodWords, search.UnknownWords, search.Alike, search.AlikeAnswer, search.JourneyAnswer),
        *(journeys.Step, journeys.Chain, journeys.Journeys),
    ],
    ids=lambda kind: kind.__name__,
)
def test_interface_has_the_fields_of_its_dataclass(kind: type) -> None:
    body = re.search(rf"export interface {kind.__name__} \{{(.*?)\n\}}", written(kind), re.DOTALL)
    assert body is not None
    shown = set(re.findall(r"^  (\w+)\??:", body[1], re.MULTILINE))

    assert shown == {field.name for field in fields(kind)} - NOT_SHOWN.get(kind, set())


@pytest.mark.parametrize(
    "kind",
    [
        *(
            AlertState,
            Colour,
            Outcome,
            RuleKind,
            ObjectKind,
            PlaceKind,
            StreamState,
            Agency,
            AssignmentState,
            UnitState,
        ),
        *(ExportState, HoldState, Channel, IncidentState),
        *(model.Item, model.Verdict, model.TicketState, PurposeLevel),
        *(search.Across, journeys.StepReason),
    ],
    ids=lambda kind: kind.__name__,
)
def test_union_has_the_values_of_its_enum(kind: type[StrEnum]) -> None:
    union = re.search(rf"export type {kind.__name__} =(.*?);", written(kind), re.DOTALL)
    assert union is not None

    assert set(re.findall(r'"(\w+)"', union[1])) == {member.value for member in kind}


@pytest.mark.parametrize(
    "kind", [bodies.SearchBody, bodies.AlikeBody, bodies.JourneyBody], ids=lambda kind: kind.__name__
)
def test_what_the_console_asks_has_the_fields_of_its_body(kind: type[bodies.PurposeBody]) -> None:
    own = re.search(rf"export interface {kind.__name__} extends PurposeBody \{{(.*?)\n\}}", written(kind), re.DOTALL)
    common = re.search(r"export interface PurposeBody \{(.*?)\n\}", written(kind), re.DOTALL)
    assert own is not None
    assert common is not None

    assert set(re.findall(r"^  (\w+)\??:", own[1] + common[1], re.MULTILINE)) == set(kind.model_fields)
