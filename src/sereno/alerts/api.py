"""Routes of alerts, observations and rules."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.alerts.model import Alert, AlertState, Outcome
from sereno.alerts.rule_set import CameraRules, Rule
from sereno.alerts.service import LONGEST_NOTE, MOST_LISTED, Alerts, Rules
from sereno.analytics.model import Observation
from sereno.core.ids import AlertId, CameraId, ObservationId
from sereno.runtime.http import Body


class DecisionBody(Body):
    outcome: Outcome
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


class RulesBody(Body):
    rules: tuple[Rule, ...]


def alerts_api(alerts: Alerts, rules: Rules, guard: Guard) -> APIRouter:
    routes = APIRouter()
    routes.include_router(_alert_routes(alerts, guard))
    routes.include_router(_rule_routes(rules, guard))
    return routes


def _alert_routes(alerts: Alerts, guard: Guard) -> APIRouter:
    routes = APIRouter()
    viewer = Depends(guard.needs(Permission.ALERTS_VIEW))
    decider = Depends(guard.needs(Permission.ALERTS_DECIDE))

    @routes.get("/alerts")
    def list_alerts(
        access: Annotated[Access, viewer],
        state: AlertState | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 200,
    ) -> tuple[Alert, ...]:
        return alerts.queue(access, state, limit)

    @routes.get("/alerts/{alert_id}")
    def show_alert(alert_id: str, access: Annotated[Access, viewer]) -> Alert:
        return alerts.one(access, AlertId(alert_id))

    @routes.post("/alerts/{alert_id}/claim")
    def claim_alert(alert_id: str, access: Annotated[Access, decider]) -> Alert:
        return alerts.claim(access, AlertId(alert_id))

    @routes.post("/alerts/{alert_id}/decision")
    def decide_alert(alert_id: str, body: DecisionBody, access: Annotated[Access, decider]) -> Alert:
        return alerts.decide(access, AlertId(alert_id), body.outcome, body.note)

    @routes.get("/observations/{observation_id}")
    def show_observation(observation_id: str, access: Annotated[Access, viewer]) -> Observation:
        return alerts.observation(access, ObservationId(observation_id))

    return routes


def _rule_routes(rules: Rules, guard: Guard) -> APIRouter:
    routes = APIRouter()

    @routes.get("/cameras/{camera_id}/rules")
    def show_rules(
        camera_id: str, access: Annotated[Access, Depends(guard.needs(Permission.CAMERAS_VIEW))]
    ) -> CameraRules:
        return rules.of_camera(access, CameraId(camera_id))

    @routes.put("/cameras/{camera_id}/rules")
    def draw_rules(
        camera_id: str, body: RulesBody, access: Annotated[Access, Depends(guard.needs(Permission.CAMERAS_EDIT))]
    ) -> CameraRules:
        return rules.draw(access, CameraRules(camera_id=CameraId(camera_id), rules=body.rules))

    return routes
