"""A scripted operator: works one case from the alert to the verified package, through the public API alone."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event
from typing import TypeVar

from pydantic import TypeAdapter
from websockets.exceptions import ConnectionClosed

from sereno.alerts.model import Alert, AlertState, Outcome
from sereno.core.clock import Clock
from sereno.core.errors import AppError, ErrorKind
from sereno.dispatch.model import Assignment, AssignmentState, Proposal
from sereno.evidence.model import Export, ExportState, Hold
from sereno.evidence.verify import verify_package
from sereno.incidents.model import Incident
from sereno.recording.model import Segment
from sereno.runtime.loops import start_loop
from sereno.simulation.console_client import ConsoleClient
from sereno.simulation.shift_report import ShiftReport

log = logging.getLogger(__name__)

POLL_S = 0.25
CLIP_BEFORE_S = 4.0
CLIP_AFTER_S = 4.0

T = TypeVar("T")

_ALERT = TypeAdapter(Alert)


@dataclass(frozen=True, slots=True)
class Standing:
    """The part of the snapshot that the operator reads."""

    seq: int
    assignments: tuple[Assignment, ...]


@dataclass(slots=True)
class ScriptedOperator:
    """``work`` returns when the case is proved or ``stop`` is set."""

    client: ConsoleClient
    clock: Clock
    stop: Event
    folder: Path
    """Where the downloaded package goes."""
    report: ShiftReport = field(default_factory=ShiftReport)
    _alerts: SimpleQueue[Alert] = field(default_factory=SimpleQueue)

    def work(self) -> None:
        start_loop("operator-facts", self._follow, self.stop)
        while not self.stop.is_set() and not self.report.complete:
            alert = self._next_alert()
            if alert is None:
                continue
            try:
                self._work_case(alert)
            except AppError as error:
                self.report.notes.append(f"{error.code}: {error}")
                log.warning("operator: %s", error)

    def _follow(self, stop: Event) -> None:
        seq = self.client.get("/snapshot", Standing).seq
        with self.client.facts(0) as socket:
            while not stop.is_set():
                try:
                    message = json.loads(socket.recv(timeout=POLL_S))
                except TimeoutError:
                    continue
                except ConnectionClosed:
                    return
                if message["kind"] == "AlertRaised":
                    self._on_alert(_ALERT.validate_python(message["fact"]["alert"]), fresh=message["seq"] > seq)

    def _on_alert(self, alert: Alert, *, fresh: bool) -> None:
        self.report.alerts_by_rule[alert.rule.value] += 1
        if fresh:
            self._took("frame_to_alert_on_screen", alert.at, self.clock.now())
        self._alerts.put(alert)

    def _next_alert(self) -> Alert | None:
        try:
            return self._alerts.get(timeout=POLL_S)
        except Empty:
            return None

    def _work_case(self, alert: Alert) -> None:
        if self.client.get(f"/alerts/{alert.id}", Alert).state is not AlertState.WAITING:
            return
        chain = self.report.chain
        chain.camera, chain.alert, chain.observation = alert.camera_id, alert.id, alert.observation_id or ""
        self.client.act(f"/alerts/{alert.id}/claim", {})
        decision: dict[str, object] = {"outcome": Outcome.REAL, "note": "Se ve en el clip."}
        chain.outcome = self.client.post(f"/alerts/{alert.id}/decision", decision, Alert).outcome or ""
        incident = self._open_incident(alert)
        assignment = self._send(incident)
        hold = self._hold(alert, incident)
        export = self._seal(hold)
        self._prove(export)
        self._find_segment(alert)
        self._see_arrival(assignment)
        closing: dict[str, object] = {"closing": "resolved", "text": "Intervino la unidad enviada."}
        self.client.act(f"/incidents/{incident.id}/close", closing)

    def _open_incident(self, alert: Alert) -> Incident:
        asked_at = self.clock.now()
        incident = self.client.post("/incidents", {"alert_id": alert.id, "channel": "camera_alert"}, Incident)
        self.report.chain.incident = incident.id
        self._took("incident_open", asked_at, self.clock.now())
        return incident

    def _send(self, incident: Incident) -> Assignment:
        asked_at = self.clock.now()
        proposals = self.client.get(f"/incidents/{incident.id}/proposals", list[Proposal])
        self._took("proposal", asked_at, self.clock.now())
        body: dict[str, object] = {"unit_id": proposals[0].unit_id}
        assignment = self.client.post(f"/incidents/{incident.id}/assignments", body, Assignment)
        self.report.chain.assignment = assignment.id
        return assignment

    def _hold(self, alert: Alert, incident: Incident) -> Hold:
        span = (alert.since - timedelta(seconds=CLIP_BEFORE_S), alert.at + timedelta(seconds=CLIP_AFTER_S))
        body: dict[str, object] = {
            "incident_id": incident.id,
            "camera_id": alert.camera_id,
            "began": span[0].isoformat(),
            "ended": span[1].isoformat(),
            "reason": "Prueba del incidente.",
        }
        hold = self.client.post("/holds", body, Hold)
        self.report.chain.hold = hold.id
        return hold

    def _seal(self, hold: Hold) -> Export:
        asked_at = self.clock.now()
        export = self.client.post(f"/holds/{hold.id}/exports", {"purpose": "Fiscalía de turno"}, Export)

        def sealed() -> Export | None:
            now = self.client.get(f"/exports/{export.id}", Export)
            return now if now.state is not ExportState.SEALING else None

        export = self._wait_for("the sealed package", sealed)
        self.report.chain.export = export.id
        self._took("hold_to_sealed", asked_at, self.clock.now())
        return export

    def _prove(self, export: Export) -> None:
        package = self.folder / f"{export.id}.zip"
        self.client.download(f"/exports/{export.id}/file", package)
        began_at = self.clock.now()
        verdict = verify_package(package)
        self._took("verify", began_at, self.clock.now())
        if verdict.valid:
            self.report.chain.verification = export.sha256
        else:
            self.report.notes.append(f"package refused: {verdict}")

    def _find_segment(self, alert: Alert) -> None:
        span = {"began": alert.at.isoformat(), "ended": (alert.at + timedelta(seconds=0.1)).isoformat()}
        segments = self.client.get(f"/recordings/{alert.camera_id}", list[Segment], **span)
        if segments:
            self.report.chain.segment = segments[0].id

    def _see_arrival(self, assignment: Assignment) -> None:
        def arrived() -> Assignment | None:
            now = self._assignment(assignment)
            return now if now.state in {AssignmentState.ON_SCENE, AssignmentState.CLEARED} else None

        there = self._wait_for("the unit's arrival", arrived)
        if there.on_scene_at is not None:
            self.report.chain.arrival = there.on_scene_at.isoformat()
            self._took("send_to_arrival", there.assigned_at, there.on_scene_at)

    def _assignment(self, assignment: Assignment) -> Assignment:
        rows = self.client.get("/snapshot", Standing).assignments
        return next((row for row in rows if row.id == assignment.id), assignment)

    def _wait_for(self, what: str, look: Callable[[], T | None]) -> T:
        while not self.stop.is_set():
            found = look()
            if found is not None:
                return found
            self.stop.wait(POLL_S)
        raise AppError(ErrorKind.CANCELLED, "shift_over", f"The time was up before {what}.")

    def _took(self, hop: str, began_at: datetime, ended_at: datetime) -> None:
        self.report.latencies.add(hop, (ended_at - began_at).total_seconds())
