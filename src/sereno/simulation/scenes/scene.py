"""A scene: a camera, what stands still before it, and who moves."""

from collections.abc import Callable
from dataclasses import dataclass

from sereno.simulation.scenes.actors import FPS, Actor
from sereno.simulation.scenes.mesh import Mesh
from sereno.simulation.scenes.people import Crowd
from sereno.simulation.scenes.stage import Camera, Sun

SUN = Sun()
MAIN_SIZE = (1280, 720)
SUB_SIZE = (640, 360)


@dataclass(frozen=True, slots=True)
class Scene:
    slug: str
    title: str
    """Written in the picture beside SIMULADO."""
    camera: Camera
    seconds: int
    ground: Mesh
    still: tuple[Mesh, ...]
    actors: tuple[Actor, ...]
    front: tuple[Mesh, ...] = ()
    """Those of ``still`` that stand between the camera and some who move."""
    sun: Sun = SUN
    seed: int = 1
    plate: str | None = None
    """The number plate that is shown large enough to read."""

    @property
    def frames(self) -> int:
        return self.seconds * FPS


SceneMaker = Callable[[Crowd], Scene]
