"""The northern access: cars come towards a low camera over a speed hump, their plates large enough to read."""

import numpy as np

from sereno.simulation.scenes.actors import Actor, Role, driver, track
from sereno.simulation.scenes.car import built
from sereno.simulation.scenes.car_profiles import HATCHBACK, PICKUP, SEDAN, Profile
from sereno.simulation.scenes.mesh import Mesh, quad
from sereno.simulation.scenes.people import Crowd
from sereno.simulation.scenes.plate import plate_texture
from sereno.simulation.scenes.props import house, kerb, lamp_post, pole, tree
from sereno.simulation.scenes.scene import Scene
from sereno.simulation.scenes.stage import Camera
from sereno.simulation.scenes.surfaces import Area, Front, Ground, sign_texture

LISTED_PLATE = "AF417KD"
SECONDS = 30
_FRAMES = SECONDS * 15
_LANE = 1.75


def acceso_norte(_crowd: Crowd) -> Scene:
    ground = Ground(Area(-22, -2, 24, 60), seed=21)
    ground.plain(Area(-22, -2, -4.2, 60), (112, 116, 84))
    ground.plain(Area(4.2, -2, 24, 33), (118, 118, 92))
    ground.tiles(Area(-6.6, -2, -4.2, 60))
    ground.tiles(Area(4.2, -2, 6.6, 32.8))
    for y in np.arange(9.2, 60, 3.2):
        ground.yellow(Area(-0.09, y, 0.09, y + 1.7))
    ground.white(Area(-3.95, -2, -3.83, 60))
    ground.white(Area(3.83, -2, 3.95, 32))
    for x in np.arange(-3.6, 3.6, 0.9):  # the speed hump
        ground.yellow(Area(x, 6.4, x + 0.45, 7.2))
    still = [
        kerb(-4.2, -2, -4.05, 60),
        kerb(4.05, -2, 4.2, 32.8),
        *house(8.4, 32, Front(17, 4.4, (190, 160, 120), 1, "GOMERIA", (150, 40, 30), shop=True, seed=23), faces="-x"),
        *house(7.4, 46, Front(20, 4.8, (172, 182, 190), 1, "FERRETERIA", (40, 90, 60), shop=True, seed=24)),
        *house(-7.4, 14, Front(16, 4.2, (206, 188, 164), 1, seed=25), faces="+x"),
        *house(-7.4, 31, Front(16, 6.0, (170, 128, 104), 2, "HOTEL", (50, 50, 90), seed=26), faces="+x"),
        *house(-8, 60, Front(40, 5.5, (186, 186, 180), 2, seed=27)),
        *tree(-5.6, 12.5, 5.5, 5),
        *tree(-5.6, 24.5, 6.4, 6),
        *tree(5.5, 18.5, 5.8, 7),
        *tree(5.6, 28.0, 6.2, 8),
        *tree(-5.4, 40.0, 6.2, 9),
        lamp_post(-4.9, 18.0, reach=1.8),
        lamp_post(-4.9, 38.0, reach=1.8),
        *_welcome(5.2, 15.0),
    ]
    return Scene(
        "acceso-norte",
        "ACCESO NORTE",
        Camera((0.5, -0.6, 2.1), (1.15, 9.6, 0.62), 20),
        SECONDS,
        ground.mesh(),
        tuple(still),
        _traffic(),
        front=tuple(still[2:]),
        seed=21,
        plate=LISTED_PLATE,
    )


def _welcome(x: float, y: float) -> list[Mesh]:
    texture = sign_texture("BIENVENIDOS", (26, 96, 62))
    corners = np.array([(x, y, 1.7), (x + 2.6, y, 1.7), (x + 2.6, y, 2.5), (x, y, 2.5)], np.float32)
    return [quad(corners, texture), pole(x + 0.2, y + 0.05, 2.5), pole(x + 2.4, y + 0.05, 2.5)]


def _traffic() -> tuple[Actor, ...]:
    cars: tuple[tuple[str, Profile, tuple[int, int, int], str, float], ...] = (
        ("car-1", SEDAN, (176, 28, 32), LISTED_PLATE, 0.3),
        ("car-2", PICKUP, (228, 230, 232), "AG208LM", 9.0),
        ("car-3", HATCHBACK, (54, 84, 140), "AC733TS", 17.7),
    )
    actors = []
    for name, profile, paint, plate, start in cars:
        role = Role.LISTED_PLATE if plate == LISTED_PLATE else Role.TRAFFIC
        actors.append(driver(name, role, built(profile, paint, plate_texture(plate)), track(_coming(start), _FRAMES)))
    away = built(HATCHBACK, (196, 198, 200), plate_texture("AD552RB"))
    leaves = (
        (8.0, -2.0, -6.0),
        (9.0, -2.0, 4.0),
        (10.2, -2.0, 16.0),
        (12.5, -2.0, 42.0),
        (14.6, -8.0, 56.0),
        (15.6, -22, 57),
    )
    actors.append(driver("car-4", Role.TRAFFIC, away, track(leaves, _FRAMES)))
    return tuple(actors)


def _coming(start: float) -> tuple[tuple[float, float, float], ...]:
    """Out of the side street, over the hump at walking pace, past the camera."""
    return (
        (start, 20.0, 39.5),
        (start + 2.2, 6.0, 38.5),
        (start + 3.4, 2.0, 34.0),
        (start + 5.4, _LANE, 20.0),
        (start + 6.6, _LANE, 12.5),
        (start + 7.5, _LANE, 10.0),
        (start + 10.3, _LANE, 6.1),
        (start + 11.0, _LANE, 3.4),
        (start + 12.0, _LANE, -5.0),
    )
