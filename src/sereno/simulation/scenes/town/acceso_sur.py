"""The southern access: a one-way street out of town; one car comes along it the wrong way."""

from sereno.simulation.scenes.actors import Actor, Role, Waypoint, driver, track
from sereno.simulation.scenes.car import built
from sereno.simulation.scenes.car_profiles import HATCHBACK, SEDAN, VAN, Profile
from sereno.simulation.scenes.people import Crowd
from sereno.simulation.scenes.plate import plate_texture
from sereno.simulation.scenes.props import house, kerb, lamp_post, tree
from sereno.simulation.scenes.scene import Scene
from sereno.simulation.scenes.stage import Camera
from sereno.simulation.scenes.surfaces import Area, Front, Ground

SECONDS = 30
_FRAMES = SECONDS * 15


def acceso_sur(_crowd: Crowd) -> Scene:
    ground = Ground(Area(-24, -6, 26, 52), seed=31)
    ground.plain(Area(-24, -6, -3.4, 52), (116, 120, 88))
    ground.tiles(Area(-5.8, -6, -3.4, 52))
    ground.plain(Area(3.4, -6, 26, 17.4), (112, 114, 92))
    ground.tiles(Area(3.4, -6, 5.8, 17.2))
    ground.white(Area(-3.2, -6, -3.08, 52))
    ground.white(Area(3.08, -6, 3.2, 17))
    for y in (3.0, 9.0, 15.0):
        ground.arrow(-1.5, y, up=True)
        ground.arrow(1.5, y, up=True)
    y = -6.0
    while y < 17:
        ground.white(Area(-0.06, y, 0.06, y + 1.6))
        y += 3.6
    still = [
        kerb(-3.4, -6, -3.25, 52),
        kerb(3.25, -6, 3.4, 17.2),
        *house(-6.6, 2, Front(14, 4.4, (198, 172, 132), 1, seed=32), faces="+x"),
        *house(-6.6, 17, Front(15, 6.2, (168, 178, 184), 2, "HOSTERIA", (70, 40, 90), seed=33), faces="+x"),
        *house(-6.6, 33, Front(14, 4.2, (206, 150, 120), 1, seed=34), faces="+x"),
        *house(6.6, 17.0, Front(13, 4.6, (186, 182, 170), 1, "ALMACEN", (150, 60, 30), shop=True, seed=35), faces="-x"),
        *house(6.2, 26.5, Front(19, 5.0, (178, 140, 120), 1, "TALLER", (40, 60, 90), shop=True, seed=36)),
        *house(-9, 52, Front(36, 6.0, (188, 186, 178), 2, seed=37)),
        *tree(-4.7, 14.0, 5.6, 11),
        *tree(-4.8, 27.0, 6.2, 12),
        *tree(4.9, 13.5, 5.6, 13),
        lamp_post(-4.2, 20.0, reach=1.8),
    ]
    return Scene(
        "acceso-sur",
        "ACCESO SUR",
        Camera((2.2, -5.0, 4.1), (0.0, 9.0, 0.45), 27),
        SECONDS,
        ground.mesh(),
        tuple(still),
        _traffic(),
        front=tuple(still[2:]),
        seed=31,
    )


def _leaving(start: float, lane: float) -> tuple[Waypoint, ...]:
    """In under the camera, along the street and round the corner."""
    return (
        (start, lane, -9.5),
        (start + 1.2, lane, -2.0),
        (start + 3.4, lane, 7.0),
        (start + 5.6, lane, 14.0),
        (start + 7.0, 0.9 + lane / 2, 18.6),
        (start + 8.2, 5.4, 21.6),
        (start + 10.2, 20.0, 22.0),
    )


def _against(start: float) -> tuple[Waypoint, ...]:
    """Round the corner and down the one-way street against its arrows."""
    return (
        (start, 20.0, 24.8),
        (start + 2.0, 5.6, 22.8),
        (start + 3.2, 0.2, 18.4),
        (start + 4.8, -1.2, 13.0),
        (start + 7.4, -1.2, 6.0),
        (start + 9.2, -1.2, -1.0),
        (start + 10.8, -1.2, -9.5),
    )


def _traffic() -> tuple[Actor, ...]:
    cars: tuple[tuple[str, Profile, tuple[int, int, int], str, tuple[Waypoint, ...]], ...] = (
        ("car-1", HATCHBACK, (60, 100, 150), "AB914HN", _leaving(0.2, 1.5)),
        ("car-2", HATCHBACK, (226, 226, 222), "AE220JT", _leaving(2.6, -1.5)),
        ("wrong-way", SEDAN, (214, 216, 218), "AC105PW", _against(12.4)),
        ("car-4", VAN, (232, 232, 228), "AD771GR", _leaving(19.5, 1.5)),
    )
    actors = []
    for name, profile, paint, plate, path in cars:
        role = Role.WRONG_WAY if name == "wrong-way" else Role.TRAFFIC
        actors.append(driver(name, role, built(profile, paint, plate_texture(plate)), track(path, _FRAMES)))
    return tuple(actors)
