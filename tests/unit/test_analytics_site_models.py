"""A site's own detector: its card, its outputs, its file, and a GPU that goes away."""

import logging
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from sereno.analytics.detectors import onnx_wire
from sereno.analytics.detectors.catalogue import DetectorPool, ModelFolders
from sereno.analytics.detectors.layouts import Layout, OutputNames, Reading
from sereno.analytics.detectors.onnx_wire import keeps_content_elsewhere, node, tensor, value
from sereno.analytics.detectors.sessions import CPU, CUDA, Arrays, Device, Entry, Network, Session, open_session
from sereno.analytics.model import ObjectKind
from sereno.core.errors import AppError, ErrorKind

SIDE = 64
CARD = """
file = "{file}"
sha256 = "{sha256}"
licence = "Apache-2.0"
[input]
width = 64
height = 64
colour = "rgb"
[output]
layout = "boxes"
class_count = 3
boxes = "boxes"
scores = "scores"
labels = "labels"
[classes]
0 = "person"
2 = "car"
"""
ROWS = np.array([[[8, 8, 24, 56], [9, 8, 24, 56], [32, 32, 62, 48], [0, 0, 9, 9]]], np.float32)
SCORES = np.array([[0.9, 0.6, 0.5, 0.8]], np.float32)
LABELS = np.array([[0, 0, 2, 1]], np.int64)


def model_file(*, rows: NDArray[np.float32] = ROWS, side: int | str = SIDE, kind: str = "Identity") -> bytes:
    """A detector that sees the same in every picture."""
    tensors = [tensor("b", rows), tensor("s", SCORES), tensor("l", LABELS), tensor("zero", np.zeros(1, np.float32))]
    nodes = [
        # the boxes hang on the picture, so that the runtime cannot fold the whole graph away
        node("ReduceMax", ["pictures"], "brightest", keepdims=0),
        node("Mul", ["brightest", "zero"], "nothing"),
        node("Add", ["b", "nothing"], "moved"),
        node(kind, ["moved"], "boxes"),
        node("Identity", ["s"], "scores"),
        node("Identity", ["l"], "labels"),
    ]
    outputs = [value("boxes", np.float32, (1, "n", 4)), value("scores", np.float32, (1, "n"))]
    outputs.append(value("labels", np.int64, (1, "n")))
    return onnx_wire.model(nodes, tensors, [value("pictures", np.float32, (1, 3, side, side))], outputs)


def pool_with(folder: Path, content: bytes, card: str = CARD, pinned: str = "") -> DetectorPool:
    (folder / "own.onnx").write_bytes(content)
    (folder / "own.toml").write_text(card.format(file="own.onnx", sha256=pinned or sha256(content).hexdigest()))
    folders = ModelFolders(assets=folder, cache=folder / "cache", site=folder)
    return DetectorPool(folders, threads=1, device=Device.CPU)


def refusal(pool: DetectorPool) -> AppError:
    with pytest.raises(AppError) as refused:
        pool.get("own")
    return refused.value


def test_a_sites_model_works_by_its_card(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    pool = pool_with(tmp_path, model_file())
    detector = pool.get("own")
    found = detector.detect(np.zeros((48, 64, 3), np.uint8))
    assert [(d.kind, round(d.score, 2)) for d in found] == [(ObjectKind.PERSON, 0.9), (ObjectKind.CAR, 0.5)]
    # the picture is not as high as the input: what is seen below it is cut off at its edge
    assert found[0].box.left == pytest.approx(8 / 64)
    assert found[0].box.top == pytest.approx(8 / 48)
    assert found[0].box.bottom == 1.0
    assert detector.kinds == {ObjectKind.PERSON, ObjectKind.CAR}
    assert "licence Apache-2.0" in caplog.text
    assert pool.states() == {"own": "cpu"}
    assert not list((tmp_path / "cache").glob("*.trial"))


def external(content: bytes) -> bytes:
    """The same model with one more tensor, which lies in a file outside."""
    outside = tensor("x", np.zeros(2, np.float32)) + bytes([14 << 3, 1])
    return content + _nested(7, _nested(5, outside))


def in_a_branch(content: bytes) -> bytes:
    """The same, hidden in the branch of an operator."""
    graph = _nested(5, tensor("x", np.zeros(2, np.float32)) + _nested(13, b"\x0a\x08location"))
    attribute = b"\x0a\x04then" + _nested(6, graph)
    return content + _nested(7, _nested(1, _nested(5, attribute)))


def _nested(number: int, content: bytes) -> bytes:
    size, parts = len(content), bytearray()
    while size >= 0x80:
        parts.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2]) + bytes(parts) + bytes([size]) + content


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        (lambda c: c[: len(c) // 2], ErrorKind.DATA_LOSS, "model_broken"),
        (lambda c: b"", ErrorKind.DATA_LOSS, "model_broken"),
        (lambda c: b"\x7fELF" + bytes(200), ErrorKind.DATA_LOSS, "model_broken"),
        (external, ErrorKind.INVALID, "model_external"),
        (in_a_branch, ErrorKind.INVALID, "model_external"),
        (lambda c: model_file(kind="NoSuchOperator"), ErrorKind.DATA_LOSS, "model_refused"),
        (lambda c: model_file(side=32), ErrorKind.INVALID, "model_input"),
        (lambda c: model_file(rows=np.zeros((1, 4, 3), np.float32)), ErrorKind.INVALID, "model_outputs"),
        (lambda c: model_file(rows=ROWS[:, :2]), ErrorKind.INVALID, "model_outputs"),
        (lambda c: model_file(rows=np.full_like(ROWS, np.nan)), ErrorKind.INVALID, "model_outputs"),
    ],
    ids=["cut", "empty", "program", "outside", "branch", "operator", "input", "box", "count", "nan"],
)
def test_a_wrong_file_is_refused_with_its_reason(
    tmp_path: Path, change: Callable[[bytes], bytes], kind: ErrorKind, code: str
) -> None:
    error = refusal(pool_with(tmp_path, change(model_file())))
    assert (error.kind, error.code) == (kind, code)
    assert error.advice


def test_other_bytes_than_the_pinned_ones_are_refused_and_a_right_model_beside_them_works(tmp_path: Path) -> None:
    pool = pool_with(tmp_path, model_file(), pinned="0" * 64)
    error = refusal(pool)
    assert (error.kind, error.code) == (ErrorKind.DATA_LOSS, "model_hash")
    good = (tmp_path / "own.toml").read_text().replace("0" * 64, sha256(model_file()).hexdigest())
    (tmp_path / "good.toml").write_text(good)
    assert pool.get("good").detect(np.zeros((64, 64, 3), np.uint8))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('licence = "Apache-2.0"', "", "licence"),
        ('file = "{file}"', 'file = "../own.onnx"', "file"),
        ('sha256 = "{sha256}"', 'sha256 = "x"', "sha256"),
        ('2 = "car"', '2 = "tank"', "classes.2"),
        ('2 = "car"', '3 = "car"', "class 3"),
        ("width = 64", "width = 99999", "input.width"),
        ("class_count = 3", "class_count = 3\nextra = 1", "output.extra"),
        ('"boxes"', '"pyramids"', "output.layout"),
        ("[input]", "[input", "TOML"),
    ],
)
def test_a_wrong_card_is_refused_by_its_key(tmp_path: Path, old: str, new: str, named: str) -> None:
    error = refusal(pool_with(tmp_path, model_file(), CARD.replace(old, new, 1)))
    assert (error.kind, error.code) == (ErrorKind.INVALID, "model_card")
    assert named in error.message


def test_a_model_whose_trial_ended_the_program_twice_is_not_tried_again(tmp_path: Path) -> None:
    pool = pool_with(tmp_path, model_file())
    mark = tmp_path / "cache" / f"own-{sha256(model_file()).hexdigest()[:16]}.trial"
    mark.parent.mkdir()
    mark.write_bytes(b"..")
    assert refusal(pool).code == "model_crashed"
    mark.write_bytes(b".")
    assert pool.get("own").kinds
    assert not mark.exists()


def test_yolov8_rows_give_the_best_class_of_each_column() -> None:
    reading = Reading(layout=Layout.YOLOV8, names=OutputNames(), width=64, height=64, class_count=2)
    table = np.array([[[32, 10], [20, 10], [8, 4], [10, 2], [0.1, 0.7], [0.8, 0.2]]], np.float32)
    found = reading.read({"out": table})
    np.testing.assert_allclose(found.boxes, [[28, 15, 36, 25], [8, 9, 12, 11]])
    assert found.classes.tolist() == [1, 0]
    np.testing.assert_allclose(found.scores, [0.8, 0.7])


def test_yolox_cells_are_placed_by_grid_and_stride() -> None:
    reading = Reading(layout=Layout.YOLOX, names=OutputNames(), width=64, height=64, class_count=1)
    cells = 64 + 16 + 4
    table = np.zeros((1, cells, 6), np.float32)
    table[0, 64 + 5] = (0.5, 0.25, np.log(2), 0, 0.9, 0.5)  # stride 16, row 1, column 1
    found = reading.read({"out": table})
    np.testing.assert_allclose(found.boxes[69], [24 - 16, 20 - 8, 24 + 16, 20 + 8])
    assert found.scores[69] == pytest.approx(0.45)
    for shape in ((1, cells, 7), (1, cells + 1, 6), (cells, 6)):
        with pytest.raises(AppError) as misfit:
            reading.read({"out": np.zeros(shape, np.float32)})
        assert misfit.value.code == "model_outputs"


@pytest.mark.parametrize("cut", [1, 7, 100, -1, -30])
def test_a_broken_off_file_is_seen_before_the_runtime_sees_it(cut: int) -> None:
    content = model_file()
    assert not keeps_content_elsewhere(content)
    with pytest.raises(ValueError, match=r"broken|graph"):
        keeps_content_elsewhere(content[:cut])


class LostCard:
    """A GPU session that works for ``runs`` pictures."""

    def __init__(self, inner: Session, runs: int) -> None:
        self._inner, self._left = inner, runs

    def get_inputs(self) -> Sequence[Entry]:
        return self._inner.get_inputs()

    def get_outputs(self) -> Sequence[Entry]:
        return self._inner.get_outputs()

    def run(
        self, names: Sequence[str] | None, feeds: Arrays, run_options: onnxruntime.RunOptions | None = None
    ) -> Sequence[NDArray[np.generic]]:
        self._left -= 1
        if self._left < 0:
            raise RuntimeError("CUDA failure 999: unknown error\n  at ...")
        return self._inner.run(names, feeds, run_options)


def opener(runs: int, asked: list[str]) -> Callable[[bytes, int, str], Session]:
    def opened(content: bytes, threads: int, provider: str) -> Session:
        asked.append(provider)
        session = open_session(content, threads, CPU)
        return LostCard(session, runs) if provider == CUDA else session

    return opened


def boxes_of(network: Network, times: int) -> Iterable[NDArray[np.generic]]:
    return [network.run({"pictures": np.ones((1, 3, SIDE, SIDE), np.float32)})["boxes"] for _ in range(times)]


def test_a_gpu_that_disappears_costs_no_picture_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    asked: list[str] = []
    network = Network("own", model_file(), threads=1, device=Device.CUDA, opener=opener(2, asked))
    began_on_gpu = network.on_gpu
    for boxes in boxes_of(network, 5):
        np.testing.assert_array_equal(boxes, ROWS)
    assert (began_on_gpu, network.on_gpu) == (True, False)
    assert network.fault is not None
    assert (network.fault.kind, network.fault.code) == (ErrorKind.UNAVAILABLE, "gpu_failed")
    assert asked == [CUDA, CPU]
    assert [record.message for record in caplog.records if "CUDA failure 999" in record.message]
    assert len(caplog.records) == 1


def test_a_gpu_that_cannot_be_started_leaves_the_work_to_the_cpu() -> None:
    def none(content: bytes, threads: int, provider: str) -> Session:
        if provider == CUDA:
            raise RuntimeError("no driver")
        return open_session(content, threads, provider)

    network = Network("own", model_file(), threads=1, device=Device.CUDA, opener=none)
    assert network.fault is not None
    assert not network.on_gpu
    assert len(list(boxes_of(network, 1))) == 1


def test_an_input_that_the_network_cannot_take_is_an_error_of_ours() -> None:
    network = Network("own", model_file(), threads=1, device=Device.CPU)
    with pytest.raises(AppError) as failed:
        network.run({"pictures": np.ones((1, 3, 5, 5), np.float32)})
    assert (failed.value.kind, failed.value.code) == (ErrorKind.UNAVAILABLE, "model_failed")
