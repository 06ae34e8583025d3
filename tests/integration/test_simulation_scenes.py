"""The drawn scenes as the cameras will show them: drawn, encoded, decoded, and looked at by the real detector."""

import re
from pathlib import Path

import av
import numpy as np
import pytest

from sereno.analytics.assets import EFFICIENTDET_LITE0
from sereno.analytics.detectors.efficientdet import EfficientDetLite
from sereno.runtime.assets import Progress, missing_assets
from sereno.simulation.assets import H264_ENCODER, SIMULATION_ASSETS
from sereno.simulation.scenes.actors import FPS, Role
from sereno.simulation.scenes.catalogue import DRAWN, SLUGS
from sereno.simulation.scenes.draw import frames
from sereno.simulation.scenes.encoder import Encoder, Format
from sereno.simulation.scenes.people import Crowd
from sereno.simulation.scenes.prepare import fingerprint, prepare_scenes
from sereno.simulation.scenes.scene import Scene
from sereno.simulation.scenes.truth import Truth, read_truth, scene_truth
from sereno.simulation.town import build_town

pytestmark = pytest.mark.integration

ASSETS = Path(__file__).resolve().parents[2] / "cache" / "assets"


def _silent(_progress: Progress) -> None:
    pass


@pytest.fixture(scope="session")
def scene_assets() -> Path:
    missing = missing_assets((*SIMULATION_ASSETS, EFFICIENTDET_LITE0), ASSETS)
    if missing:
        pytest.skip(f"assets are not fetched: {', '.join(asset.name for asset in missing)}")
    return ASSETS


@pytest.fixture(scope="session")
def crowd(scene_assets: Path) -> Crowd:
    return Crowd(scene_assets)


@pytest.fixture(scope="session")
def scenes(crowd: Crowd) -> dict[str, Scene]:
    return {slug: make(crowd) for slug, make in DRAWN.items()}


@pytest.fixture(scope="session")
def truths(scenes: dict[str, Scene]) -> dict[str, Truth]:
    return {slug: scene_truth(scene) for slug, scene in scenes.items()}


def test_every_camera_of_the_town_has_a_clip() -> None:
    assert {camera.id for camera in build_town("127.0.0.1", 8554).cameras} == set(SLUGS)


@pytest.mark.parametrize("slug", sorted(DRAWN))
def test_nobody_is_in_the_picture_at_the_seam(truths: dict[str, Truth], slug: str) -> None:
    for track in truths[slug].tracks:
        assert track.boxes[0] is None, track.id
        assert track.boxes[-1] is None, track.id


@pytest.mark.parametrize("slug", sorted(DRAWN))
def test_things_are_large_enough_to_be_found(truths: dict[str, Truth], slug: str) -> None:
    for track in truths[slug].tracks:
        seen = [box for box in track.boxes if box is not None]
        assert seen, track.id
        if track.kind == "person":
            assert max(box.height for box in seen) > 0.2, track.id
        elif track.kind == "car":
            assert max(box.width for box in seen) > 0.15, track.id


@pytest.mark.parametrize("slug", ["escuela", "banco"])
def test_who_loiters_stays_fifteen_seconds_in_one_place(truths: dict[str, Truth], slug: str) -> None:
    (loiterer,) = [track for track in truths[slug].tracks if track.role is Role.LOITERER]
    feet = np.array([(b.foot.x, b.foot.y) if b else (np.nan, np.nan) for b in loiterer.boxes])
    middle = feet[len(feet) // 2]
    near = np.linalg.norm(feet - middle, axis=1) < 0.08
    assert near.sum() >= 15 * FPS


def test_the_wrong_way_car_comes_nearer_where_others_go_away(truths: dict[str, Truth]) -> None:
    for track in truths["acceso-sur"].tracks:
        heights = [box.height for box in track.boxes if box is not None]
        comes_nearer = heights[-1] > heights[0]
        assert comes_nearer == (track.role is Role.WRONG_WAY), track.id


@pytest.fixture(scope="session")
def second_of_school(scenes: dict[str, Scene], scene_assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of the school, from 10 s on, as a main stream."""
    target = tmp_path_factory.mktemp("scene") / "escuela.mp4"
    with Encoder(Format(1280, 720, FPS, 29), scene_assets / H264_ENCODER.name, target) as encoder:
        for picture in frames(scenes["escuela"], range(150, 165)):
            encoder.add(av.VideoFrame.from_ndarray(picture, format="rgb24"))
    return target


def test_the_clip_is_h264_that_browsers_play(second_of_school: Path) -> None:
    with av.open(str(second_of_school)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height) == (1280, 720)
        assert not stream.codec_context.has_b_frames
        extradata = bytes(stream.codec_context.extradata or b"")
        assert extradata[:2] == b"\x01\x42"  # avcC, a baseline profile
        packets = [packet for packet in container.demux(stream) if packet.size]
        assert [packet.is_keyframe for packet in packets] == [True] + [False] * 14
        times = np.array([float((packet.pts or 0) * packet.time_base) for packet in packets])
        assert np.diff(times) == pytest.approx(1 / FPS)


def test_the_real_detector_finds_the_drawn_loiterer(
    second_of_school: Path, truths: dict[str, Truth], scene_assets: Path, tmp_path: Path
) -> None:
    detector = EfficientDetLite(scene_assets / EFFICIENTDET_LITE0.name, tmp_path)
    (loiterer,) = [track for track in truths["escuela"].tracks if track.role is Role.LOITERER]
    found = 0
    with av.open(str(second_of_school)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            size = detector.frame_size(frame.width, frame.height)
            picture = np.ascontiguousarray(frame.reformat(*size, "rgb24").to_ndarray(), np.uint8)
            true = loiterer.boxes[150 + number]
            assert true is not None
            found += any(
                one.kind == "person" and one.score >= 0.4 and abs(one.box.centre.x - true.centre.x) < 0.05
                for one in detector.detect(picture)
            )
    assert found >= 13


def test_clips_are_made_once_and_found_again(scene_assets: Path, tmp_path: Path) -> None:
    old = tmp_path / "0123456789abcdef"
    old.mkdir()
    (clip,) = prepare_scenes(scene_assets, tmp_path, _silent, ("terminal",))
    assert re.fullmatch(r"[0-9a-f]{16}", fingerprint())
    assert clip.main.parent == tmp_path / fingerprint()
    made = clip.main.stat().st_mtime_ns
    (again,) = prepare_scenes(scene_assets, tmp_path, _silent, ("terminal",))
    assert again == clip
    assert clip.main.stat().st_mtime_ns == made
    truth = read_truth(clip.truth)
    assert truth.tracks == ()
    assert truth.frames % FPS == 0
    assert [path.name for path in clip.main.parent.iterdir() if path.name.startswith(".")] == []
