"""Cuts the raw heads out of an EfficientDet-Lite file.

As shipped the graph ends in an operator that returns at most 25 boxes, which is fatal in a crowd, and before it in a
sigmoid and a dequantisation over every class. All are dropped: the cut file ends in the quantised heads themselves, and
only the few classes that are wanted are ever decoded.
"""

import struct
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
_CUT_VERSION = 1
_PARSE_ERRORS = (TypeError, IndexError, KeyError, ValueError, AttributeError, struct.error)
"""What the generated reader raises on bytes that are no model."""
_UNDONE = (schema.BuiltinOperator.DEQUANTIZE, schema.BuiltinOperator.LOGISTIC)


@dataclass(frozen=True, slots=True)
class CutModel:
    """Shapes: ``anchors`` (N, 4) float32 as centre y, centre x, height, width in fractions of the input.

    The model's outputs are the boxes (1, N, 4) and class logits (1, N, C), both int8.
    """

    path: Path
    anchors: NDArray[np.float32]


def cut_model(shipped: Path, cache: Path) -> CutModel:
    """The cut twin of ``shipped``, made once and kept in ``cache`` under the hash of its source.

    Raises: AppError not_found when the file is missing, data_loss when it is not an EfficientDet-Lite.
    """
    try:
        content = shipped.read_bytes()
    except FileNotFoundError:
        raise not_found(
            "model_missing", f"The detector's file {shipped} is missing.", "Fetch the models: sereno assets."
        ) from None
    name = f"{shipped.stem}-{sha256(content).hexdigest()[:16]}-v{_CUT_VERSION}"
    model, anchors = cache / f"{name}.tflite", cache / f"{name}.npy"
    if not (model.exists() and anchors.exists()):
        try:
            cut, boxes = _cut(content, shipped)
        except _PARSE_ERRORS:
            raise _broken(shipped) from None
        np.save(_part(anchors), boxes)
        _part(anchors).rename(anchors)
        replace_file(model, cut, mode=0o644)
    return CutModel(model, np.load(anchors))


def _broken(source: Path) -> AppError:
    return data_loss("model_broken", f"{source} is not a LiteRT model.", "Delete it and fetch the models again.")


def _part(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".part-{path.name}")


def _cut(content: bytes, source: Path) -> tuple[bytes, NDArray[np.float32]]:
    if content[4:8] != _FILE_IDENTIFIER:
        raise _broken(source)
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    last = graph.operators[-1]
    if model.operatorCodes[last.opcodeIndex].customCode != _POST_PROCESS:
        raise data_loss("model_unknown", f"{source} does not end as EfficientDet-Lite does.", "Name another detector.")
    boxes, classes, anchors = (int(index) for index in last.inputs)
    table = np.frombuffer(bytes(model.buffers[graph.tensors[anchors].buffer].data), np.float32).reshape(-1, 4)
    dropped = {id(last)}
    heads = []
    for head in (boxes, classes):
        kept, undone = _quantised_source(model, head)
        heads.append(kept)
        dropped |= undone
    graph.operators = [operator for operator in graph.operators if id(operator) not in dropped]
    graph.outputs = heads
    model.signatureDefs = []
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=_FILE_IDENTIFIER)
    return bytes(builder.Output()), table.copy()


def _quantised_source(model: schema.ModelT, tensor: int) -> tuple[int, set[int]]:
    """The tensor that feeds ``tensor`` through element-wise ends only, and those operators."""
    producers = {int(o.outputs[0]): o for o in model.subgraphs[0].operators}
    undone: set[int] = set()
    while True:
        operator = producers[tensor]
        code = model.operatorCodes[operator.opcodeIndex]
        if max(code.builtinCode, code.deprecatedBuiltinCode) not in _UNDONE:
            return tensor, undone
        undone.add(id(operator))
        tensor = int(operator.inputs[0])
