"""How urgent an alert is, by its rule and its place: 1 is the most urgent, 5 the least."""

from sereno.alerts.model import RuleKind
from sereno.cameras.model import PlaceKind
from sereno.watchlists.model import ListKind

_BY_RULE: dict[RuleKind, int] = {
    RuleKind.WRONG_WAY: 2,
    RuleKind.PLATE_ON_LIST: 2,
    RuleKind.CROWD: 3,
    RuleKind.LINE_CROSSING: 3,
    RuleKind.LOITERING: 4,
    RuleKind.LEFT_OBJECT: 3,
    RuleKind.REMOVED_OBJECT: 4,
    RuleKind.FALLEN_PERSON: 2,
    RuleKind.DISPERSAL: 2,
    RuleKind.SOUND: 2,
}
_BY_RULE_AND_PLACE: dict[tuple[RuleKind, PlaceKind], int] = {
    (RuleKind.WRONG_WAY, PlaceKind.SCHOOL): 1,
    (RuleKind.CROWD, PlaceKind.SCHOOL): 2,
    (RuleKind.CROWD, PlaceKind.BANK): 2,
    (RuleKind.LINE_CROSSING, PlaceKind.BANK): 2,
    (RuleKind.LOITERING, PlaceKind.BANK): 3,
    (RuleKind.LOITERING, PlaceKind.SCHOOL): 3,
    (RuleKind.LOITERING, PlaceKind.WASTE_POINT): 5,
    (RuleKind.LEFT_OBJECT, PlaceKind.WASTE_POINT): 5,
    (RuleKind.LEFT_OBJECT, PlaceKind.BANK): 2,
    (RuleKind.LEFT_OBJECT, PlaceKind.SCHOOL): 2,
    (RuleKind.DISPERSAL, PlaceKind.SCHOOL): 1,
}
_BY_LIST: dict[ListKind, int] = {ListKind.STOLEN: 1, ListKind.ALERT: 2, ListKind.ALLOWED: 5}


def priority_of(rule: RuleKind, place: PlaceKind, plate_list: ListKind | None = None) -> int:
    if plate_list is not None:
        return _BY_LIST[plate_list]
    return _BY_RULE_AND_PLACE.get((rule, place), _BY_RULE[rule])
