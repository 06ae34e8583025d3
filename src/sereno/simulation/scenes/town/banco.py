"""The bank: one person waits long at the cash machine, others pass, one goes to the door."""

import numpy as np

from sereno.simulation.scenes.actors import Actor, Role, Waypoint, track, walker
from sereno.simulation.scenes.mesh import Mesh, box, quad
from sereno.simulation.scenes.people import NEIGHBOURS, Crowd
from sereno.simulation.scenes.person import waiting, walk_cycle
from sereno.simulation.scenes.props import bollard, house, kerb, lamp_post, tree
from sereno.simulation.scenes.scene import Scene
from sereno.simulation.scenes.stage import Camera
from sereno.simulation.scenes.surfaces import Area, Front, Ground, cash_machine_texture, glass_door_texture

SECONDS = 30
_FRAMES = SECONDS * 15


def banco(crowd: Crowd) -> Scene:
    ground = Ground(Area(-22, -3, 22, 20), seed=51)
    ground.tiles(Area(-22, 3.6, 22, 11.0), side=0.6, colour=(158, 156, 150))
    ground.white(Area(-22, 1.2, 22, 1.32))
    still = [
        kerb(-22, 3.4, 22, 3.6),
        *house(-8.2, 11.0, Front(16.4, 7.0, (196, 192, 182), 2, "BANCO DE LA LLANURA", (24, 74, 118), seed=57)),
        *house(-22, 11.2, Front(13.6, 4.6, (186, 134, 104), 1, "CAFE", (90, 50, 30), shop=True, seed=58)),
        *house(8.4, 11.2, Front(13.6, 4.8, (170, 180, 170), 1, "OPTICA", (30, 90, 110), shop=True, seed=59)),
        *_machine(-2.3, 11.0),
        *_machine(-0.9, 11.0),
        *_door(3.1, 11.0),
        *tree(-7.4, 4.4, 5.2, 31),
        lamp_post(8.6, 4.2),
    ]
    still += [bollard(x, 3.95) for x in (-1.6, 0.0, 1.6)]
    return Scene(
        "banco",
        "BANCO",
        Camera((-1.4, 0.0, 4.2), (0.6, 9.0, 1.15), 36),
        SECONDS,
        ground.mesh(),
        tuple(still),
        _people(crowd),
        seed=51,
    )


def _machine(x: float, y: float) -> list[Mesh]:
    frame = box((x - 0.5, y - 0.12, 0.0), (x + 0.5, y, 2.1), (150, 158, 166))
    corners = [
        (x - 0.42, y - 0.13, 0.2),
        (x + 0.42, y - 0.13, 0.2),
        (x + 0.42, y - 0.13, 2.0),
        (x - 0.42, y - 0.13, 2.0),
    ]
    return [frame, quad(np.array(corners, np.float32), cash_machine_texture())]


def _door(x: float, y: float) -> list[Mesh]:
    corners = [(x - 1.0, y - 0.04, 0.0), (x + 1.0, y - 0.04, 0.0), (x + 1.0, y - 0.04, 2.5), (x - 1.0, y - 0.04, 2.5)]
    return [quad(np.array(corners, np.float32), glass_door_texture())]


def _people(crowd: Crowd) -> tuple[Actor, ...]:
    paths: tuple[tuple[str, int, Role, tuple[Waypoint, ...], dict[float, float]], ...] = (
        (
            "loiterer",
            5,
            Role.LOITERER,
            (
                (0.4, -7.6, 7.0),
                (5.4, -1.1, 9.5),
                (6.3, -0.7, 9.8),
                (22.8, -0.7, 9.8),
                (23.7, -0.4, 9.5),
                (29.7, 8.0, 7.2),
            ),
            {15.0: -0.9},
        ),
        (
            "crosser",
            7,
            Role.CROSSER,
            (
                (8.2, 7.6, 6.2),
                (12.8, 3.2, 7.4),
                (15.2, 3.1, 10.2),
                (19.7, 3.1, 10.3),
                (22.0, 3.0, 7.2),
                (27.2, -4.2, 5.6),
                (29.6, -7.6, 5.4),
            ),
            {17.0: 0.0},
        ),
        ("passer-1", 2, Role.PASSER, ((0.4, 8.0, 8.4), (11.8, -7.6, 8.2)), {}),
        ("passer-2", 4, Role.PASSER, ((6.0, -7.0, 6.0), (16.0, 7.0, 5.6)), {}),
        ("passer-3", 0, Role.PASSER, ((17.8, -7.6, 8.2), (29.6, 8.2, 8.6)), {}),
    )
    actors = []
    for name, number, role, path, facing in paths:
        shape, height, clothes = NEIGHBOURS[number]
        figure = crowd.figure(shape, height, clothes, number)
        waits = waiting(figure, 30 if facing else 1)
        actors.append(walker(name, role, walk_cycle(figure), waits, track(path, _FRAMES, facing)))
    return tuple(actors)
