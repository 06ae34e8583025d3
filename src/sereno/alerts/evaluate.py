"""From scenes to alerts. The whole way of a scene stands in ``step``; it is pure.

scene ─▶ subjects (succession) ─▶ sought plates (matching) ─▶ each rule ─▶ quiet places ─▶ firings
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar, assert_never

from sereno.alerts.model import Alert
from sereno.alerts.priority import priority_of
from sereno.alerts.quiet import Quiet
from sereno.alerts.rule_set import HappeningRule, Rule
from sereno.alerts.rules.crowd import Crowd, Gathering
from sereno.alerts.rules.dispersal import Dispersal
from sereno.alerts.rules.fallen_person import FallenPerson
from sereno.alerts.rules.happened import Rung
from sereno.alerts.rules.left_object import LeftObject
from sereno.alerts.rules.line_crossing import LineCrossing
from sereno.alerts.rules.loitering import Loitering
from sereno.alerts.rules.plate_on_list import PlateOnList
from sereno.alerts.rules.removed_object import RemovedObject
from sereno.alerts.rules.seen import Firing, Seen, Told
from sereno.alerts.rules.sound import Sound
from sereno.alerts.rules.wrong_way import WrongWay
from sereno.alerts.succession import Succession
from sereno.alerts.watch import Watch, WatchedCamera
from sereno.analytics.model import Happening, HappeningKind, Observation, Scene, TrailPoint
from sereno.core.ids import AlertId, CameraId, ObservationId, new_id
from sereno.watchlists.matching import NO_PLATES, PlateIndex

FORGET_S = 10.0
"""A subject not seen for so long is forgotten; a camera that was blind for so long begins anew."""
CLOCK_TREMBLE_S = 1.0
"""A scene that is older than the last one by less than this is dropped; by more, the clock was set back."""

ObservationOf = Callable[[ObservationId], Observation | None]
"""Looks up an open observation."""

Memory = TypeVar("Memory")


class TrackRule(Protocol[Memory]):
    """A rule that looks at each subject by itself."""

    def step(self, memory: Memory | None, seen: Seen) -> tuple[Memory | None, Firing | None]: ...


@dataclass(frozen=True, slots=True)
class View:
    """A scene as the rules see it."""

    at: datetime
    seen: tuple[Seen, ...]
    happenings: tuple[Happening, ...] = ()


class Running(Protocol):
    """A rule and all that it remembers."""

    @property
    def rule(self) -> Rule: ...

    def step(self, view: View) -> tuple["Running", tuple[Firing, ...]]: ...


@dataclass(frozen=True, slots=True)
class PerSubject(Generic[Memory]):
    """``memories`` also says when each subject was last seen."""

    rule: Loitering | LineCrossing | WrongWay | PlateOnList
    stepped: TrackRule[Memory]
    memories: Mapping[ObservationId, tuple[datetime, Memory]] = field(default_factory=dict)

    def step(self, view: View) -> tuple["PerSubject[Memory]", tuple[Firing, ...]]:
        at = view.at
        memories = {who: kept for who, kept in self.memories.items() if (at - kept[0]).total_seconds() <= FORGET_S}
        firings: list[Firing] = []
        for one in view.seen:
            if one.kind not in self.rule.kinds:
                continue
            kept = memories.pop(one.subject, None)
            memory, firing = self.stepped.step(kept[1] if kept else None, one)
            if memory is not None:
                memories[one.subject] = (at, memory)
            if firing is not None:
                firings.append(firing)
        return replace(self, memories=memories), tuple(firings)


@dataclass(frozen=True, slots=True)
class WholeScene:
    rule: Crowd
    gathering: Gathering = field(default_factory=Gathering)

    def step(self, view: View) -> tuple["WholeScene", tuple[Firing, ...]]:
        counted = tuple(one for one in view.seen if one.kind in self.rule.kinds)
        gathering, firing = self.rule.step(self.gathering, view.at, counted)
        return replace(self, gathering=gathering), (firing,) if firing else ()


@dataclass(frozen=True, slots=True)
class PerHappening:
    rule: HappeningRule
    rung: Rung = field(default_factory=Rung)

    def step(self, view: View) -> tuple["PerHappening", tuple[Firing, ...]]:
        rung, firings = self.rung.step(self.rule.id, view.at, self.rule.due(view.happenings, view.at))
        return replace(self, rung=rung), firings


def begun(rule: Rule) -> Running:
    """The rule with nothing remembered."""
    match rule:
        case Loitering():
            return PerSubject(rule, rule)
        case LineCrossing():
            return PerSubject(rule, rule)
        case WrongWay():
            return PerSubject(rule, rule)
        case PlateOnList():
            return PerSubject(rule, rule)
        case Crowd():
            return WholeScene(rule)
        case LeftObject() | RemovedObject() | FallenPerson() | Dispersal() | Sound():
            return PerHappening(rule)
        case _:
            assert_never(rule)


@dataclass(frozen=True, slots=True)
class CameraState:
    """What the rules of one camera remember; ``silenced`` counts firings at quiet places."""

    running: tuple[Running, ...]
    at: datetime | None = None
    succession: Succession = field(default_factory=Succession)
    quiet: Quiet = field(default_factory=Quiet)
    silenced: int = 0


def ruled(rules: tuple[Rule, ...], was: CameraState | None = None) -> CameraState:
    """The state under ``rules``; a rule that did not change keeps what it remembers."""
    if was is None:
        return CameraState(tuple(begun(rule) for rule in rules))
    kept = {running.rule.id: running for running in was.running}
    running = tuple(kept[rule.id] if rule.id in kept and kept[rule.id].rule == rule else begun(rule) for rule in rules)
    return replace(was, running=running)


def step(state: CameraState, scene: Scene, plates: PlateIndex = NO_PLATES) -> tuple[CameraState, tuple[Firing, ...]]:
    """The state after ``scene``, and the firings that may ring."""
    elapsed_s = (scene.at - state.at).total_seconds() if state.at else 0.0
    if -CLOCK_TREMBLE_S < elapsed_s < 0:
        return state, ()
    if elapsed_s < 0 or elapsed_s > FORGET_S:
        quiet = state.quiet if elapsed_s > 0 else Quiet()
        fresh = tuple(begun(running.rule) for running in state.running)
        state = replace(state, running=fresh, succession=Succession(), quiet=quiet)
    succession, subjects = state.succession.step(scene)
    seen = tuple(_matched(one, plates) for one in subjects)
    running: list[Running] = []
    rung: list[Firing] = []
    quiet, silenced = state.quiet, state.silenced
    view = View(scene.at, seen, scene.happenings)
    for was in state.running:
        now, firings = was.step(view)
        running.append(now)
        for firing in firings:
            quiet, rings = quiet.step(was.rule, firing)
            silenced += not rings
            rung += [firing] if rings else []
    return CameraState(tuple(running), scene.at, succession, quiet, silenced), tuple(rung)


def _matched(seen: Seen, plates: PlateIndex) -> Seen:
    plate = seen.sighting.plate
    return replace(seen, matches=plates.match(plate.text, seen.at)) if plate else seen


def alert_of(firing: Firing, camera: WatchedCamera, observation: Observation | None) -> Alert:
    """What a person will decide about: the firing with its trail, its reasons and its region."""
    rule = next(rule for rule in camera.rules if rule.id == firing.rule_id)
    plate = firing.match.plate if firing.match else None
    alert = Alert(
        id=AlertId(new_id(firing.at)),
        camera_id=camera.camera_id,
        rule=rule.kind,
        rule_id=rule.id,
        rule_name=rule.name,
        at=firing.at,
        since=firing.since,
        priority=priority_of(rule.kind, camera.place, plate.list if plate else None),
        observation_id=about(firing),
        object_kind=None,
        trail=(),
        why=firing.why,
        region=rule.region,
    )
    if isinstance(firing.seen, Told):
        happening = firing.seen.happening
        trail = (TrailPoint(firing.at, happening.box),) if happening.box else ()
        return replace(alert, happening=happening.kind, trail=trail)
    sighting = firing.seen.sighting
    return replace(
        alert,
        object_kind=sighting.kind,
        trail=observation.trail if observation else (TrailPoint(firing.at, sighting.box),),
        plate=sighting.plate if plate else None,
        list_entry_id=plate.entry_id if plate else None,
    )


def about(firing: Firing) -> ObservationId | None:
    """Whom the alert is about: for a happening the first of those who are thought to have part in it."""
    if isinstance(firing.seen, Told):
        return next(iter(firing.seen.happening.by), None)
    return firing.seen.sighting.observation_id


class Evaluator:
    """The rules of all cameras at work: what the analyst calls after each scene."""

    def __init__(self, watch: Watch) -> None:
        self._states: dict[CameraId, CameraState] = {}
        self._cameras: dict[CameraId, WatchedCamera] = {}
        self._plates = NO_PLATES
        self.replace_watch(watch)

    def replace_watch(self, watch: Watch) -> None:
        """Follow new rules and lists; rules that did not change go on where they were."""
        self._cameras = {camera.camera_id: camera for camera in watch.cameras}
        self._plates = PlateIndex.of(watch.plates)
        self._states = {id_: ruled(camera.rules, self._states.get(id_)) for id_, camera in self._cameras.items()}

    def reads_plates(self, camera_id: CameraId) -> bool:
        camera = self._cameras.get(camera_id)
        return camera is not None and camera.reads_plates

    def wants(self, camera_id: CameraId) -> frozenset[HappeningKind]:
        """The happenings that the rules of this camera step over."""
        camera = self._cameras.get(camera_id)
        rules = camera.rules if camera else ()
        return frozenset(kind for rule in rules if isinstance(rule, HappeningRule) for kind in rule.wants)

    @property
    def silenced(self) -> int:
        """Firings at quiet places so far, of all cameras."""
        return sum(state.silenced for state in self._states.values())

    def step(self, scene: Scene, observation_of: ObservationOf) -> tuple[Alert, ...]:
        """The alerts that ``scene`` raises; none for a camera that nobody watches by rules."""
        camera = self._cameras.get(scene.camera_id)
        if camera is None:
            return ()
        self._states[scene.camera_id], firings = step(self._states[scene.camera_id], scene, self._plates)
        return tuple(
            alert_of(firing, camera, observation_of(who) if (who := about(firing)) else None) for firing in firings
        )
