"""The state of an incident follows its units; the diagram of its life follows the table."""

from dataclasses import dataclass

from sereno.incidents.model import TRANSITIONS, IncidentState


@dataclass(frozen=True, slots=True)
class UnitsOn:
    """How many units are on an incident now: sent but not there yet, and on scene."""

    under_way: int
    on_scene: int


def state_with(units: UnitsOn) -> IncidentState:
    """The state of an incident that is not closed."""
    if units.on_scene:
        return IncidentState.ON_SCENE
    return IncidentState.ASSIGNED if units.under_way else IncidentState.OPEN


def render_state_diagram() -> str:
    """A Mermaid state diagram of ``TRANSITIONS``."""
    lines = ["stateDiagram-v2", f"    [*] --> {IncidentState.OPEN}"]
    for state in IncidentState:
        lines += [f"    {state} --> {to}" for to in IncidentState if to in TRANSITIONS[state]]
        if not TRANSITIONS[state]:
            lines.append(f"    {state} --> [*]")
    return "\n".join(lines) + "\n"
