"""Routes of search. Every search names a purpose, and an incident or a reason; each is in the audit log."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.analytics.model import Observation
from sereno.analytics.search.alike import Followings, Window
from sereno.analytics.search.bodies import AlikeBody, JourneyBody, PurposeBody, SearchBody
from sereno.analytics.search.desk import Stated
from sereno.analytics.search.model import AlikeAnswer, Answer, JourneyAnswer
from sereno.analytics.search.service import Asking
from sereno.core.errors import invalid
from sereno.core.ids import ObservationId

_NOT_KEPT = {"Cache-Control": "no-store"}


def search_api(followings: Followings, guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/search", tags=["search"])
    searches = followings.searches
    searcher = Depends(guard.needs(Permission.SEARCH_RUN))

    @routes.post("")
    def search(body: SearchBody, access: Annotated[Access, searcher]) -> Answer:
        """What was seen, newest first; ``words`` and ``query`` together. The answer tells how the words were read."""
        asking = Asking(words=body.words, query=body.query, cursor=body.cursor, limit=body.limit, counts=body.counts)
        return searches.search(access, _stated(body), asking)

    @routes.post("/appearance")
    def search_alike(
        body: AlikeBody, access: Annotated[Access, Depends(guard.needs(Permission.SEARCH_APPEARANCE))]
    ) -> AlikeAnswer:
        """Who looks like an observation, most alike first, as far as looks are kept."""
        return followings.alike(access, _stated(body), ObservationId(body.observation_id), body.query, body.limit)

    @routes.post("/journey")
    def search_journey(body: JourneyBody, access: Annotated[Access, searcher]) -> JourneyAnswer:
        """Where a plate was seen, or what looks like an observation, and which of these can be one journey."""
        if bool(body.plate.strip()) == (body.observation_id is not None):
            raise invalid("journey_of_nothing", "A journey is that of a plate or of an observation.", "Give one.")
        window = Window(began=_utc(body.began), ended=_utc(body.ended))
        if body.observation_id is None:
            return followings.journey_of_plate(access, _stated(body), body.plate, window)
        return followings.journey_of_look(access, _stated(body), ObservationId(body.observation_id), window)

    @routes.get("/observations/{observation_id}")
    def show_observation(observation_id: str, access: Annotated[Access, searcher]) -> Observation:
        """All of it, its trail too."""
        return searches.observation(access, ObservationId(observation_id))

    @routes.get("/portraits/{observation_id}", response_class=Response)
    def show_portrait(observation_id: str, access: Annotated[Access, searcher], part: str = "whole") -> Response:
        """JPEG of the best crop, or with ``part=plate`` of its plate; ``X-Sereno-At`` says when it was taken."""
        kept = searches.portrait(access, ObservationId(observation_id), plate=part == "plate")
        headers = {**_NOT_KEPT, "X-Sereno-At": kept.at.isoformat()}
        return Response(kept.jpeg, media_type="image/jpeg", headers=headers)

    return routes


def _stated(body: PurposeBody) -> Stated:
    return Stated(purpose=body.purpose, incident_id=body.incident_id, reason=body.reason)


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
