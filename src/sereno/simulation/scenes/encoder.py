"""H.264 by a permissively licensed encoder (minih264 in WebAssembly, run by node); libx264 is never called."""

import subprocess
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

import av

from sereno.core.errors import unavailable
from sereno.runtime.registries import node_command


@dataclass(frozen=True, slots=True)
class Format:
    """``quantiser`` 10 (best) … 51; a key frame stands at the start of every second."""

    width: int
    height: int
    fps: int
    quantiser: int


class Encoder:
    """Takes frames of any size and leaves an MP4 when closed."""

    def __init__(self, format_: Format, library: Path, target: Path) -> None:
        self._format, self._target = format_, target
        self._raw = target.with_name(f".{target.name}.raw.mp4")
        script = files("sereno.simulation.scenes").joinpath("encode.js")
        numbers = (format_.width, format_.height, format_.fps, format_.fps, format_.quantiser)
        command = (node_command(), str(script), str(library), *(str(number) for number in numbers), str(self._raw))
        self._node = subprocess.Popen(command, stdin=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            self._node.kill()
            self._node.wait()
            self._raw.unlink(missing_ok=True)
            return
        self._close()

    def add(self, frame: av.VideoFrame) -> None:
        planes = frame.reformat(self._format.width, self._format.height, "yuv420p", interpolation="AREA").to_ndarray()
        pipe = self._node.stdin
        if pipe is None:
            raise unavailable("encoder_failed", "The encoder has no input.")
        try:
            pipe.write(planes.tobytes())
        except BrokenPipeError:
            raise self._failed() from None

    def _close(self) -> None:
        if self._node.stdin is not None:
            self._node.stdin.close()
        if self._node.wait() != 0:
            raise self._failed()
        repack(self._raw, self._target, self._format.fps)
        self._raw.unlink()

    def _failed(self) -> Exception:
        return unavailable(
            "encoder_failed", f"The encoder of {self._target.name} stopped.", "Its reason stands above; start again."
        )


def repack(source: Path, target: Path, fps: int) -> None:
    """The same packets with times that step evenly, so that a loop of them never drifts."""
    part = target.with_name(f".{target.name}.part.mp4")
    with av.open(str(source)) as given, av.open(str(part), "w", format="mp4") as made:
        entry = given.streams.video[0]
        stream = made.add_stream_from_template(entry)
        stream.time_base = entry.time_base
        tick = round(1 / (fps * float(entry.time_base or 1 / 90000)))
        number = 0
        for packet in given.demux(entry):
            if packet.size == 0:
                continue
            packet.pts = packet.dts = number * tick
            packet.duration = tick
            packet.stream = stream
            made.mux(packet)
            number += 1
    part.rename(target)
