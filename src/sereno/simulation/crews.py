"""The crews' gateway: drives the demo town's units through the public API, as radios and phones of real crews would."""

import json
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event

from sereno.core.clock import Clock
from sereno.core.errors import AppError, ErrorKind, invalid, unavailable
from sereno.core.ids import AssignmentId, UnitId
from sereno.dispatch.model import Assignment
from sereno.simulation.console_client import ConsoleClient
from sereno.simulation.crew import Crew, Roads, Step, step, taking
from sereno.simulation.town import Town

log = logging.getLogger(__name__)

TICK_S = 1.0
LONGEST_TICK_S = 5.0
"""A machine that slept does not make the units leap."""
STAY_S = 6.0
SEED = 7


@dataclass(frozen=True, slots=True)
class CrewAccount:
    name: str
    password: str


def read_crew_account(path: Path) -> CrewAccount:
    """``{"name", "password"}``; the file is readable by its owner alone.

    Raises: AppError unavailable when it is not there yet, invalid when others may read it or it is not such a file.
    """
    if not path.exists():
        raise unavailable("crew_account_missing", f"Crews wait for their account in {path}.")
    if path.stat().st_mode & 0o077:
        raise invalid("crew_account_open", f"Others may read {path}.", "chmod 600 it.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return CrewAccount(str(content["name"]), str(content["password"]))
    except (ValueError, KeyError, TypeError):
        raise invalid("crew_account_invalid", f"{path} does not hold a name and a password.") from None


def run_crews(
    town: Town, base_url: str, credentials_path: Path, stop: Event, clock: Clock, stay_s: float = STAY_S
) -> None:
    """Until ``stop``. A centre that is away is tried again each second; meanwhile the units drive on."""
    fleet = Fleet(town, Random(SEED), stay_s)
    gateway: Gateway | None = None
    trouble = ""
    last_s = clock.monotonic_s()
    while not stop.wait(TICK_S):
        now_s = clock.monotonic_s()
        fleet.drive(min(now_s - last_s, LONGEST_TICK_S))
        last_s = now_s
        try:
            gateway = gateway or Gateway.sign_in(base_url, read_crew_account(credentials_path))
            gateway.exchange(fleet, clock)
            trouble = ""
        except AppError as error:
            if error.code != trouble:  # once, not each second; at the start they wait for the centre
                log.log(logging.WARNING if gateway else logging.INFO, "crews: %s", error)
            trouble = error.code
            if gateway is not None and error.code == "not_signed_in":
                gateway.client.close()
                gateway = None
    if gateway is not None:
        gateway.client.close()


class Fleet:
    """Where every crew is, and what it still has to say."""

    def __init__(self, town: Town, random: Random, stay_s: float) -> None:
        self._roads = Roads(town.map.graph, random, stay_s)
        self._crews: dict[UnitId, Crew] = {unit.id: Crew(unit, unit.post) for unit in town.units}
        self._unsaid: deque[Step] = deque()
        self._done: set[AssignmentId] = set()

    @property
    def crews(self) -> Sequence[Crew]:
        return tuple(self._crews.values())

    @property
    def unsaid(self) -> Step | None:
        """The next thing to tell; ``said`` takes it off."""
        return self._unsaid[0] if self._unsaid else None

    def drive(self, seconds: float) -> None:
        for unit_id, crew in self._crews.items():
            moved, said = step(crew, seconds, self._roads)
            self._crews[unit_id] = moved
            self._unsaid.extend(said)
            if crew.task is not None and moved.task is None:
                self._done.add(crew.task.assignment_id)

    def said(self) -> None:
        self._unsaid.popleft()

    def refused(self, refused: Step) -> None:
        """The centre knows better: nothing more is said about that assignment, and the crew drops it."""
        self._drop({refused.assignment_id})

    def follow(self, assignments: Sequence[Assignment]) -> None:
        """Take what is new; drop what the centre no longer lists."""
        listed: Mapping[AssignmentId, Assignment] = {each.id: each for each in assignments}
        held = {crew.task.assignment_id for crew in self._crews.values() if crew.task is not None}
        self._drop(held - listed.keys())
        self._done &= listed.keys()
        for assignment in assignments:
            crew = self._crews.get(assignment.unit_id)
            if crew is not None and crew.task is None and assignment.id not in self._done:
                self._crews[crew.unit.id] = taking(crew, assignment, self._roads)

    def _drop(self, dropped: set[AssignmentId]) -> None:
        self._unsaid = deque(each for each in self._unsaid if each.assignment_id not in dropped)
        for unit_id, crew in self._crews.items():
            if crew.task is not None and crew.task.assignment_id in dropped:
                self._crews[unit_id] = Crew(crew.unit, crew.position, crew.bearing_deg)


@dataclass(frozen=True, slots=True)
class Gateway:
    """One signed-in account that speaks for all crews."""

    client: ConsoleClient

    @classmethod
    def sign_in(cls, base_url: str, account: CrewAccount) -> "Gateway":
        client = ConsoleClient(base_url)
        try:
            client.act("/session", {"name": account.name, "password": account.password})
        except AppError:
            client.close()
            raise
        return cls(client)

    def exchange(self, fleet: Fleet, clock: Clock) -> None:
        """Tell where all are and what they did, and ask what there is to do."""
        at = clock.now().isoformat()
        fixes = [
            {
                "unit_id": crew.unit.id,
                "position": {"lat": crew.position.lat, "lon": crew.position.lon},
                "bearing_deg": crew.bearing_deg,
                "speed_mps": crew.speed_mps,
                "at": at,
            }
            for crew in fleet.crews
        ]
        self.client.act("/crew/positions", {"fixes": fixes})
        while (unsaid := fleet.unsaid) is not None:
            self._tell(fleet, unsaid)
        fleet.follow(self.client.get("/crew/assignments", list[Assignment]))

    def _tell(self, fleet: Fleet, unsaid: Step) -> None:
        try:
            body: dict[str, object] = {"state": unsaid.state.value, "report": unsaid.report}
            self.client.act(f"/crew/assignments/{unsaid.assignment_id}", body)
            fleet.said()
        except AppError as error:
            if error.kind not in (ErrorKind.CONFLICT, ErrorKind.NOT_FOUND):
                raise
            log.warning("crews: %s", error)
            fleet.refused(unsaid)
