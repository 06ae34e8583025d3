"""A model that was changed says the same, and asks for less."""

import numpy as np
import onnxruntime
import pytest

from sereno.analytics.detectors.onnx_wire import model, node, tensor, value, with_constant_weights, with_free_sides

WEIGHT = np.array([[2.0, 0.0], [0.0, 3.0]], np.float32)
TAKEN = [value("taken", np.float32, (1, 2)), value("weight", np.float32, (2, 2))]
MODEL = model(
    [node("MatMul", ("taken", "weight"), "told")],
    [tensor("weight", WEIGHT)],
    TAKEN,
    [value("told", np.float32, (1, 2))],
)


def session(content: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def test_weights_are_no_inputs_any_more() -> None:
    before, after = session(MODEL), session(with_constant_weights(MODEL))
    assert len(before.get_overridable_initializers()) == 1
    assert after.get_overridable_initializers() == []
    one = np.array([[1.0, 5.0]], np.float32)
    assert after.run(None, {"taken": one})[0].tolist() == before.run(None, {"taken": one})[0].tolist() == [[2.0, 15.0]]


def test_a_free_side_takes_any_length() -> None:
    free = session(with_free_sides(with_constant_weights(MODEL), ("rows", 2)))
    assert free.get_inputs()[0].shape == ["rows", 2]
    assert free.run(None, {"taken": np.ones((3, 2), np.float32)})[0].tolist() == [[2.0, 3.0]] * 3


@pytest.mark.parametrize("content", [b"", b"\xff" * 9, b"no model at all"])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"graph|broken"):
        with_constant_weights(content)
