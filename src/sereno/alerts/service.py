"""An alert's life until a named person decides, and the rules drawn on each camera."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sereno.access.model import Access, Permission
from sereno.access.work import Work, Workplace
from sereno.alerts import store
from sereno.alerts.events import AlertChanged, AlertDecided, AlertRaised
from sereno.alerts.model import Alert, AlertState, Outcome
from sereno.alerts.rule_set import CameraRules, checked, rules_of_place
from sereno.alerts.store import AlertRecord
from sereno.analytics.events import ObservationClosed, ObservationOpened
from sereno.analytics.model import Observation
from sereno.core.errors import conflict, invalid, not_found
from sereno.core.ids import AlertId, CameraId, FactId, IncidentId, ObservationId
from sereno.watchlists import store as watchlists

CLAIM_LAPSES_S = 600.0
"""After so long without a decision somebody else may claim: people go home."""
LONGEST_NOTE = 2000
MOST_LISTED = 500


class Alerts:
    """The queue of what machines suggest; nothing leaves it but by a named human outcome."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def on_alert_raised(self, connection: Connection, fact: AlertRaised) -> bool:
        """Take an alert in. False when it is known already, its rule rang for the same observation before, or the
        list entry that it names is no longer in force: then nobody is told."""
        entry_id = fact.alert.list_entry_id
        if entry_id is not None and not watchlists.in_force(connection, entry_id, fact.alert.at):
            return False
        return store.insert_alert(connection, fact.alert, fact.id)

    def on_observation(self, connection: Connection, fact: ObservationOpened | ObservationClosed) -> None:
        store.save_observation(connection, fact.observation)

    def forget_observations(self, before: datetime) -> int:
        """Drop what ended before an instant and no alert is about, by policy; returns how many."""
        with self._workplace.database.write() as connection:
            return store.drop_observations(connection, before)

    def queue(self, access: Access, state: AlertState | None = None, limit: int = 200) -> tuple[Alert, ...]:
        """Waiting ones first, by urgency and then age. Raises: AppError invalid for a limit out of 1..500."""
        if not 1 <= limit <= MOST_LISTED:
            raise invalid("limit_out_of_range", f"limit lies in 1 to {MOST_LISTED}.")
        with self._workplace.look(access, Permission.ALERTS_VIEW) as connection:
            return tuple(store.queue(connection, access, state, limit))

    def list_on(self, connection: Connection, access: Access) -> tuple[Alert, ...]:
        """For the snapshot, in its transaction."""
        if not access.may(Permission.ALERTS_VIEW):
            return ()
        return tuple(store.queue(connection, access, None, MOST_LISTED))

    def one(self, access: Access, alert_id: AlertId) -> Alert:
        with self._workplace.look(access, Permission.ALERTS_VIEW) as connection:
            return self.record(connection, access, alert_id).alert

    def record(self, connection: Connection, access: Access, alert_id: AlertId) -> AlertRecord:
        """The alert with its last fact, in the caller's transaction. Raises: AppError not_found."""
        record = store.alert_of(connection, access, alert_id)
        if record is None:
            raise not_found("alert_unknown", "There is no such alert.")
        return record

    def observation(self, access: Access, observation_id: ObservationId) -> Observation:
        with self._workplace.look(access, Permission.ALERTS_VIEW) as connection:
            observation = store.observation_of(connection, access, observation_id)
        if observation is None:
            raise not_found("observation_unknown", "There is no such observation, or it was forgotten by age.")
        return observation

    def claim(self, access: Access, alert_id: AlertId) -> Alert:
        """Say "I look at it". Raises: AppError conflict when it is decided or somebody else looks at it."""
        with self._workplace.work(access, Permission.ALERTS_DECIDE) as work:
            record = self.record(work.connection, access, alert_id)
            _require_free(record.alert, work)
            alert = replace(
                record.alert,
                state=AlertState.CLAIMED,
                claimed_by=access.person_id,
                claimed_by_name=access.name,
                claimed_at=work.at,
            )
            self._change(work, alert, record.last_fact)
            work.audit("alert.claim", alert_id, camera=alert.camera_id, rule=alert.rule)
        return alert

    def decide(self, access: Access, alert_id: AlertId, outcome: Outcome, note: str = "") -> Alert:
        """Raises: AppError conflict when it is decided or somebody else looks at it."""
        if len(note) > LONGEST_NOTE:
            raise invalid("note_too_long", f"A note has at most {LONGEST_NOTE} characters.")
        with self._workplace.work(access, Permission.ALERTS_DECIDE) as work:
            record = self.record(work.connection, access, alert_id)
            _require_free(record.alert, work)
            alert = replace(
                record.alert,
                state=AlertState.DECIDED,
                outcome=outcome,
                decided_by=access.person_id,
                decided_by_name=access.name,
                decided_at=work.at,
                note=note.strip(),
            )
            fact = AlertDecided(id=work.fact_id(), at=work.at, caused_by=record.last_fact, alert=alert)
            store.update_alert(work.connection, alert, fact.id)
            work.tell(fact)
            work.audit("alert.decide", alert_id, camera=alert.camera_id, rule=alert.rule, outcome=outcome)
        return alert

    def join_incident(
        self, work: Work, alert_id: AlertId, incident_id: IncidentId, caused_by: FactId | None = None
    ) -> Alert:
        """Make the alert part of an incident, in the work that opens it.

        ``caused_by`` is the fact of the incident; without it the alert's own last fact is the cause.

        Raises: AppError conflict unless a person decided that it is real, or when another incident has it.
        """
        record = self.record(work.connection, work.access, alert_id)
        if record.alert.outcome is not Outcome.REAL:
            raise conflict("alert_not_real", "Nobody has decided yet that this alert is real.", "Decide it first.")
        if record.alert.incident_id not in (None, incident_id):
            raise conflict("alert_joined", "This alert belongs to another incident.")
        alert = replace(record.alert, incident_id=incident_id)
        if alert != record.alert:
            self._change(work, alert, caused_by or record.last_fact)
        return alert

    def _change(self, work: Work, alert: Alert, caused_by: FactId) -> None:
        fact = AlertChanged(id=work.fact_id(), at=work.at, caused_by=caused_by, alert=alert)
        store.update_alert(work.connection, alert, fact.id)
        work.tell(fact)


class Rules:
    """The rules drawn on each camera; ``published`` is called after each committed change."""

    def __init__(self, workplace: Workplace, published: Callable[[], None]) -> None:
        self._workplace = workplace
        self._published = published

    def of_camera(self, access: Access, camera_id: CameraId) -> CameraRules:
        """Those drawn, or else those of the camera's place."""
        with self._workplace.look(access, Permission.CAMERAS_VIEW) as connection:
            place = store.place_of(connection, access, camera_id)
            if place is None:
                raise _no_camera()
            return store.drawn_rules(connection).get(camera_id) or rules_of_place(camera_id, place)

    def draw(self, access: Access, rules: CameraRules) -> CameraRules:
        """Replace a camera's rules. Raises: AppError invalid, naming the rule and what is wrong with it."""
        checked(rules)
        with self._workplace.work(access, Permission.CAMERAS_EDIT) as work:
            if store.place_of(work.connection, access, rules.camera_id) is None:
                raise _no_camera()
            store.save_rules(work.connection, rules, access.name, work.at)
            names = ", ".join(f"{rule.name} ({rule.kind})" for rule in rules.rules)
            work.audit("rules.draw", rules.camera_id, rules=names)
        self._published()
        return rules


def _require_free(alert: Alert, work: Work) -> None:
    if alert.state is AlertState.DECIDED:
        raise conflict("alert_decided", f"{alert.decided_by_name} decided this alert: {alert.outcome}.")
    if alert.claimed_at is None or alert.claimed_by == work.access.person_id:
        return
    if work.at - alert.claimed_at < timedelta(seconds=CLAIM_LAPSES_S):
        raise conflict(
            "alert_claimed",
            f"{alert.claimed_by_name} looks at this alert.",
            f"A claim lapses after {CLAIM_LAPSES_S / 60:g} minutes.",
        )


def _no_camera() -> Exception:
    return not_found("camera_unknown", "There is no such camera.")
