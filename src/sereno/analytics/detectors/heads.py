"""Makes an EfficientDet-Lite file fit for us: raw heads, few classes, and the shape of the picture.

As shipped the graph wants a square input and ends in an operator that returns at most 25 boxes, which is fatal in a
crowd, and before it in a sigmoid and a dequantisation over ninety classes. The cut file ends in the quantised heads
themselves; its class head has only the wanted columns; and its input may be lower (or narrower) than the square, so
that nothing is computed for the black bar of a 16:9 picture. The network is the same, convolution by convolution.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from sereno.core.errors import AppError, data_loss, not_found
from sereno.runtime.atomic_file import replace_file

_FILE_IDENTIFIER = b"TFL3"
_POST_PROCESS = b"TFLite_Detection_PostProcess"
_CUT_VERSION = 2
_PARSE_ERRORS = (TypeError, IndexError, KeyError, ValueError, AttributeError, struct.error)
"""What the generated reader raises on bytes that are no model."""
_DROPPED = (schema.BuiltinOperator.DEQUANTIZE, schema.BuiltinOperator.LOGISTIC)
_LEVELS = slice(3, 8)
"""Heads stand on the levels whose cells are 2^3 .. 2^7 pixels wide."""
_COARSEST_PX = 64
_ANCHORS_PER_CELL = 9


@dataclass(frozen=True, slots=True)
class CutModel:
    """Shapes: ``anchors`` (N, 4) float32 as centre y, centre x, height, width in fractions of the shipped square.

    The model's outputs are the boxes (1, N, 4) and the logits of the wanted classes (1, N, C), both int8.
    """

    path: Path
    anchors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """Of an input. Units: pixels."""

    height: int
    width: int


def fitting_shape(side: int, width: int, height: int) -> Shape:
    """The smallest input that holds a picture of this size, fitted into the square, cell by cell as in the square.

    The number of coarsest cells stays odd or even as it is in the square, because that is what decides on which side
    each halving pads.
    """
    scale = side / max(width, height)
    return Shape(_fitting_side(side, height * scale), _fitting_side(side, width * scale))


def _fitting_side(side: int, needed: float) -> int:
    fitting = side
    while fitting - 2 * _COARSEST_PX >= round(needed) and fitting > 2 * _COARSEST_PX:
        fitting -= 2 * _COARSEST_PX
    return fitting


def shipped_side(shipped: Path) -> int:
    """Side of the square input. Raises: as ``cut_model``."""
    content = _read(shipped)
    try:
        return int(read_model(content).subgraphs[0].tensors[read_model(content).subgraphs[0].inputs[0]].shape[1])
    except _PARSE_ERRORS:
        raise broken(shipped) from None


def cut_model(shipped: Path, cache: Path, shape: Shape, columns: Sequence[int]) -> CutModel:
    """The cut twin of ``shipped``, made once and kept in ``cache`` under the hash of its source.

    Raises: AppError not_found when the file is missing, data_loss when it is not an EfficientDet-Lite.
    """
    content = _read(shipped)
    wanted = sha256(repr((columns, shape)).encode()).hexdigest()[:8]
    name = f"{shipped.stem}-{sha256(content).hexdigest()[:16]}-{wanted}-v{_CUT_VERSION}"
    model, anchors = cache / f"{name}.tflite", cache / f"{name}.npy"
    if not (model.exists() and anchors.exists()):
        try:
            cut, table = _cut(content, shape, columns)
        except _PARSE_ERRORS:
            raise broken(shipped) from None
        part = anchors.with_name(f".part-{anchors.name}")
        part.parent.mkdir(parents=True, exist_ok=True)
        np.save(part, table)
        part.rename(anchors)
        replace_file(model, cut, mode=0o644)
    return CutModel(model, np.load(anchors))


def _read(shipped: Path) -> bytes:
    try:
        return shipped.read_bytes()
    except FileNotFoundError:
        raise not_found(
            "model_missing", f"The detector's file {shipped} is missing.", "Fetch the models: sereno assets."
        ) from None


def broken(shipped: Path) -> AppError:
    return data_loss(
        "model_broken", f"{shipped} is no EfficientDet-Lite that can be used.", "Delete it and fetch the models again."
    )


def read_model(content: bytes) -> schema.ModelT:
    """Raises: ValueError, or another of ``_PARSE_ERRORS``, for what is no LiteRT file."""
    if content[4:8] != _FILE_IDENTIFIER:
        raise ValueError("no LiteRT model")
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    for tensor in model.subgraphs[0].tensors:  # views of the file at first
        tensor.shape = None if tensor.shape is None else np.array(tensor.shape)
    return model


def _cut(content: bytes, shape: Shape, columns: Sequence[int]) -> tuple[bytes, NDArray[np.float32]]:
    """Raises: one of ``_PARSE_ERRORS``."""
    model = read_model(content)
    graph = model.subgraphs[0]
    last = graph.operators[-1]
    if model.operatorCodes[last.opcodeIndex].customCode != _POST_PROCESS:
        raise ValueError("another end than EfficientDet-Lite's")
    boxes, classes, anchors = (int(index) for index in last.inputs)
    side = int(graph.tensors[graph.inputs[0]].shape[1])
    table = constant(model, anchors, np.float32).reshape(-1, 4)
    dropped = {id(last)}
    heads = []
    for head in (boxes, classes):
        kept, undone = _quantised_source(model, head)
        heads.append(kept)
        dropped |= undone
    graph.operators = [operator for operator in graph.operators if id(operator) not in dropped]
    graph.outputs = heads
    model.signatureDefs = []
    _keep_columns(model, heads[1], columns)
    _reshape(model, side, shape)
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=_FILE_IDENTIFIER)
    return bytes(builder.Output()), table[_kept_anchors(side, shape)].astype(np.float32)


def _quantised_source(model: schema.ModelT, tensor: int) -> tuple[int, set[int]]:
    """The tensor that feeds ``tensor`` through element-wise ends only, and those operators."""
    producers = _producers(model)
    undone: set[int] = set()
    while True:
        operator = producers[tensor]
        if operator_kind(model, operator) not in _DROPPED:
            return tensor, undone
        undone.add(id(operator))
        tensor = int(operator.inputs[0])


def _keep_columns(model: schema.ModelT, head: int, columns: Sequence[int]) -> None:
    """Cut every channel that is no wanted class out of the last convolution of the class head."""
    tensors, producers = model.subgraphs[0].tensors, _producers(model)
    classes = int(tensors[head].shape[2])
    channels = [anchor * classes + column for anchor in range(_ANCHORS_PER_CELL) for column in columns]
    cut: set[int] = set()
    for level in producers[head].inputs:
        reshaping = producers[int(level)]
        convolution = producers[int(reshaping.inputs[0])]
        for part in (int(index) for index in convolution.inputs[1:3]):
            if part not in cut:
                _keep_rows(model, part, channels)
                cut.add(part)
        target = int(reshaping.inputs[1])
        if target not in cut:
            _set_constant(model, target, np.array([1, -1, len(columns)], np.int32))
            cut.add(target)
        tensors[int(convolution.outputs[0])].shape[3] = len(channels)
        tensors[int(level)].shape[2] = len(columns)
    tensors[head].shape[2] = len(columns)


def _keep_rows(model: schema.ModelT, index: int, rows: Sequence[int]) -> None:
    tensor = model.subgraphs[0].tensors[index]
    kind = np.int8 if tensor.type == schema.TensorType.INT8 else np.int32
    table = constant(model, index, kind).reshape(tensor.shape)
    _set_constant(model, index, np.ascontiguousarray(table[list(rows)]))
    tensor.shape[0] = len(rows)
    tensor.quantization.scale = np.asarray(tensor.quantization.scale)[list(rows)]
    tensor.quantization.zeroPoint = np.asarray(tensor.quantization.zeroPoint)[list(rows)]


def _reshape(model: schema.ModelT, side: int, shape: Shape) -> None:
    """Give every picture-shaped tensor, and every target of an enlargement, its new size."""
    graph = model.subgraphs[0]
    sizes = {old: (h, w) for old, h, w in zip(_chain(side), _chain(shape.height), _chain(shape.width), strict=True)}
    anchors = {old * old * _ANCHORS_PER_CELL: h * w * _ANCHORS_PER_CELL for old, (h, w) in sizes.items()}
    anchors[sum(old * old for old in _chain(side)[_LEVELS]) * _ANCHORS_PER_CELL] = len(_kept_anchors(side, shape))
    for tensor in graph.tensors:
        if _has_content(model, tensor.buffer) or tensor.shape is None:
            continue
        if len(tensor.shape) == 4 and tensor.shape[1] == tensor.shape[2]:
            tensor.shape[1:3] = sizes[int(tensor.shape[1])]
        elif len(tensor.shape) == 3:
            tensor.shape[1] = anchors[int(tensor.shape[1])]
    for operator in graph.operators:
        if operator_kind(model, operator) == schema.BuiltinOperator.RESIZE_NEAREST_NEIGHBOR:
            target = int(operator.inputs[1])
            size = tuple(graph.tensors[int(operator.outputs[0])].shape[1:3])
            _set_constant(model, target, np.array(size, np.int32))


def _kept_anchors(side: int, shape: Shape) -> NDArray[np.intp]:
    """Rows of the shipped anchor table whose cells lie in the new input, in the new order."""
    kept: list[NDArray[np.intp]] = []
    start = 0
    levels = zip(_chain(side)[_LEVELS], _chain(shape.height)[_LEVELS], _chain(shape.width)[_LEVELS], strict=True)
    for old, height, width in levels:
        cells = np.arange(old * old * _ANCHORS_PER_CELL).reshape(old, old, _ANCHORS_PER_CELL)
        kept.append(start + cells[:height, :width].ravel())
        start += cells.size
    return np.concatenate(kept)


def _chain(side: int) -> list[int]:
    """Sides of the picture after 0 .. 7 halvings."""
    sides = [side]
    for _ in range(7):
        sides.append((sides[-1] + 1) // 2)
    return sides


def _producers(model: schema.ModelT) -> dict[int, schema.OperatorT]:
    return {int(operator.outputs[0]): operator for operator in model.subgraphs[0].operators}


def operator_kind(model: schema.ModelT, operator: schema.OperatorT) -> int:
    code = model.operatorCodes[operator.opcodeIndex]
    return max(int(code.builtinCode), int(code.deprecatedBuiltinCode))


def _has_content(model: schema.ModelT, buffer: int) -> bool:
    content = model.buffers[buffer].data
    return content is not None and len(content) > 0


def constant(model: schema.ModelT, index: int, kind: type[np.generic]) -> NDArray[np.generic]:
    return np.frombuffer(bytes(model.buffers[model.subgraphs[0].tensors[index].buffer].data), kind)


def _set_constant(model: schema.ModelT, index: int, content: NDArray[np.generic]) -> None:
    model.buffers[model.subgraphs[0].tensors[index].buffer].data = np.frombuffer(content.tobytes(), np.uint8)
