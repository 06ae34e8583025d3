"""Routes of the plate lists."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime

from sereno.access.guard import Guard
from sereno.access.model import Access, Permission
from sereno.core.ids import ListEntryId
from sereno.runtime.http import Body
from sereno.watchlists.model import ListKind, PlateEntry
from sereno.watchlists.service import PlateLists, Proposal


class ProposalBody(Body):
    plate: str
    list: ListKind
    source: str
    legal_basis: str
    offence: str
    expires_at: AwareDatetime


class WithdrawalBody(Body):
    reason: str


def watchlists_api(lists: PlateLists, guard: Guard) -> APIRouter:
    routes = APIRouter(prefix="/lists/plates")

    @routes.get("")
    def list_entries(access: Annotated[Access, Depends(guard.needs(Permission.LISTS_VIEW))]) -> tuple[PlateEntry, ...]:
        return lists.entries(access)

    @routes.post("", status_code=201)
    def propose(
        body: ProposalBody, access: Annotated[Access, Depends(guard.needs(Permission.LISTS_PROPOSE))]
    ) -> PlateEntry:
        proposal = Proposal(
            plate=body.plate,
            list=body.list,
            source=body.source,
            legal_basis=body.legal_basis,
            offence=body.offence,
            expires_at=body.expires_at,
        )
        return lists.propose(access, proposal)

    @routes.post("/{entry_id}/approval")
    def approve(entry_id: str, access: Annotated[Access, Depends(guard.needs(Permission.LISTS_APPROVE))]) -> PlateEntry:
        return lists.approve(access, ListEntryId(entry_id))

    @routes.post("/{entry_id}/withdrawal")
    def withdraw(
        entry_id: str, body: WithdrawalBody, access: Annotated[Access, Depends(guard.needs(Permission.LISTS_PROPOSE))]
    ) -> PlateEntry:
        return lists.withdraw(access, ListEntryId(entry_id), body.reason)

    return routes
