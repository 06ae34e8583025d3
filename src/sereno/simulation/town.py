"""San Telmo del Sur: the demo's town of 25,000 people, which is nowhere. The same each time it is made."""

from dataclasses import dataclass, replace
from functools import partial
from math import cos, radians, sin

from sereno.cameras.model import Camera, PlaceKind, PurposeLevel, View
from sereno.core.geography import Position
from sereno.core.ids import CameraId, UnitId
from sereno.dispatch.model import Agency
from sereno.maps.town_map import Area, Place, StreetLine, TownMap, TownPlan, Way
from sereno.simulation.block_plan import (
    LANDMARKS,
    OUTLINE,
    Drawn,
    plan_blocks,
    plan_greens,
    plan_waters,
    plan_ways,
)
from sereno.simulation.building_plan import plan_buildings
from sereno.simulation.street_plan import XY, cut_into_graph, plan_streets

TOWN_NAME = "San Telmo del Sur"
INHABITANTS = 25_000
CENTRE = Position(-36.182, -62.318)
"""Open fields of the western Pampas: no town stands there."""
TURNED_DEG = 11.0
"""How far the grid is turned clockwise from north, as the surveyors' grids of the Pampas are."""
MUNICIPALITY = "Municipalidad de San Telmo del Sur"
_PURPOSES = {
    PlaceKind.CITY_ACCESS: PurposeLevel.OUTLINE,
    PlaceKind.SCHOOL: PurposeLevel.OUTLINE,
    PlaceKind.BANK: PurposeLevel.DISCERN,
}
"""Not every camera of the town is up to it: the daily proof says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TownUnit:
    """A unit as the town equips it; it patrols the streets within ``beat_m`` of its post."""

    id: UnitId
    call_sign: str
    agency: Agency
    post: Position
    beat_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    map: TownMap
    cameras: tuple[Camera, ...]
    units: tuple[TownUnit, ...]


@dataclass(frozen=True, slots=True)
class _Mount:
    """Where a camera hangs on the plane. Units: metres, degrees clockwise from north (of the grid)."""

    slug: str
    name: str
    place: PlaceKind
    group: str
    owner: str
    spot: XY
    bearing_deg: float
    field_of_view_deg: float
    range_m: float


CAMERAS = (
    _Mount("acceso-norte", "Acceso Norte", PlaceKind.CITY_ACCESS, "accesos", MUNICIPALITY, (8, 566), 355, 38, 95),
    _Mount("acceso-sur", "Acceso Sur, mano al centro", PlaceKind.CITY_ACCESS, "accesos", MUNICIPALITY,
           (17, -590), 186, 40, 90),
    _Mount("avenida", "Bulevar San Telmo y Los Pioneros", PlaceKind.AVENUE, "centro", MUNICIPALITY,
           (-17, -15), 28, 62, 75),
    _Mount("escuela", "Escuela N.º 7, entrada", PlaceKind.SCHOOL, "barrios", "Dirección de Escuelas",
           (216, -95), 104, 70, 60),
    _Mount("banco", "Banco de la Llanura, cajeros", PlaceKind.BANK, "centro", "Banco de la Llanura",
           (-62, 107), 142, 72, 50),
    _Mount("punto-limpio", "Punto Limpio", PlaceKind.WASTE_POINT, "barrios", MUNICIPALITY,
           (506, -404), 24, 66, 60),
    _Mount("plaza", "Plaza de los Fundadores", PlaceKind.PLAZA, "centro", MUNICIPALITY,
           (88, 88), 225, 82, 85),
    _Mount("terminal", "Terminal de Ómnibus, dársenas", PlaceKind.COMMERCIAL, "barrios", "Terminal de Ómnibus",
           (-414, -96), 305, 76, 70),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Post:
    id: str
    call_sign: str
    agency: Agency
    spot: XY
    beat_m: float = 115.0


POSTS = (
    _Post("movil-11", "Móvil 11", Agency.POLICE, (0, 470)),
    _Post("movil-12", "Móvil 12", Agency.POLICE, (0, -490), 100.0),
    _Post("movil-13", "Móvil 13", Agency.POLICE, (-60, 60), 110.0),
    _Post("movil-14", "Móvil 14", Agency.POLICE, (-480, -60), 95.0),
    _Post("movil-15", "Móvil 15", Agency.POLICE, (560, -350), 120.0),
    _Post("gum-21", "Guardia Urbana 21", Agency.MUNICIPAL, (130, 60), 120.0),
    _Post("gum-22", "Guardia Urbana 22", Agency.MUNICIPAL, (140, -96), 120.0),
    _Post("bomberos-31", "Bomberos 31", Agency.FIRE, (-170, 200), 60.0),
    _Post("ambulancia-41", "Ambulancia 41", Agency.AMBULANCE, (-250, 200), 60.0),
    _Post("defensa-51", "Defensa Civil 51", Agency.CIVIL_DEFENCE, (160, -300), 60.0),
)


STEERABLE = frozenset({CameraId("plaza")})
"""Cameras with motors, which speak ONVIF."""
DEVICE_LOGIN = "centro:simulado"


def build_town(rtsp_host: str, rtsp_port: int, onvif_port: int = 0) -> Town:
    """The town with its cameras served at ``rtsp://HOST:PORT/<id>/main`` and ``/sub``; without motors when
    ``onvif_port`` is 0."""
    camera = partial(_camera, base_url=f"rtsp://{rtsp_host}:{rtsp_port}")
    cameras = tuple(camera(mount) for mount in CAMERAS)
    if onvif_port:
        device = f"http://{DEVICE_LOGIN}@{rtsp_host}:{onvif_port}"
        cameras = tuple(
            replace(each, onvif_url=f"{device}/{each.id}/device_service", ptz=True) if each.id in STEERABLE else each
            for each in cameras
        )
    return Town(map=build_map(), cameras=cameras, units=town_units())


def town_units() -> tuple[TownUnit, ...]:
    return tuple(
        TownUnit(id=UnitId(p.id), call_sign=p.call_sign, agency=p.agency, post=place_of(p.spot), beat_m=p.beat_m)
        for p in POSTS
    )


def build_map() -> TownMap:
    streets, blocks = plan_streets(), plan_blocks()
    built = tuple(block for block in blocks if block.use not in {"plaza", "pitch"})
    open_ground = tuple(block for block in blocks if block.use in {"plaza", "pitch"})
    plan = TownPlan(
        name=TOWN_NAME,
        inhabitants=INHABITANTS,
        outline=tuple(place_of((float(x), float(y))) for x, y in OUTLINE),
        streets=tuple(
            StreetLine(name=s.name, road=s.road, oneway=s.oneway, points=tuple(place_of(p) for p in s.points))
            for s in streets
        ),
        blocks=_areas(built),
        buildings=_areas(plan_buildings(blocks)),
        greens=_areas((*plan_greens(), *open_ground)),
        waters=_areas(plan_waters()),
        ways=tuple(Way(use=w.use, points=tuple(place_of(p) for p in w.ring), name=w.name) for w in plan_ways()),
        places=_places(open_ground),
    )
    return TownMap(graph=cut_into_graph(streets, place_of), plan=plan)


def place_of(spot: XY) -> Position:
    """From the plane of the grid to the earth."""
    turn = radians(TURNED_DEG)
    east, north = spot
    return CENTRE.offset(east * cos(turn) + north * sin(turn), north * cos(turn) - east * sin(turn))


def _areas(drawn: tuple[Drawn, ...]) -> tuple[Area, ...]:
    return tuple(
        Area(use=d.use, ring=tuple(place_of(p) for p in d.ring), name=d.name, height_m=d.height_m) for d in drawn
    )


def _places(open_ground: tuple[Drawn, ...]) -> tuple[Place, ...]:
    marks = [Place(kind=m.kind, name=m.name, position=place_of(m.middle)) for m in LANDMARKS]
    for ground in open_ground:
        count = len(ground.ring)
        middle = sum(x for x, _ in ground.ring) / count, sum(y for _, y in ground.ring) / count
        kind = "plaza" if ground.use == "plaza" else "club"
        marks.append(Place(kind=kind, name=ground.name, position=place_of(middle)))
    marks.append(Place(kind="traffic_light", name="Bulevar San Telmo y Los Pioneros", position=place_of((0.0, 0.0))))
    return tuple(marks)


def _camera(mount: _Mount, base_url: str) -> Camera:
    view = View(
        position=place_of(mount.spot),
        bearing_deg=(mount.bearing_deg + TURNED_DEG) % 360,
        field_of_view_deg=mount.field_of_view_deg,
        range_m=mount.range_m,
    )
    return Camera(
        id=CameraId(mount.slug),
        name=mount.name,
        place=mount.place,
        group=mount.group,
        owner=mount.owner,
        view=view,
        main_url=f"{base_url}/{mount.slug}/main",
        sub_url=f"{base_url}/{mount.slug}/sub",
        simulated=True,
        purpose_level=_PURPOSES.get(mount.place, PurposeLevel.OVERVIEW),
    )
