"""Facts about evidence; each carries the whole object as it now is."""

from dataclasses import dataclass

from sereno.core.facts import Fact
from sereno.evidence.model import Export, Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Fact):
    hold: Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldChanged(Fact):
    hold: Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportChanged(Fact):
    export: Export
