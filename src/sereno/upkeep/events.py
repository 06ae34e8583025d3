"""Facts of upkeep."""

from dataclasses import dataclass

from sereno.core.facts import Fact
from sereno.upkeep.model import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged(Fact):
    """Opened, or a step further."""

    ticket: Ticket
