"""What the demo puts into an empty centre."""

import json
import secrets
from datetime import timedelta

from sereno.access.model import Role, system_access
from sereno.access.service import NewPerson
from sereno.dispatch.service import NewUnit
from sereno.main.centre import Centre
from sereno.main.home import Home
from sereno.runtime.atomic_file import replace_file
from sereno.simulation.town import Town
from sereno.simulation.town_rules import town_rules
from sereno.watchlists.model import ListKind
from sereno.watchlists.service import Proposal

CREW_GATEWAY = "Pasarela de dotaciones"
SOUGHT_PLATE = "AF417KD"
"""Drawn on one car of the northern access; no real vehicle is meant."""
LIST_DAYS = 30


def populate(centre: Centre, town: Town) -> None:
    """Cameras with their rules, units, one sought plate and the crews' account; what is there already stays."""
    setup = system_access("demo")
    centre.cameras.enrol(setup, town.cameras)
    units = [NewUnit(id=u.id, call_sign=u.call_sign, agency=u.agency, position=u.post) for u in town.units]
    centre.dispatch.register(setup, *units)
    for rules in town_rules():
        centre.rules.draw(setup, rules)
    _seek_plate(centre)
    account = Home(centre.settings.home).crew_account
    if not account.exists():
        password = ensure_account(centre, CREW_GATEWAY, Role.CREW)
        replace_file(account, json.dumps({"name": CREW_GATEWAY, "password": password}).encode())


def ensure_account(centre: Centre, name: str, role: Role) -> str:
    """A fresh password for the account of that name, which is made when it is missing."""
    password = secrets.token_urlsafe(18)
    centre.people.ensure("demo", NewPerson(name=name, role=role, password=password))
    return password


def _seek_plate(centre: Centre) -> None:
    proposer, approver = system_access("comisaría de la demostración"), system_access("supervisión de la demostración")
    if any(entry.plate == SOUGHT_PLATE for entry in centre.plates.entries(proposer)):
        return
    proposal = Proposal(
        plate=SOUGHT_PLATE,
        list=ListKind.STOLEN,
        source="Comisaría Primera (simulada)",
        legal_basis="Oficio simulado 1/2026",
        offence="robo de automotor",
        expires_at=centre.workplace.clock.now() + timedelta(days=LIST_DAYS),
    )
    entry = centre.plates.propose(proposer, proposal)
    centre.plates.approve(approver, entry.id)
