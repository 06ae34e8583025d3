"""The file by which the demo tells its simulator what to play."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from sereno.main.home import Home
from sereno.runtime.atomic_file import replace_file
from sereno.simulation.covered_lens import CoveredLens
from sereno.simulation.scenes.clips import Clip


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """``clips`` are played as cameras at ``rtsp_port``; those with motors speak ONVIF at ``onvif_port``."""

    rtsp_port: int
    onvif_port: int
    clips: tuple[Clip, ...]
    covered: CoveredLens


_PLAN = TypeAdapter(DemoPlan)


def write_plan(home: Home, plan: DemoPlan) -> None:
    replace_file(_plan_path(home), _PLAN.dump_json(plan))


def read_plan(home: Home) -> DemoPlan:
    return _PLAN.validate_json(_plan_path(home).read_bytes())


def _plan_path(home: Home) -> Path:
    return home.root / "demo.json"
