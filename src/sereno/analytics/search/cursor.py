"""Where a page ends: the last row's key and id. Rows that come meanwhile are newer and move nothing. Pure."""

from dataclasses import dataclass
from typing import Self

from sereno.core.errors import invalid
from sereno.core.ids import ObservationId, is_id


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """In the order of the answer: newest first. ``key`` as days/schema.py makes it."""

    key: int
    id: ObservationId

    def written(self) -> str:
        return f"{self.key:x}.{self.id}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises: AppError invalid ``cursor_unknown``."""
        number, _, observation_id = text.partition(".")
        if not is_id(observation_id) or not 0 < len(number) <= 16 or set(number) - set("0123456789abcdef"):
            raise invalid("cursor_unknown", "This is not where a page of this search ended.", "Search anew.")
        return cls(min(int(number, 16), (1 << 63) - 1), ObservationId(observation_id))
