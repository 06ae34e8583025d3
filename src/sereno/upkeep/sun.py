"""Whether the sun is up. Good to a quarter of an hour. Pure.

Source: the low-precision formulas of the Astronomical Almanac, page C5.
"""

from datetime import UTC, datetime
from math import asin, atan2, cos, degrees, radians, sin

from sereno.core.geography import Position

CIVIL_TWILIGHT_DEG = -6.0
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def altitude_deg(at: datetime, position: Position) -> float:
    """Of the sun's centre above the horizon."""
    days = (at - _J2000).total_seconds() / 86_400
    anomaly = radians(357.528 + 0.9856003 * days)
    longitude = radians(280.460 + 0.9856474 * days + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly))
    tilt = radians(23.439 - 0.0000004 * days)
    right_ascension = atan2(cos(tilt) * sin(longitude), cos(longitude))
    declination = asin(sin(tilt) * sin(longitude))
    sidereal = radians(280.46062 + 360.98564737 * days + position.lon)
    hour_angle = sidereal - right_ascension
    lat = radians(position.lat)
    return degrees(asin(sin(lat) * sin(declination) + cos(lat) * cos(declination) * cos(hour_angle)))


def is_night(at: datetime, position: Position) -> bool:
    return altitude_deg(at, position) < CIVIL_TWILIGHT_DEG
