"""One crew of the demo town: patrols its beat; when it is sent it answers, drives, stays and reports."""

from dataclasses import dataclass, replace
from random import Random

from sereno.core.geography import Position
from sereno.core.ids import AssignmentId
from sereno.dispatch.model import Assignment, AssignmentState
from sereno.maps.street_graph import StreetGraph
from sereno.maps.travel_times import EMERGENCY, PATROL, travel_times
from sereno.simulation.driving import Drive
from sereno.simulation.town import TownUnit

ANSWER_S = (1.0, 2.0)
REST_S = (2.0, 9.0)
LONGEST_PATROL_M = 700.0
PATROL_TRIES = 5
WALKED_M = 25.0
"""So near a crew gets out instead of driving around the block."""

REPORTS = (
    "Sin novedad en el lugar. Se dialogó con los presentes.",
    "Se identificó a la persona y se retiró por sus medios. Sin novedad.",
    "Se recorrió la zona con resultado negativo. Sin novedad.",
    "Se labró acta y se normalizó la situación.",
    "Se verificó el lugar con vecinos; todo en orden.",
)


@dataclass(frozen=True, slots=True)
class Step:
    """What a crew tells the centre about an assignment."""

    assignment_id: AssignmentId
    state: AssignmentState
    report: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """``wait_s`` is left before the crew answers, or before it leaves the scene."""

    assignment_id: AssignmentId
    destination: Position
    state: AssignmentState
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Crew:
    unit: TownUnit
    position: Position
    bearing_deg: float = 0.0
    speed_mps: float = 0.0
    drive: Drive | None = None
    rest_s: float = 0.0
    task: Task | None = None


class Roads:
    """What every crew knows: the streets at both paces, and the corners of each beat."""

    def __init__(self, graph: StreetGraph, random: Random, stay_s: float) -> None:
        self.random = random
        self.stay_s = stay_s
        self._graph = graph
        self._patrol = travel_times(graph, PATROL)
        self._emergency = travel_times(graph, EMERGENCY)

    def patrol(self, crew: Crew) -> Drive:
        """To some corner of the beat; one-way streets may make it long, so the shortest of a few."""
        unit = crew.unit
        corners = [node for node in self._graph.nodes if unit.post.distance_m(node) <= unit.beat_m] or [unit.post]
        journeys = [self._patrol.journeys([crew.position], self.random.choice(corners))[0] for _ in range(PATROL_TRIES)]
        fit = [journey for journey in journeys if 20.0 < journey.distance_m < LONGEST_PATROL_M]
        return Drive((fit[0] if fit else min(journeys, key=lambda journey: journey.distance_m)).legs)

    def hurry(self, crew: Crew, destination: Position) -> Drive:
        return Drive(self._emergency.journeys([crew.position], destination)[0].legs)


def taking(crew: Crew, assignment: Assignment, roads: Roads) -> Crew:
    """The crew with its new task, wherever the assignment stands: the crew may have started anew."""
    wait_s = roads.random.uniform(*ANSWER_S)
    task = Task(assignment.id, assignment.destination, assignment.state, wait_s)
    if assignment.state is AssignmentState.EN_ROUTE:
        return replace(crew, task=task, drive=roads.hurry(crew, assignment.destination))
    if assignment.state is AssignmentState.ON_SCENE:
        task = replace(task, wait_s=roads.stay_s)
        return replace(crew, task=task, drive=None, speed_mps=0.0)
    return replace(crew, task=task)


def step(crew: Crew, seconds: float, roads: Roads) -> tuple[Crew, tuple[Step, ...]]:
    """The crew so many seconds later, and what it has to say."""
    if crew.task is None:
        return _patrol(crew, seconds, roads), ()
    match crew.task.state:
        case AssignmentState.ASSIGNED | AssignmentState.ACKNOWLEDGED:
            return _answer(crew, crew.task, seconds, roads)
        case AssignmentState.EN_ROUTE:
            return _hurry(crew, crew.task, seconds, roads)
        case _:
            return _stay(crew, crew.task, seconds, roads)


def _patrol(crew: Crew, seconds: float, roads: Roads) -> Crew:
    if crew.rest_s > 0:
        return replace(crew, rest_s=crew.rest_s - seconds, speed_mps=0.0)
    if crew.drive is None:
        return replace(crew, drive=roads.patrol(crew))
    moved = _moved(crew, crew.drive, seconds)
    if moved.drive is not None and moved.drive.arrived:
        return replace(moved, drive=None, rest_s=roads.random.uniform(*REST_S))
    return moved


def _answer(crew: Crew, task: Task, seconds: float, roads: Roads) -> tuple[Crew, tuple[Step, ...]]:
    """It pulls over to answer: driving on could take it past the turning."""
    if task.wait_s > seconds:
        return replace(crew, speed_mps=0.0, task=replace(task, wait_s=task.wait_s - seconds)), ()
    said = (
        Step(task.assignment_id, AssignmentState.ACKNOWLEDGED),
        Step(task.assignment_id, AssignmentState.EN_ROUTE),
    )
    under_way = replace(task, state=AssignmentState.EN_ROUTE)
    return replace(crew, task=under_way, drive=roads.hurry(crew, task.destination), rest_s=0.0), said


def _hurry(crew: Crew, task: Task, seconds: float, roads: Roads) -> tuple[Crew, tuple[Step, ...]]:
    at_place = crew.position.distance_m(task.destination) <= WALKED_M
    moved = crew if crew.drive is None or at_place else _moved(crew, crew.drive, seconds)
    if moved.drive is not None and not moved.drive.arrived and not at_place:
        return moved, ()
    there = replace(task, state=AssignmentState.ON_SCENE, wait_s=roads.stay_s)
    stopped = replace(moved, drive=None, speed_mps=0.0, task=there)
    return stopped, (Step(task.assignment_id, AssignmentState.ON_SCENE),)


def _stay(crew: Crew, task: Task, seconds: float, roads: Roads) -> tuple[Crew, tuple[Step, ...]]:
    if task.wait_s > seconds:
        return replace(crew, task=replace(task, wait_s=task.wait_s - seconds)), ()
    report = roads.random.choice(REPORTS)
    return replace(crew, task=None), (Step(task.assignment_id, AssignmentState.CLEARED, report),)


def _moved(crew: Crew, drive: Drive, seconds: float) -> Crew:
    drive = drive.advance(seconds)
    leg = drive.heading
    if leg is None:
        return replace(crew, drive=drive, speed_mps=0.0)
    return replace(
        crew,
        drive=drive,
        position=drive.position or crew.position,
        bearing_deg=round(leg.start.bearing_deg(leg.end), 1) % 360,
        speed_mps=0.0 if drive.arrived else leg.speed_mps,
    )
