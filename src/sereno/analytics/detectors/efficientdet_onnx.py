"""The cut EfficientDet-Lite as an ONNX file, for what LiteRT cannot use: CUDA, and pictures in batches.

Weights leave their eight bits for floats, so sums are not rounded between layers; the limits that the eight bits put on
every activation are kept where a layer's own clamp is one. The two runtimes then agree within a tolerance that
``tests/contract/test_detector.py`` states.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from sereno.analytics.detectors import onnx_wire
from sereno.analytics.detectors.heads import CutModel, broken, constant, operator_kind, read_model
from sereno.runtime.atomic_file import replace_file

BOXES, CLASSES, PICTURES = "boxes", "classes", "pictures"
"""Names: ``pictures`` (B, H, W, 3) uint8 in; ``boxes`` (B, N, 4) and ``classes`` (B, N, C), float32 logits, out."""

_VERSION = 1
_OP = schema.BuiltinOperator
_CLAMPS = {
    schema.ActivationFunctionType.NONE: None,
    schema.ActivationFunctionType.RELU: (0.0, None),
    schema.ActivationFunctionType.RELU6: (0.0, 6.0),
}


def onnx_twin(cut: CutModel) -> Path:
    """The same network beside ``cut``, written once.

    Raises: AppError data_loss when the network holds something else than EfficientDet-Lite's layers.
    """
    path = cut.path.with_name(f"{cut.path.stem}-o{_VERSION}.onnx")
    if not path.exists():
        try:
            content = _Writer(read_model(cut.path.read_bytes())).written()
        except (KeyError, ValueError, IndexError, AttributeError, TypeError):
            raise broken(cut.path) from None
        replace_file(path, content, mode=0o644)
    return path


@dataclass(slots=True)
class _Writer:
    model: schema.ModelT
    nodes: list[bytes] = field(default_factory=list)
    tensors: dict[str, bytes] = field(default_factory=dict)
    """By name: the levels share the weights of their heads."""

    def written(self) -> bytes:
        graph = self.model.subgraphs[0]
        for operator in graph.operators:
            self._layer(operator)
        boxes, classes = (int(index) for index in graph.outputs)
        self._node("Identity", [_name(boxes)], BOXES)
        self._node("Identity", [_name(classes)], CLASSES)
        height, width = (int(side) for side in self._shape(int(graph.inputs[0]))[1:3])
        outputs = [
            onnx_wire.value(name, np.float32, ("batch", *(int(side) for side in self._shape(index)[1:])))
            for name, index in ((BOXES, boxes), (CLASSES, classes))
        ]
        pictures = onnx_wire.value(PICTURES, np.uint8, ("batch", height, width, 3))
        return onnx_wire.model(self.nodes, list(self.tensors.values()), [pictures], outputs)

    def _layer(self, operator: schema.OperatorT) -> None:
        match operator_kind(self.model, operator):
            case _OP.QUANTIZE:
                self._entry(operator)
            case _OP.CONV_2D:
                self._convolution(operator, group_wise=False)
            case _OP.DEPTHWISE_CONV_2D:
                self._convolution(operator, group_wise=True)
            case _OP.ADD:
                source = [_name(int(index)) for index in operator.inputs]
                self._clamped("Add", source, operator)
            case _OP.MAX_POOL_2D:
                self._pool(operator)
            case _OP.RESIZE_NEAREST_NEIGHBOR:
                self._enlargement(operator)
            case _OP.RESHAPE:
                self._reshape(operator)
            case _OP.CONCATENATION:
                inputs = [_name(int(index)) for index in operator.inputs]
                self._node("Concat", inputs, _name(int(operator.outputs[0])), axis=1)
            case _:
                raise ValueError("a layer that EfficientDet-Lite does not have")

    def _entry(self, operator: schema.OperatorT) -> None:
        """Bytes to the numbers that the first layer wants, channels first."""
        quantization = self.model.subgraphs[0].tensors[int(operator.inputs[0])].quantization
        zero = self._tensor("entry_zero", np.array(quantization.zeroPoint[0], np.float32))
        scale = self._tensor("entry_scale", np.array(quantization.scale[0], np.float32))
        self._node("Transpose", [PICTURES], "entry_planes", perm=(0, 3, 1, 2))
        self._node("Cast", ["entry_planes"], "entry_floats", to=1)
        self._node("Sub", ["entry_floats", zero], "entry_centred")
        self._node("Mul", ["entry_centred", scale], _name(int(operator.outputs[0])))

    def _convolution(self, operator: schema.OperatorT, *, group_wise: bool) -> None:
        source, weights, bias = (int(index) for index in operator.inputs)
        options = operator.builtinOptions
        content = self._floats(weights)
        content = content.transpose(3, 0, 1, 2) if group_wise else content.transpose(0, 3, 1, 2)
        strides = int(options.strideH), int(options.strideW)
        kernel = int(content.shape[2]), int(content.shape[3])
        inputs = [_name(source), self._tensor(f"w{weights}", content), self._tensor(f"b{bias}", self._floats(bias))]
        self._clamped(
            "Conv",
            inputs,
            operator,
            group=int(content.shape[0]) if group_wise else 1,
            strides=strides,
            kernel_shape=kernel,
            pads=self._pads(operator, strides, kernel),
        )

    def _pool(self, operator: schema.OperatorT) -> None:
        options = operator.builtinOptions
        strides = int(options.strideH), int(options.strideW)
        kernel = int(options.filterHeight), int(options.filterWidth)
        pads = self._pads(operator, strides, kernel)
        names = [_name(int(operator.inputs[0]))], _name(int(operator.outputs[0]))
        self._node("MaxPool", *names, kernel_shape=kernel, strides=strides, pads=pads)

    def _enlargement(self, operator: schema.OperatorT) -> None:
        target = int(operator.outputs[0])
        sizes = self._tensor(f"size{target}", np.array(self._shape(target)[1:3], np.int64))
        inputs = [_name(int(operator.inputs[0])), "", "", sizes]
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        self._node("Resize", inputs, _name(target), axes=(2, 3), **how)

    def _reshape(self, operator: schema.OperatorT) -> None:
        target = int(operator.outputs[0])
        shape = self._tensor(f"shape{target}", np.array([0, -1, self._shape(target)[2]], np.int64))
        self._node("Transpose", [_name(int(operator.inputs[0]))], f"rows{target}", perm=(0, 2, 3, 1))
        self._node("Reshape", [f"rows{target}", shape], _name(target))

    def _clamped(
        self, kind: str, inputs: list[str], operator: schema.OperatorT, **attributes: onnx_wire.Attribute
    ) -> None:
        output = _name(int(operator.outputs[0]))
        limits = _CLAMPS[operator.builtinOptions.fusedActivationFunction]
        if limits is None:
            self._node(kind, inputs, output, **attributes)
            return
        self._node(kind, inputs, f"{output}_free", **attributes)
        names = [
            "" if limit is None else self._tensor(f"{output}_limit{i}", np.array(limit, np.float32))
            for i, limit in enumerate(limits)
        ]
        self._node("Clip", [f"{output}_free", *names], output)

    def _pads(
        self, operator: schema.OperatorT, strides: tuple[int, int], kernel: tuple[int, int]
    ) -> tuple[int, int, int, int]:
        """Above, left, below, right."""
        if operator.builtinOptions.padding != schema.Padding.SAME:
            return 0, 0, 0, 0
        whole = [
            max(0, (int(out) - 1) * stride + size - int(side))
            for side, out, stride, size in zip(
                self._shape(int(operator.inputs[0]))[1:3],
                self._shape(int(operator.outputs[0]))[1:3],
                strides,
                kernel,
                strict=True,
            )
        ]
        return whole[0] // 2, whole[1] // 2, whole[0] - whole[0] // 2, whole[1] - whole[1] // 2

    def _floats(self, index: int) -> NDArray[np.float32]:
        tensor = self.model.subgraphs[0].tensors[index]
        kind = np.int8 if tensor.type == schema.TensorType.INT8 else np.int32
        content = constant(self.model, index, kind).reshape(tensor.shape).astype(np.float64)
        scale = np.asarray(tensor.quantization.scale, np.float64)
        zero = np.asarray(tensor.quantization.zeroPoint, np.float64)
        sides = [1] * content.ndim
        sides[int(tensor.quantization.quantizedDimension)] = scale.size
        return np.asarray((content - zero.reshape(sides)) * scale.reshape(sides), np.float32)

    def _shape(self, index: int) -> NDArray[np.int32]:
        return np.asarray(self.model.subgraphs[0].tensors[index].shape, np.int32)

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: onnx_wire.Attribute) -> None:
        self.nodes.append(onnx_wire.node(kind, inputs, output, **attributes))

    def _tensor(self, name: str, content: NDArray[np.generic]) -> str:
        self.tensors[name] = onnx_wire.tensor(name, content)
        return name


def _name(index: int) -> str:
    return f"t{index}"
