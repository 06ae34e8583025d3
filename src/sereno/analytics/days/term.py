"""How long is kept what was seen. Pure."""

from datetime import timedelta

from sereno.core.errors import invalid


def observation_term(keep_days: float | None, floor: timedelta, ceiling: timedelta | None) -> timedelta:
    """As long as footage at least is, unless the settings say so many days; never longer than footage may be.

    Raises: AppError invalid ``observations_outlive_footage``.
    """
    if keep_days is None:
        return floor
    if keep_days <= 0:
        raise invalid("observations_term", f"analytics.keep_days = {keep_days:g} is no time.", "Name one day or more.")
    if ceiling is not None and timedelta(days=keep_days) > ceiling:
        raise invalid(
            "observations_outlive_footage",
            f"analytics.keep_days = {keep_days:g} keeps what was seen longer than its footage may be kept: "
            f"{ceiling / timedelta(days=1):g} days.",
            "Name no more days than that.",
        )
    return timedelta(days=keep_days)
