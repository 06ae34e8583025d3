import numpy as np
import pytest

from sereno.simulation.scenes.actors import Actor, Placed, Role, track
from sereno.simulation.scenes.car import built
from sereno.simulation.scenes.car_profiles import PROFILES, Profile
from sereno.simulation.scenes.draw import simulated_mark, stamp
from sereno.simulation.scenes.mesh import Mesh, box, placed, tube, vertex_normals
from sereno.simulation.scenes.plate import plate_texture
from sereno.simulation.scenes.props import suitcase
from sereno.simulation.scenes.scene import Scene
from sereno.simulation.scenes.stage import Camera, shadow_motion
from sereno.simulation.scenes.truth import scene_truth

CAMERA = Camera((0.0, -10.0, 2.0), (0.0, 0.0, 2.0), 40.0)


def test_a_camera_puts_its_target_in_the_middle_and_far_things_small() -> None:
    points = np.array([(0, 0, 2), (1, 0, 2), (1, 10, 2), (0, 0, 3)], np.float32)
    seen = CAMERA.projected(points, 16 / 9)
    assert seen[0] == pytest.approx((0.5, 0.5, 10.0))
    assert seen[1, 0] - 0.5 == pytest.approx(2 * (seen[2, 0] - 0.5))
    assert seen[3, 1] < 0.5


def test_a_track_goes_stops_faces_where_told_and_goes_on() -> None:
    course = track(((1.0, 0.0, 0.0), (5.0, 0.0, 4.0), (9.0, 0.0, 4.0), (12.0, 3.0, 4.0)), 15 * 15, {7.0: np.pi})
    assert not course.present[:14].any()
    assert not course.present[12 * 15 + 1 :].any()
    assert not course.moving[7 * 15]
    assert course.heading[3 * 15] == pytest.approx(0.0, abs=0.05)
    assert np.cos(course.heading[7 * 15]) == pytest.approx(-1.0, abs=0.01)
    assert (np.diff(course.walked) >= 0).all()
    assert course.walked[-1] == pytest.approx(7.0, abs=0.1)


def _scene(actor: Actor) -> Scene:
    ground = box((-1, -1, -0.1), (1, 1, 0), (0, 0, 0))
    return Scene("plain", "PLAIN", CAMERA, 1, ground, (), (actor,))


def _post(x: float) -> Actor:
    mesh = box((-0.2, -0.2, 0), (0.2, 0.2, 1.7), (200, 0, 0))
    shown = tuple((Placed(0, placed(x, 0.0)),) if number >= 5 else () for number in range(15))
    return Actor("post", "person", Role.PASSER, (mesh,), shown, {0: mesh.points})


def test_truth_is_the_outline_in_fractions_and_none_where_nothing_is_seen() -> None:
    truth = scene_truth(_scene(_post(0.0))).tracks[0]
    assert truth.boxes[:5] == (None,) * 5
    seen = truth.boxes[5]
    assert seen is not None
    assert (seen.left + seen.right) / 2 == pytest.approx(0.5, abs=1e-3)
    assert 0.2 < seen.height < 0.3


def test_a_thing_mostly_outside_the_picture_is_not_there() -> None:
    edge = float(10 * np.tan(np.radians(20)) * 16 / 9)
    assert scene_truth(_scene(_post(edge - 0.1))).tracks[0].boxes[5] is not None
    assert scene_truth(_scene(_post(edge + 0.1))).tracks[0].boxes[5] is None


@pytest.mark.parametrize("profile", PROFILES)
def test_a_car_has_its_profile_s_size_and_stands_on_the_road(profile: Profile) -> None:
    car = built(profile, (180, 30, 30), plate_texture("AF417KD"))
    low, high = car.extent.min(axis=0), car.extent.max(axis=0)
    assert high[1] - low[1] == pytest.approx(profile.length, abs=0.05)
    assert high[0] - low[0] == pytest.approx(profile.width, abs=0.1)
    assert low[2] == 0
    assert high[2] == pytest.approx(max(z for _, z in profile.roof), abs=0.03)


def test_normals_look_outwards() -> None:
    cube = box((-1, -1, -1), (1, 1, 1), (0, 0, 0))
    normals = vertex_normals(cube.points, cube.faces)
    assert (np.einsum("ij,ij->i", normals, cube.points) > 0).all()


def test_a_shadow_lies_on_the_ground_away_from_the_sun() -> None:
    from_sun = shadow_motion(_scene(_post(0)).sun)
    top = from_sun @ np.array([0, 0, 2.0, 1])
    assert top[2] == 0
    assert top[0] > 0
    assert top[1] > 0


def test_moving_keeps_the_shape() -> None:
    cube = box((0, 0, 0), (1, 2, 3), (0, 0, 0))
    turned: Mesh = cube.moved(placed(5, 6, 0, heading=np.pi / 2))
    assert np.linalg.norm(np.diff(turned.points, axis=0), axis=1) == pytest.approx(
        np.linalg.norm(np.diff(cube.points, axis=0), axis=1), abs=1e-5
    )
    assert turned.points[:, 0].max() == pytest.approx(7.0, abs=1e-5)  # what was ahead is to the right now


def test_every_picture_says_that_it_is_simulated_in_its_corner_alone() -> None:
    picture = np.full((720, 1280, 3), 90, np.uint8)
    stamp(picture, simulated_mark("ESCUELA"))
    changed = np.argwhere((picture != 90).any(axis=2))
    assert len(changed) > 500
    assert changed[:, 0].min() > 680
    assert changed[:, 1].max() < 260


def test_a_plate_is_white_with_a_blue_band() -> None:
    texture = plate_texture("AF417KD")
    assert texture.shape == (260, 800, 3)
    assert texture[30, 60].tolist() == [28, 62, 140]
    assert texture[70, 400].min() > 220


@pytest.mark.parametrize("end", [(0, 0, 1), (1, 0, 0), (0, -1, 0)])
def test_a_tube_looks_outwards(end: tuple[float, float, float]) -> None:
    rod = tube(np.array([(0, 0, 0), end], np.float32), np.array([0.1, 0.1], np.float32), (0, 0, 0))
    middles = rod.points[rod.faces].mean(axis=1) - np.array(end) / 2
    a, b, c = (rod.points[rod.faces[:, k]] for k in range(3))
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), middles) > 0).all()


def test_a_case_and_a_body_of_a_car_look_outwards() -> None:
    car = built(PROFILES[0], (180, 30, 30), plate_texture("AF417KD"))
    for mesh, middle in ((suitcase(), (0, 0, 0.5)), (car.shell[0], (0, 0, 0.6))):
        a, b, c = (mesh.points[mesh.faces[:, k]] for k in range(3))
        outwards = np.einsum("ij,ij->i", np.cross(b - a, c - a), (a + b + c) / 3 - np.array(middle))
        assert (outwards > -1e-6).mean() > 0.9
