"""The avenue at its traffic light: cars in both directions stop and go, people cross."""

import numpy as np

from sereno.simulation.scenes.actors import Actor, Role, Waypoint, driver, track, walker
from sereno.simulation.scenes.car import built
from sereno.simulation.scenes.car_profiles import HATCHBACK, PICKUP, SEDAN, VAN, Profile
from sereno.simulation.scenes.people import NEIGHBOURS, Crowd
from sereno.simulation.scenes.person import waiting, walk_cycle
from sereno.simulation.scenes.plate import plate_texture
from sereno.simulation.scenes.props import house, kerb, lamp_post, traffic_light, tree
from sereno.simulation.scenes.scene import Scene
from sereno.simulation.scenes.stage import Camera
from sereno.simulation.scenes.surfaces import Area, Front, Ground

SECONDS = 30
_FRAMES = SECONDS * 15
_NEAR, _FAR = 9.4, 13.0
"""y of the two lanes: the near one runs right, the far one left."""


def avenida(crowd: Crowd) -> Scene:
    ground = Ground(Area(-30, 2, 30, 24), seed=41)
    ground.tiles(Area(-30, 2, 30, 7.3))
    ground.tiles(Area(-30, 15.1, 30, 18.6))
    ground.crossing(Area(0.4, 7.6, 3.4, 14.8), along_x=False)
    for x in np.arange(-30, 0, 3.2):
        ground.yellow(Area(x, 11.14, min(x + 1.8, -0.6), 11.26))
        ground.yellow(Area(4.4 - x - 1.8, 11.14, 4.4 - x, 11.26))
    ground.white(Area(-0.5, 7.5, -0.1, 11.1))
    ground.white(Area(3.9, 11.3, 4.3, 14.9))
    still = [
        kerb(-30, 7.3, 30, 7.45),
        kerb(-30, 15.0, 30, 15.15),
        *house(-26, 18.6, Front(15, 4.6, (202, 180, 150), 1, "PANADERIA", (150, 90, 30), shop=True, seed=42)),
        *house(-10.9, 18.6, Front(11, 6.6, (182, 110, 90), 2, "FARMACIA", (20, 110, 70), shop=True, seed=43)),
        *house(0.2, 18.6, Front(9, 5.0, (190, 196, 200), 1, "KIOSCO", (180, 40, 40), shop=True, seed=44)),
        *house(9.3, 18.6, Front(16, 6.8, (212, 200, 172), 2, "MERCADO", (40, 70, 120), shop=True, seed=45)),
        *tree(-8.2, 16.2, 5.4, 21),
        *tree(8.6, 16.2, 5.8, 22),
        *traffic_light(4.9, 15.6, lit=0),
        lamp_post(-3.6, 15.7, reach=1.4),
    ]
    return Scene(
        "avenida",
        "AVENIDA SAN MARTIN",
        Camera((-0.5, -0.8, 4.8), (0.3, 11.7, 1.15), 32.5),
        SECONDS,
        ground.mesh(),
        tuple(still),
        (*_traffic(), *_walkers(crowd)),
        seed=41,
    )


def _right(start: float, stop: tuple[float, float] | None = None) -> tuple[Waypoint, ...]:
    """Along the near lane; ``stop`` is when a car comes to the line and when it leaves."""
    if stop is None:
        return ((start, -17.0, _NEAR), (start + 2.0, -1.0, _NEAR), (start + 4.2, 17.0, _NEAR))
    halt, leave = stop
    line = -3.1
    return (
        (start, -17.0, _NEAR),
        ((start + halt) / 2, -8.2, _NEAR),
        (halt, line, _NEAR),
        (leave, line + 0.01, _NEAR),
        (leave + 2.0, 3.6, _NEAR),
        (leave + 4.0, 17.0, _NEAR),
    )


def _left(start: float, stop: tuple[float, float] | None = None) -> tuple[Waypoint, ...]:
    if stop is None:
        return ((start, 18.0, _FAR), (start + 2.2, 2.0, _FAR), (start + 4.6, -18.0, _FAR))
    halt, leave = stop
    line = 7.0
    return (
        (start, 18.0, _FAR),
        ((start + halt) / 2, 11.0, _FAR),
        (halt, line, _FAR),
        (leave, line - 0.01, _FAR),
        (leave + 2.4, -1.0, _FAR),
        (leave + 4.6, -18.0, _FAR),
    )


def _traffic() -> tuple[Actor, ...]:
    cars: tuple[tuple[str, Profile, tuple[int, int, int], tuple[Waypoint, ...]], ...] = (
        ("car-1", SEDAN, (206, 208, 210), _right(0.2)),
        ("car-2", HATCHBACK, (170, 34, 38), _left(1.6)),
        ("car-3", VAN, (230, 230, 226), _right(4.2)),
        ("car-4", PICKUP, (46, 76, 124), _left(4.8)),
        ("car-5", HATCHBACK, (200, 170, 60), _right(8.2, (11.8, 20.6))),
        ("car-6", SEDAN, (60, 64, 68), _left(9.0, (12.6, 21.2))),
        ("car-7", SEDAN, (150, 40, 44), _right(24.6)),
        ("car-8", VAN, (64, 96, 140), _left(25.2)),
    )
    return tuple(
        driver(
            name,
            Role.TRAFFIC,
            built(profile, paint, plate_texture(f"AE{340 + 7 * number}CS")),
            track(path, _FRAMES),
        )
        for number, (name, profile, paint, path) in enumerate(cars)
    )


def _walkers(crowd: Crowd) -> tuple[Actor, ...]:
    paths: tuple[tuple[str, int, tuple[Waypoint, ...]], ...] = (
        (
            "crosser-1",
            5,
            ((5.6, -9.5, 5.4), (12.0, 2.5, 6.0), (12.9, 2.8, 7.0), (19.2, 2.9, 15.6), (26.6, 12.5, 16.8)),
        ),
        (
            "crosser-2",
            3,
            ((4.6, 12.5, 17.0), (12.0, 1.4, 16.4), (13.0, 1.0, 15.4), (19.4, 0.9, 7.0), (27.2, -9.5, 5.0)),
        ),
    )
    actors = []
    for name, number, path in paths:
        shape, height, clothes = NEIGHBOURS[number]
        figure = crowd.figure(shape, height, clothes, number)
        course = track(path, _FRAMES)
        actors.append(walker(name, Role.CROSSER, walk_cycle(figure), waiting(figure, 1), course))
    return tuple(actors)
