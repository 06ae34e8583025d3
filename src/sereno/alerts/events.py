"""Facts about alerts. The analyst tells ``AlertRaised``; people tell the rest."""

from dataclasses import dataclass

from sereno.alerts.model import Alert
from sereno.core.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(Fact):
    """``caused_by`` is the ``ObservationOpened`` fact."""

    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChanged(Fact):
    """Claimed, or joined to an incident; carries the whole alert as it now is."""

    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDecided(Fact):
    """A named person gave the outcome."""

    alert: Alert
