"""ONNX Runtime: a network on the GPU where there is one, else on the CPU, and there too once the GPU has failed."""

import logging
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from threading import Timer
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort

from sereno.core.errors import AppError, data_loss, unavailable

log = logging.getLogger(__name__)

CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"
GPU_BATCH = 8
"""Frames at once; measured nowhere yet: no GPU was at hand."""
_CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"}
"""Without them every new batch size costs a search of seconds, and memory grows by doubling."""
_REASON_LENGTH = 240

RUNTIME_ERRORS = (
    ort.EPFail,
    ort.EngineError,
    ort.Fail,
    ort.InvalidArgument,
    ort.InvalidGraph,
    ort.InvalidProtobuf,
    ort.NoModel,
    ort.NoSuchFile,
    ort.NotFound,
    ort.NotImplemented,
    ort.RuntimeException,
    RuntimeError,
    ValueError,
)
"""All that ONNX Runtime raises; it knows no class of its own above them."""

Arrays = Mapping[str, NDArray[np.generic]]


class Device(StrEnum):
    """Where networks run."""

    AUTO = "auto"
    """On the GPU when the runtime offers one."""
    CPU = "cpu"
    CUDA = "cuda"


class Entry(Protocol):
    """What the runtime says of an input. ``shape`` holds words where a side is free."""

    name: str
    shape: Sequence[int | str | None]
    type: str


class Session(Protocol):
    """What is used of an ``onnxruntime.InferenceSession``."""

    def get_inputs(self) -> Sequence[Entry]: ...

    def get_outputs(self) -> Sequence[Entry]: ...

    def run(
        self, names: Sequence[str] | None, feeds: Arrays, run_options: onnxruntime.RunOptions | None = None
    ) -> Sequence[NDArray[np.generic]]: ...


OpenSession = Callable[[bytes, int, str], Session]
"""Of a model's bytes, the number of threads and a provider. Raises: one of ``RUNTIME_ERRORS``."""


def cuda_offered() -> bool:
    return CUDA in onnxruntime.get_available_providers()


def open_session(content: bytes, threads: int, provider: str) -> Session:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = [(CUDA, _CUDA_OPTIONS), CPU] if provider == CUDA else [CPU]
    session = onnxruntime.InferenceSession(content, options, providers=providers)
    session.disable_fallback()  # it would go to the CPU silently, and print
    if session.get_providers()[0] != provider:
        raise RuntimeError(f"{provider} could not be started")
    opened: Session = session
    return opened


class Network:
    """A model that runs. ``fault`` says why it does not run where it should."""

    def __init__(
        self,
        name: str,
        content: bytes,
        *,
        threads: int,
        device: Device = Device.AUTO,
        opener: OpenSession = open_session,
    ) -> None:
        """Raises: AppError data_loss when no back end takes the model."""
        self.name = name
        self.fault: AppError | None = None
        self._content = content
        self._threads = threads
        self._open = opener
        self._session, self._provider = self._opened(device)

    @property
    def on_gpu(self) -> bool:
        return self._provider == CUDA

    @property
    def inputs(self) -> Sequence[Entry]:
        return self._session.get_inputs()

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(each.name for each in self._session.get_outputs())

    def run(self, feeds: Arrays, limit_s: float | None = None) -> dict[str, NDArray[np.generic]]:
        """Every output by its name.

        Raises: AppError unavailable when the CPU failed too, or after ``limit_s``.
        """
        try:
            return self._run(feeds, limit_s)
        except RUNTIME_ERRORS as error:
            if not self.on_gpu:
                raise _failed(self.name, error) from None
            self._leave_gpu(error)
        try:
            return self._run(feeds, limit_s)
        except RUNTIME_ERRORS as error:
            raise _failed(self.name, error) from None

    def _run(self, feeds: Arrays, limit_s: float | None) -> dict[str, NDArray[np.generic]]:
        names = self.outputs
        if limit_s is None:
            return dict(zip(names, self._session.run(names, feeds), strict=True))
        options = onnxruntime.RunOptions()
        alarm = Timer(limit_s, setattr, (options, "terminate", True))
        alarm.start()
        try:
            return dict(zip(names, self._session.run(names, feeds, options), strict=True))
        finally:
            alarm.cancel()

    def _opened(self, device: Device) -> tuple[Session, str]:
        if device is not Device.CPU and (device is Device.CUDA or cuda_offered()):
            try:
                return self._open(self._content, self._threads, CUDA), CUDA
            except RUNTIME_ERRORS as error:
                self._tell(error)
        return self._on_cpu(), CPU

    def _on_cpu(self) -> Session:
        try:
            return self._open(self._content, self._threads, CPU)
        except RUNTIME_ERRORS as error:
            raise data_loss(
                "model_refused",
                f"The runtime refuses the model {self.name}: {_reason(error)}",
                "It may be broken, or use operators that this release does not know: export it anew.",
            ) from None

    def _leave_gpu(self, error: Exception) -> None:
        self._tell(error)
        self._session, self._provider = self._on_cpu(), CPU

    def _tell(self, error: Exception) -> None:
        """Once a network: it does not come back to the GPU before the next start."""
        self.fault = unavailable(
            "gpu_failed",
            f"The GPU does not run {self.name}: {_reason(error)}",
            "It runs on the CPU, slower, until the next start. Look at the driver and the card.",
        )
        log.error("model=%s %s", self.name, self.fault)


def _failed(name: str, error: Exception) -> AppError:
    return unavailable("model_failed", f"The model {name} failed: {_reason(error)}", "Choose another detector.")


def _reason(error: Exception) -> str:
    first = next(iter(str(error).splitlines()), type(error).__name__)
    return first[:_REASON_LENGTH]
