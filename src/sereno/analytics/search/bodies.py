"""What the console sends to search."""

from pydantic import AwareDatetime, Field

from sereno.access.model import Purpose
from sereno.analytics.search.model import Query
from sereno.runtime.http import Body

LONGEST_WORDS = 500
LONGEST_REASON = 500
MOST_ROWS = 200


class PurposeBody(Body):
    """Every search says what it is for: ``purpose``, and either ``incident_id`` or ``reason`` in words."""

    purpose: Purpose
    incident_id: str | None = None
    reason: str = ""


class SearchBody(PurposeBody):
    """``words`` are read into a query; each field that ``query`` sets stands over what they say of it."""

    words: str = ""
    query: Query = Field(default_factory=Query)
    cursor: str | None = None
    limit: int = 50
    counts: bool = False


class AlikeBody(PurposeBody):
    """Who looks like ``observation_id``; ``query`` narrows where and when."""

    observation_id: str
    query: Query = Field(default_factory=Query)
    limit: int = 50


class JourneyBody(PurposeBody):
    """Where a ``plate`` went, or who looks like ``observation_id``: one of the two."""

    plate: str = ""
    observation_id: str | None = None
    began: AwareDatetime | None = None
    ended: AwareDatetime | None = None
