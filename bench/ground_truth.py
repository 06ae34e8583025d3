"""Scenes whose ground is known: WILDTRACK's seven cameras, and PETS 2009 View 001 by its Tsai calibration.

Metres east and north are the data's own axes; ``HOME`` is an arbitrary place on the earth for them.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from bench.mot import read_sequence
from sereno.core.geography import Position
from sereno.core.geometry import Box

Floats = npt.NDArray[np.float64]

SHARED = Path(__file__).parents[2] / "shared" / "data"
HOME = Position(-34.6, -59.4)
WILDTRACK_VIEWS = ("CVLab1", "CVLab2", "CVLab3", "CVLab4", "IDIAP1", "IDIAP2", "IDIAP3")
WILDTRACK_FPS = 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """One person at one instant. Units: seconds; metres on the data's ground."""

    at_s: float
    box: Box
    ground: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """``pose``: bearing and field of view as a register would know them, degrees."""

    name: str
    width: int
    height: int
    camera: tuple[float, float]
    camera_height_m: float
    bearing_deg: float
    field_of_view_deg: float
    walks: Mapping[int, tuple[Step, ...]]

    def steps(self) -> list[Step]:
        """Those whose foot is in the picture."""
        return [s for walk in self.walks.values() for s in walk if s.box.bottom < 0.985 and 0 < s.box.foot.x < 1]


def wildtrack() -> list[Scene]:
    """Boxes there were drawn from the ground positions: 1.8 m tall, feet exact to a pixel."""
    folder = SHARED / "multicam"
    views: dict[int, dict[int, list[Step]]] = defaultdict(lambda: defaultdict(list))
    with gzip.open(folder / "wildtrack_annotations.csv.gz", "rt", encoding="ascii") as file:
        for row in csv.DictReader(file):
            number = int(row["position_id"])
            ground = (-3.0 + 0.025 * (number % 480), -9.0 + 0.025 * (number // 480))
            sides = (
                float(row[side]) / size
                for side, size in zip(("xmin", "ymin", "xmax", "ymax"), (1920, 1080) * 2, strict=True)
            )
            step = Step(int(row["frame"]) / 5 / WILDTRACK_FPS, Box(*sides), ground)
            views[int(row["view"])][int(row["person_id"])].append(step)
    return [_wildtrack_view(folder / "wildtrack_calibrations", view, views[view]) for view in range(7)]


def _wildtrack_view(folder: Path, view: int, walks: Mapping[int, list[Step]]) -> Scene:
    name = WILDTRACK_VIEWS[view]
    extrinsic = ElementTree.parse(folder / "extrinsic" / f"extr_{name}.xml").getroot()  # noqa: S314 our own copy
    intrinsic = ElementTree.parse(folder / "intrinsic_zero" / f"intr_{name}.xml").getroot()  # noqa: S314 our own copy
    turned = Rotation.from_rotvec(_numbers(extrinsic.findtext("rvec"))).as_matrix()
    camera = -turned.T @ (_numbers(extrinsic.findtext("tvec")) / 100)
    focal = float(_numbers(intrinsic.findtext("camera_matrix/data"))[0])
    return Scene(
        name=name,
        width=1920,
        height=1080,
        camera=(float(camera[0]), float(camera[1])),
        camera_height_m=float(camera[2]),
        bearing_deg=float(np.degrees(np.arctan2(turned[2, 0], turned[2, 1]))) % 360,
        field_of_view_deg=float(2 * np.degrees(np.arctan(960 / focal))),
        walks={person: tuple(steps) for person, steps in walks.items()},
    )


def pets() -> Scene:
    """Boxes drawn by hand round each person, 7 a second; their ground is where Tsai's camera puts the box's foot."""
    folder = SHARED / "mot" / "PETS09-S2L1"
    camera = _Tsai.read(folder / "calibration_View_001.xml")
    sequence = read_sequence(folder)
    walks: dict[int, list[Step]] = defaultdict(list)
    for frame, rows in sorted(sequence.truth.items()):
        for identity, box, _ in rows:
            ground = camera.ground(np.array([box.foot.x * 768, box.foot.y * 576]))
            walks[identity].append(Step(frame / sequence.fps, box, ground))
    ahead = camera.turned[2]
    place = -camera.turned.T @ camera.moved / 1000
    return Scene(
        name="PETS",
        width=768,
        height=576,
        camera=(float(place[0]), float(place[1])),
        camera_height_m=float(place[2]),
        bearing_deg=float(np.degrees(np.arctan2(ahead[0], ahead[1]))) % 360,
        field_of_view_deg=float(2 * np.degrees(np.arctan(384 * camera.pixel[0] / camera.focal))),
        walks={identity: tuple(steps) for identity, steps in walks.items()},
    )


@dataclass(frozen=True, slots=True)
class _Tsai:
    """Source: Tsai, A versatile camera calibration technique, IEEE J. Robotics and Automation 3, 1987. Units: mm."""

    turned: Floats
    moved: Floats
    focal: float
    kappa: float
    centre: Floats
    pixel: Floats
    """Of the sensor, across and down."""

    @classmethod
    def read(cls, path: Path) -> "_Tsai":
        root = ElementTree.parse(path).getroot()  # noqa: S314 our own copy
        given = {name: float(value) for part in root for name, value in part.attrib.items()}
        return cls(
            Rotation.from_euler("xyz", [given["rx"], given["ry"], given["rz"]]).as_matrix(),
            np.array([given["tx"], given["ty"], given["tz"]]),
            given["focal"],
            given["kappa1"],
            np.array([given["cx"], given["cy"]]),
            np.array([given["dpx"] / given["sx"], given["dpy"]]),
        )

    def ground(self, pixel: Floats) -> tuple[float, float]:
        """Metres, where the ray meets the ground."""
        bent = (pixel - self.centre) * self.pixel
        flat = bent * (1 + self.kappa * float(bent @ bent))
        ray = self.turned.T @ np.append(flat, self.focal)
        eye = -self.turned.T @ self.moved
        landed = eye - ray * eye[2] / ray[2]
        return float(landed[0] / 1000), float(landed[1] / 1000)


def _numbers(text: str | None) -> Floats:
    return np.array([float(part) for part in (text or "").split()])
