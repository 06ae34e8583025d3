"""Positions on the earth, good to some kilometres around a town."""

from dataclasses import dataclass
from math import asin, atan2, cos, degrees, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Position:
    """WGS 84. Units: degrees."""

    lat: float
    lon: float

    def distance_m(self, other: "Position") -> float:
        """Great-circle distance (haversine)."""
        lat1, lat2 = radians(self.lat), radians(other.lat)
        half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin(radians(other.lon - self.lon) / 2) ** 2
        return 2 * EARTH_RADIUS_M * asin(sqrt(half))

    def bearing_deg(self, other: "Position") -> float:
        """Initial bearing, clockwise from north, 0..360."""
        lat1, lat2, dlon = radians(self.lat), radians(other.lat), radians(other.lon - self.lon)
        east = sin(dlon) * cos(lat2)
        north = cos(lat1) * sin(lat2) - sin(lat1) * cos(lat2) * cos(dlon)
        return degrees(atan2(east, north)) % 360

    def offset(self, east_m: float, north_m: float) -> "Position":
        """The position so many metres away (flat-earth; fine below 50 km)."""
        lat = self.lat + degrees(north_m / EARTH_RADIUS_M)
        return Position(lat, self.lon + degrees(east_m / (EARTH_RADIUS_M * cos(radians(self.lat)))))
