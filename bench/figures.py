"""A figure: a measured value beside its goal and, where there is one, its peer's value."""

import platform
from dataclasses import asdict, dataclass
from os import cpu_count
from typing import Literal

Bound = Literal["at_most", "at_least", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    key: str
    value: float
    unit: str
    goal: float | None = None
    bound: Bound = "none"
    peer: str | None = None
    peer_value: float | None = None

    @property
    def met(self) -> bool | None:
        """None when the figure has no goal."""
        if self.goal is None or self.bound == "none":
            return None
        return self.value <= self.goal if self.bound == "at_most" else self.value >= self.goal

    @property
    def ratio(self) -> float | None:
        return self.value / self.peer_value if self.peer_value else None

    def as_json(self) -> dict[str, object]:
        row: dict[str, object] = asdict(self)
        del row["key"], row["bound"]
        return {**row, "ratio": self.ratio, "met": self.met}


def machine() -> dict[str, object]:
    """What the figures were taken on; no name of the machine."""
    return {"cpu": _cpu_model(), "cores": cpu_count(), "python": platform.python_version(), "system": platform.system()}


def _cpu_model() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()
