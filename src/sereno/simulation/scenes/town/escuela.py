"""The school's front: pupils and parents pass, one person stays."""

import numpy as np

from sereno.simulation.scenes.actors import Actor, Role, track, walker
from sereno.simulation.scenes.people import NEIGHBOURS, Crowd
from sereno.simulation.scenes.person import waiting, walk_cycle
from sereno.simulation.scenes.props import bollard, house, kerb, lamp_post, railing, tree
from sereno.simulation.scenes.scene import Scene
from sereno.simulation.scenes.stage import Camera
from sereno.simulation.scenes.surfaces import Area, Front, Ground

SECONDS = 30
_FRAMES = SECONDS * 15


def escuela(crowd: Crowd) -> Scene:
    ground = Ground(Area(-26, -4, 26, 30), seed=11)
    ground.tiles(Area(-26, 5.2, 26, 12.2))
    ground.white(Area(-26, 2.9, 26, 3.02))
    ground.crossing(Area(-11.5, 0.4, -8.2, 5.0), along_x=False)
    ground.word("ESCUELA", 4.5, 2.0, 2.6)
    still = [
        kerb(-26, 5.0, 26, 5.2),
        *house(-9.5, 12.2, Front(19, 6.6, (196, 176, 140), 2, "ESCUELA N° 12 MANUEL BELGRANO", (34, 70, 120), seed=3)),
        *house(-26, 12.4, Front(16, 4.2, (178, 186, 176), 1, seed=4)),
        *house(9.8, 12.4, Front(16, 4.6, (204, 150, 118), 1, "LIBRERIA", (120, 40, 40), shop=True, seed=5)),
        railing(-26, -9.8, 11.2),
        *tree(-7.6, 5.9, 5.6, 1),
        *tree(9.4, 5.9, 6.0, 2),
        lamp_post(12.6, 5.6),
    ]
    posts = [bollard(x, 5.5) for x in (-3.6, -2.4, 2.4, 3.6)]
    return Scene(
        "escuela",
        "ESCUELA",
        Camera((0.5, -1.2, 4.6), (0.2, 9.2, 1.1), 35),
        SECONDS,
        ground.mesh(),
        (*still, *posts),
        _people(crowd),
        front=tuple(posts),
        seed=11,
    )


def _people(crowd: Crowd) -> tuple[Actor, ...]:
    figures = [crowd.figure(shape, height, clothes, seed) for seed, (shape, height, clothes) in enumerate(NEIGHBOURS)]
    cycles = [walk_cycle(figure) for figure in figures]
    loiterer = waiting(figures[6], 30, phone=True)
    stays = track(
        ((0.4, -8.5, 8.4), (5.9, -0.9, 8.5), (6.9, -0.5, 8.6), (22.6, -0.5, 8.6), (23.5, -0.1, 8.5), (29.6, 8.8, 8.0)),
        _FRAMES,
        {15.0: np.pi},
    )
    passers = (
        (0, ((0.5, 8.6, 10.2), (13.5, -9.0, 10.0))),
        (1, ((4.0, -9.4, 9.6), (18.0, 9.2, 9.6))),
        (4, ((11.5, -8.2, 7.4), (23.5, 8.4, 7.2))),
        (2, ((15.8, 9.2, 10.4), (29.4, -9.3, 10.2))),
        (7, ((17.0, -9.4, 10.6), (29.6, 9.3, 10.6))),
    )
    actors = [walker("loiterer", Role.LOITERER, cycles[6], loiterer, stays)]
    for number, path in passers:
        wait = waiting(figures[number], 1)
        actors.append(walker(f"passer-{number}", Role.PASSER, cycles[number], wait, track(path, _FRAMES)))
    return tuple(actors)
