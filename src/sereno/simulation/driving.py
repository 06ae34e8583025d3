"""A vehicle on its way along a journey, second by second."""

from dataclasses import dataclass, replace

from sereno.core.geography import Position
from sereno.maps.travel_times import Leg


@dataclass(frozen=True, slots=True)
class Drive:
    """``along_m`` metres into leg number ``leg``; past the last leg it has arrived."""

    legs: tuple[Leg, ...]
    leg: int = 0
    along_m: float = 0.0

    @property
    def arrived(self) -> bool:
        return self.leg >= len(self.legs)

    @property
    def position(self) -> Position | None:
        """None for a journey without legs."""
        if not self.legs:
            return None
        if self.arrived:
            return self.legs[-1].end
        leg = self.legs[self.leg]
        share = self.along_m / leg.length_m
        return Position(
            leg.start.lat + share * (leg.end.lat - leg.start.lat), leg.start.lon + share * (leg.end.lon - leg.start.lon)
        )

    @property
    def heading(self) -> Leg | None:
        """The leg that is driven, or the last one."""
        return self.legs[min(self.leg, len(self.legs) - 1)] if self.legs else None

    def advance(self, seconds: float) -> "Drive":
        now = self
        while seconds > 0 and not now.arrived:
            leg = now.legs[now.leg]
            needed_s = (leg.length_m - now.along_m) / leg.speed_mps
            if needed_s > seconds:
                return replace(now, along_m=now.along_m + seconds * leg.speed_mps)
            seconds -= needed_s
            now = Drive(now.legs, now.leg + 1)
        return now
