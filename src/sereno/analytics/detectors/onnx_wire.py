"""ONNX files, byte by byte: enough to write a small graph, and to see what a foreign file asks for before it is run.

Own code instead of the ``onnx`` package (27 MB): the runtime checks the graph anyway, and what it must not be asked for
(files beside the model) has to be seen before the runtime sees it.
Source: onnx.proto of ONNX 1.17; Protocol Buffers, "Encoding".
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Attribute = int | float | str | Sequence[int]

_FLOAT, _UINT8, _INT64 = 1, 2, 7
_TYPES = {np.dtype(np.float32): _FLOAT, np.dtype(np.uint8): _UINT8, np.dtype(np.int64): _INT64}
_OPSET, _IR_VERSION = 18, 9
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DEPTH_LIMIT = 64
_EXTERNAL = 1

# Which fields of a message hold messages that may lead to a tensor: onnx.proto.
_MODEL, _GRAPH, _NODE, _ATTRIBUTE, _TENSOR, _SPARSE, _TRAINING, _FUNCTION = range(8)
_CHILDREN: Mapping[int, Mapping[int, int]] = {
    _MODEL: {7: _GRAPH, 20: _TRAINING, 25: _FUNCTION},
    _GRAPH: {1: _NODE, 5: _TENSOR, 15: _SPARSE},
    _NODE: {5: _ATTRIBUTE},
    _ATTRIBUTE: {5: _TENSOR, 6: _GRAPH, 10: _TENSOR, 11: _GRAPH, 22: _SPARSE, 23: _SPARSE},
    _SPARSE: {1: _TENSOR, 2: _TENSOR},
    _TRAINING: {1: _GRAPH, 2: _GRAPH},
    _FUNCTION: {7: _NODE, 11: _ATTRIBUTE},
}
_TENSOR_EXTERNAL, _TENSOR_LOCATION = 13, 14
_MODEL_GRAPH = 7
_GRAPH_TENSOR, _GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_BETWEEN = 5, 11, 12, 13


def node(kind: str, inputs: Sequence[str], output: str, **attributes: Attribute) -> bytes:
    """A NodeProto."""
    parts = [_text(1, name) for name in inputs]
    parts += [_text(2, output), _text(4, kind)]
    parts += [_bytes(5, _attribute(name, value)) for name, value in attributes.items()]
    return b"".join(parts)


def tensor(name: str, content: NDArray[np.generic]) -> bytes:
    """A TensorProto with its content inside."""
    dims = b"".join(_integer(1, side) for side in content.shape)
    raw = np.ascontiguousarray(content).tobytes()
    return dims + _integer(2, _TYPES[content.dtype]) + _text(8, name) + _bytes(9, raw)


def value(name: str, kind: type[np.generic], shape: Sequence[int | str]) -> bytes:
    """A ValueInfoProto; a side that is a word is free."""
    sides = [_text(2, side) if isinstance(side, str) else _integer(1, side) for side in shape]
    dims = b"".join(_bytes(1, side) for side in sides)
    tensor_type = _integer(1, _TYPES[np.dtype(kind)]) + _bytes(2, dims)
    return _text(1, name) + _bytes(2, _bytes(1, tensor_type))


def model(nodes: Sequence[bytes], tensors: Sequence[bytes], inputs: Sequence[bytes], outputs: Sequence[bytes]) -> bytes:
    """A ModelProto of one graph."""
    graph = b"".join(
        [
            *(_bytes(1, each) for each in nodes),
            _text(2, "graph"),
            *(_bytes(5, each) for each in tensors),
            *(_bytes(11, each) for each in inputs),
            *(_bytes(12, each) for each in outputs),
        ]
    )
    return _integer(1, _IR_VERSION) + _text(2, "sereno") + _bytes(7, graph) + _bytes(8, _integer(2, _OPSET))


def with_constant_weights(content: bytes) -> bytes:
    """The same model, whose weights cannot be given as inputs: only then does a runtime fold them into each other.

    Raises: ValueError when these bytes are no ONNX file.
    """
    graph = _graph(content)
    weights = {_name(each, 8) for number, each in graph if number == _GRAPH_TENSOR}
    kept = [(number, each) for number, each in graph if number != _GRAPH_INPUT or _name(each, 1) not in weights]
    return _with_graph(content, kept)


def with_free_sides(content: bytes, shape: Sequence[int | str]) -> bytes:
    """The same model, whose inputs (float32) have this shape; a side that is a word is free.

    It no longer states the shapes that follow from it. Raises: ValueError when these bytes are no ONNX file.
    """
    changed: list[tuple[int, int | memoryview]] = []
    for number, each in _graph(content):
        if number == _GRAPH_INPUT:
            changed.append((number, memoryview(value(_name(each, 1), np.float32, shape))))
        elif number == _GRAPH_OUTPUT:
            any_shape = _bytes(2, _bytes(1, _integer(1, _FLOAT)))
            changed.append((number, memoryview(_text(1, _name(each, 1)) + any_shape)))
        elif number != _GRAPH_BETWEEN:
            changed.append((number, each))
    return _with_graph(content, changed)


def _graph(content: bytes) -> list[tuple[int, int | memoryview]]:
    for number, each in _fields(memoryview(content)):
        if number == _MODEL_GRAPH and isinstance(each, memoryview):
            return list(_fields(each))
    raise ValueError("no graph")


def _with_graph(content: bytes, graph: Sequence[tuple[int, int | memoryview]]) -> bytes:
    """Neither a model nor a graph has fields of fixed width, which would be written otherwise."""
    packed = b"".join(_field(number, each) for number, each in graph)
    fields = _fields(memoryview(content))
    return b"".join(
        _bytes(number, packed) if number == _MODEL_GRAPH else _field(number, each) for number, each in fields
    )


def _field(number: int, content: int | memoryview) -> bytes:
    return _integer(number, content) if isinstance(content, int) else _bytes(number, bytes(content))


def _name(message: int | memoryview, number: int) -> str:
    found = () if isinstance(message, int) else _fields(message)
    return next((bytes(each).decode() for field, each in found if field == number and not isinstance(each, int)), "")


def keeps_content_elsewhere(content: bytes) -> bool:
    """Whether any tensor of this model lies in another file (ONNX external data).

    Raises: ValueError when these bytes are no ONNX file.
    """
    if not any(number == 7 for number, _ in _fields(memoryview(content))):
        raise ValueError("no graph")
    return _is_external(memoryview(content), _MODEL, 0)


def _is_external(message: memoryview, kind: int, depth: int) -> bool:
    if depth > _DEPTH_LIMIT:
        raise ValueError("nested too deep")
    if kind == _TENSOR:
        return any(
            number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and content == _EXTERNAL)
            for number, content in _fields(message)
        )
    children = _CHILDREN[kind]
    return any(
        _is_external(content, children[number], depth + 1)
        for number, content in _fields(message)
        if number in children and isinstance(content, memoryview)
    )


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Each field's number and content. Raises: ValueError."""
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            content, at = _read_varint(message, at)
            yield number, content
            continue
        if wire == _BYTES:
            size, at = _read_varint(message, at)
        else:
            size = {_FIXED64: 8, _FIXED32: 4}.get(wire, -1)
        if size < 0 or at + size > len(message):
            raise ValueError("broken off, or no protocol buffer")
        yield number, message[at : at + size]
        at += size


def _read_varint(message: memoryview, at: int) -> tuple[int, int]:
    found = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        found |= (byte & 0x7F) << shift
        if byte < 0x80:
            return found, at
    raise ValueError("broken off, or no protocol buffer")


def _attribute(name: str, content: Attribute) -> bytes:
    if isinstance(content, int):
        return _text(1, name) + _integer(3, content) + _integer(20, 2)
    if isinstance(content, float):
        return _text(1, name) + _key(2, _FIXED32) + np.float32(content).tobytes() + _integer(20, 1)
    if isinstance(content, str):
        return _text(1, name) + _text(4, content) + _integer(20, 3)
    return _text(1, name) + b"".join(_integer(8, each) for each in content) + _integer(20, 7)


def _integer(number: int, content: int) -> bytes:
    return _key(number, _VARINT) + _varint(content)


def _text(number: int, content: str) -> bytes:
    return _bytes(number, content.encode())


def _bytes(number: int, content: bytes) -> bytes:
    return _key(number, _BYTES) + _varint(len(content)) + content


def _key(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _varint(content: int) -> bytes:
    content &= (1 << 64) - 1
    parts = bytearray()
    while content >= 0x80:
        parts.append(content & 0x7F | 0x80)
        content >>= 7
    parts.append(content)
    return bytes(parts)
