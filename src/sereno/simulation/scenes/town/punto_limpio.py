"""The waste point: somebody leaves a case among the containers and goes; later a crew takes it away."""

import numpy as np

from sereno.simulation.scenes.actors import Actor, Role, Track, carried, standing, track, walker
from sereno.simulation.scenes.mesh import placed
from sereno.simulation.scenes.people import NEIGHBOURS, Crowd
from sereno.simulation.scenes.person import waiting, walk_cycle
from sereno.simulation.scenes.props import container, house, kerb, lamp_post, suitcase, tree
from sereno.simulation.scenes.scene import Scene
from sereno.simulation.scenes.stage import Camera
from sereno.simulation.scenes.surfaces import Area, Front, Ground

SECONDS = 30
_FRAMES = SECONDS * 15
_LEFT_S, _TAKEN_S = 7.8, 22.4
_BEHIND = (0.22, -0.5)
"""Where a case rolls beside and behind the one who pulls it, metres right and ahead."""


def punto_limpio(crowd: Crowd) -> Scene:
    ground = Ground(Area(-22, -3, 22, 22), seed=61)
    ground.plain(Area(-22, 4.2, 22, 22), (120, 122, 92))
    ground.tiles(Area(-22, 4.2, 22, 12.2), side=0.5, colour=(150, 148, 142))
    ground.yellow(Area(-6.2, 8.6, 4.6, 8.72))
    ground.word("PUNTO LIMPIO", -0.6, 2.4, 1.7)
    still = [
        kerb(-22, 4.0, 22, 4.2),
        *house(-12, 13.0, Front(12.2, 3.0, (150, 148, 140), 1, seed=62)),
        *house(0.3, 13.0, Front(12, 3.2, (166, 158, 138), 1, seed=63)),
        *container(-5.2, 9.6, (40, 100, 58)),
        *container(-3.5, 9.6, (44, 84, 142)),
        *container(-1.8, 9.6, (186, 158, 44)),
        *container(2.6, 9.6, (110, 112, 114)),
        *tree(-8.6, 10.4, 5.6, 41),
        *tree(6.8, 11.0, 6.2, 42),
        lamp_post(5.4, 10.2, reach=-1.6),
    ]
    return Scene(
        "punto-limpio",
        "PUNTO LIMPIO",
        Camera((0.6, 1.2, 3.4), (-0.2, 8.4, 0.95), 38),
        SECONDS,
        ground.mesh(),
        tuple(still),
        _people(crowd),
        seed=61,
    )


def _people(crowd: Crowd) -> tuple[Actor, ...]:
    brings = track(((0.6, -8.2, 6.4), (7.2, 0.6, 8.4), (8.6, 0.7, 8.5), (9.2, 1.2, 8.4), (15.0, 8.6, 6.6)), _FRAMES)
    takes = track(((14.6, 8.6, 7.4), (21.0, 0.6, 8.3), (22.9, 0.3, 8.3), (23.6, -0.4, 8.1), (29.6, -8.8, 6.8)), _FRAMES)
    passes = track(((9.0, -8.4, 5.9), (20.6, 8.2, 5.7)), _FRAMES)
    figures = {
        number: crowd.figure(NEIGHBOURS[number][0], NEIGHBOURS[number][1], NEIGHBOURS[number][2], number)
        for number in (3, 8, 4)
    }
    cycles = {number: walk_cycle(figure) for number, figure in figures.items()}
    waits = {number: waiting(figure, 30) for number, figure in figures.items()}
    case = suitcase()
    left, taken = round(_LEFT_S * 15), round(_TAKEN_S * 15)
    spot = _spot(brings, left)
    return (
        walker("carrier", Role.CARRIER, cycles[3], waits[3], brings),
        walker("crew", Role.PASSER, cycles[8], waits[8], takes),
        walker("passer", Role.PASSER, cycles[4], waits[4], passes),
        carried("case-brought", "suitcase", case, _between(brings, 0, left), _BEHIND),
        standing("case-left", "suitcase", case, spot, tuple(left <= number < taken for number in range(_FRAMES))),
        carried("case-taken", "suitcase", case, _between(takes, taken, _FRAMES), _BEHIND),
    )


def _spot(course: Track, frame: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    motion = placed(float(course.x[frame]), float(course.y[frame]), 0.0, float(course.heading[frame]))
    return motion @ placed(*_BEHIND)


def _between(course: Track, first: int, last: int) -> Track:
    number = np.arange(len(course.x))
    present = course.present & (number >= first) & (number < last)
    return Track(course.x, course.y, course.heading, course.walked, course.moving, present)
