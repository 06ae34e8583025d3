"""What incidents there are: type, subtype, incident, with a default priority and the agencies that go.

The shape (three levels, a priority for each incident) follows Mexico's Catálogo Nacional de Incidentes de Emergencia;
this is a compact list with codes of our own, not that catalogue.
"""

from dataclasses import dataclass

from sereno.alerts.model import RuleKind
from sereno.cameras.model import PlaceKind
from sereno.core.errors import invalid


@dataclass(frozen=True, slots=True)
class Names:
    es: str
    en: str
    pt: str


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """``code`` is ``type.subtype.incident``. ``agencies`` are codes of dispatch's agencies, the first wanted most."""

    code: str
    names: Names
    priority: int
    """1 is the most urgent, 5 the least."""
    agencies: tuple[str, ...]

    @property
    def type(self) -> str:
        return self.code.split(".")[0]


TYPES: dict[str, Names] = {
    "security": Names("Seguridad", "Security", "Segurança"),
    "traffic": Names("Tránsito", "Traffic", "Trânsito"),
    "medical": Names("Médico", "Medical", "Médico"),
    "civil_protection": Names("Protección civil", "Civil protection", "Proteção civil"),
    "services": Names("Servicios públicos", "Public services", "Serviços públicos"),
    "assistance": Names("Asistencia", "Assistance", "Assistência"),
    "other": Names("Otros", "Other", "Outros"),
}

_POLICE = ("police", "municipal")
_TOWN = ("municipal", "police")

KINDS: tuple[IncidentKind, ...] = (
    IncidentKind("security.conduct.loitering", Names("Merodeo", "Loitering", "Atitude suspeita"), 3, _POLICE),
    IncidentKind("security.conduct.intrusion", Names("Ingreso indebido", "Intrusion", "Invasão"), 2, _POLICE),
    IncidentKind("security.conduct.gathering", Names("Aglomeración", "Crowd", "Aglomeração"), 3, _POLICE),
    IncidentKind("security.conduct.fight", Names("Riña", "Fight", "Briga"), 2, ("police", "ambulance")),
    IncidentKind("security.property.robbery", Names("Robo", "Robbery", "Roubo"), 1, _POLICE),
    IncidentKind("security.property.theft", Names("Hurto", "Theft", "Furto"), 2, _POLICE),
    IncidentKind("security.property.damage", Names("Daños", "Vandalism", "Vandalismo"), 3, _POLICE),
    IncidentKind(
        "security.vehicle.wanted_plate",
        Names("Vehículo con pedido de secuestro", "Vehicle sought by order", "Veículo com restrição"),
        1,
        ("police",),
    ),
    IncidentKind(
        "security.object.abandoned", Names("Objeto abandonado", "Abandoned object", "Objeto abandonado"), 2, _POLICE
    ),
    IncidentKind(
        "security.weapon.shots",
        Names("Disparos de arma", "Shots fired", "Disparos de arma"),
        1,
        ("police", "ambulance"),
    ),
    IncidentKind(
        "security.family.violence",
        Names("Violencia familiar", "Domestic violence", "Violência doméstica"),
        1,
        ("police",),
    ),
    IncidentKind("traffic.conduct.wrong_way", Names("Contramano", "Wrong-way driving", "Contramão"), 2, _TOWN),
    IncidentKind(
        "traffic.conduct.crossing", Names("Cruce indebido", "Forbidden crossing", "Travessia proibida"), 3, _TOWN
    ),
    IncidentKind(
        "traffic.conduct.stopped",
        Names("Vehículo mal detenido", "Badly stopped vehicle", "Veículo mal parado"),
        4,
        _TOWN,
    ),
    IncidentKind(
        "traffic.crash.injured",
        Names("Choque con heridos", "Crash with injured", "Acidente com feridos"),
        1,
        ("ambulance", "police", "fire"),
    ),
    IncidentKind(
        "traffic.crash.damage", Names("Choque sin heridos", "Crash without injured", "Acidente sem feridos"), 3, _TOWN
    ),
    IncidentKind(
        "medical.illness.unconscious",
        Names("Persona inconsciente", "Unconscious person", "Pessoa inconsciente"),
        1,
        ("ambulance",),
    ),
    IncidentKind("medical.injury.fall", Names("Caída", "Fall", "Queda"), 2, ("ambulance",)),
    IncidentKind("medical.birth.labour", Names("Parto", "Childbirth", "Parto"), 2, ("ambulance",)),
    IncidentKind(
        "civil_protection.fire.building",
        Names("Incendio de edificio", "Building fire", "Incêndio em edifício"),
        1,
        ("fire", "ambulance", "police"),
    ),
    IncidentKind(
        "civil_protection.fire.vegetation",
        Names("Incendio de pastizal", "Grass fire", "Incêndio em vegetação"),
        2,
        ("fire", "civil_defence"),
    ),
    IncidentKind(
        "civil_protection.hazard.gas",
        Names("Fuga de gas", "Gas leak", "Vazamento de gás"),
        1,
        ("fire", "civil_defence"),
    ),
    IncidentKind(
        "civil_protection.weather.flood", Names("Inundación", "Flood", "Inundação"), 2, ("civil_defence", "fire")
    ),
    IncidentKind(
        "civil_protection.weather.tree",
        Names("Árbol caído", "Fallen tree", "Árvore caída"),
        3,
        ("civil_defence", "municipal"),
    ),
    IncidentKind(
        "services.waste.dumping", Names("Arrojo de residuos", "Illegal dumping", "Descarte irregular"), 4, _TOWN
    ),
    IncidentKind(
        "services.lighting.outage", Names("Luminaria apagada", "Street light out", "Poste apagado"), 5, ("municipal",)
    ),
    IncidentKind("services.water.burst", Names("Caño roto", "Burst main", "Cano rompido"), 4, ("municipal",)),
    IncidentKind(
        "assistance.search.missing",
        Names("Persona extraviada", "Missing person", "Pessoa desaparecida"),
        2,
        ("police", "civil_defence"),
    ),
    IncidentKind("assistance.animal.loose", Names("Animal suelto", "Loose animal", "Animal solto"), 4, ("municipal",)),
    IncidentKind("other.other.unclassified", Names("Sin clasificar", "Unclassified", "Não classificado"), 4, _POLICE),
)

_BY_CODE = {kind.code: kind for kind in KINDS}

_SUGGESTED: dict[RuleKind, str] = {
    RuleKind.LOITERING: "security.conduct.loitering",
    RuleKind.LINE_CROSSING: "security.conduct.intrusion",
    RuleKind.WRONG_WAY: "traffic.conduct.wrong_way",
    RuleKind.CROWD: "security.conduct.gathering",
    RuleKind.PLATE_ON_LIST: "security.vehicle.wanted_plate",
    RuleKind.LEFT_OBJECT: "security.object.abandoned",
    RuleKind.REMOVED_OBJECT: "security.property.theft",
    RuleKind.FALLEN_PERSON: "medical.injury.fall",
    RuleKind.DISPERSAL: "security.conduct.gathering",
    RuleKind.SOUND: "security.weapon.shots",
}
_SUGGESTED_AT: dict[tuple[RuleKind, PlaceKind], str] = {
    (RuleKind.LOITERING, PlaceKind.WASTE_POINT): "services.waste.dumping",
    (RuleKind.LINE_CROSSING, PlaceKind.WASTE_POINT): "services.waste.dumping",
    (RuleKind.LEFT_OBJECT, PlaceKind.WASTE_POINT): "services.waste.dumping",
    (RuleKind.LINE_CROSSING, PlaceKind.AVENUE): "traffic.conduct.crossing",
    (RuleKind.LINE_CROSSING, PlaceKind.TRAFFIC_LIGHT): "traffic.conduct.crossing",
    (RuleKind.LINE_CROSSING, PlaceKind.CITY_ACCESS): "traffic.conduct.crossing",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An alert of ``rule``, at ``place`` or, without one, wherever no other suggestion names the place."""

    rule: RuleKind
    place: PlaceKind | None = None


def suggestions_of(code: str) -> tuple[Suggestion, ...]:
    """The alerts for which the kind is suggested."""
    everywhere = tuple(Suggestion(rule) for rule, kind in _SUGGESTED.items() if kind == code)
    at_places = tuple(Suggestion(rule, place) for (rule, place), kind in _SUGGESTED_AT.items() if kind == code)
    return everywhere + at_places


def kind_of(code: str) -> IncidentKind:
    """Raises: AppError invalid for a code that the taxonomy does not have."""
    kind = _BY_CODE.get(code)
    if kind is None:
        raise invalid("incident_kind_unknown", f"No incident kind has the code {code!r}.", "Choose one of the list.")
    return kind


def suggested_kind(rule: RuleKind, place: PlaceKind) -> IncidentKind:
    """What an alert of ``rule`` at such a place most likely is; a person may choose otherwise."""
    return _BY_CODE[_SUGGESTED_AT.get((rule, place), _SUGGESTED[rule])]
