"""What a scripted shift leaves behind: one whole chain of ids, counts, and how long each hop took."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from math import ceil


@dataclass(slots=True)
class Chain:
    """From the camera to the proof, each link by its id; a missing link is empty."""

    camera: str = ""
    segment: str = ""
    observation: str = ""
    alert: str = ""
    outcome: str = ""
    incident: str = ""
    assignment: str = ""
    arrival: str = ""
    """Instant at which the unit reported itself on scene."""
    hold: str = ""
    export: str = ""
    verification: str = ""
    """SHA-256 of the package that the verifier found valid."""

    def missing(self) -> list[str]:
        return [link.name for link in fields(self) if not getattr(self, link.name)]


@dataclass(slots=True)
class Latencies:
    """Seconds that each hop took, all samples."""

    hops: dict[str, list[float]] = field(default_factory=dict)

    def add(self, hop: str, seconds: float) -> None:
        self.hops.setdefault(hop, []).append(seconds)

    def summary(self) -> dict[str, dict[str, float]]:
        """Per hop: how many, median, 99th percentile and longest."""
        return {
            hop: {
                "count": len(samples),
                "p50_s": round(percentile(samples, 0.50), 3),
                "p99_s": round(percentile(samples, 0.99), 3),
                "max_s": round(max(samples), 3),
            }
            for hop, samples in self.hops.items()
        }


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least ``share`` of all do not exceed (nearest rank)."""
    ordered = sorted(samples)
    return ordered[max(0, ceil(len(ordered) * share) - 1)]


@dataclass(slots=True)
class ShiftReport:
    chain: Chain = field(default_factory=Chain)
    latencies: Latencies = field(default_factory=Latencies)
    alerts_by_rule: Counter[str] = field(default_factory=Counter)
    frames_read: int = 0
    detector_calls: int = 0
    notes: list[str] = field(default_factory=list)
    """What hindered the operator, in the centre's own words."""

    @property
    def complete(self) -> bool:
        return not self.chain.missing()

    def as_json(self) -> str:
        return json.dumps(
            {
                "complete": self.complete,
                "missing": self.chain.missing(),
                "chain": asdict(self.chain),
                "frames_read": self.frames_read,
                "detector_calls": self.detector_calls,
                "alerts_by_rule": dict(sorted(self.alerts_by_rule.items())),
                "latencies": self.latencies.summary(),
                "notes": self.notes,
            },
            indent=2,
            ensure_ascii=False,
        )
