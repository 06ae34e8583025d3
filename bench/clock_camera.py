"""A camera that shows the wall clock: ``python -m bench.clock_camera WIDTH HEIGHT [PATH=FILE.mp4 ...]``.

The time stands in black and white fields, encoded as it happens (a test tool's encoder) and served over RTSP as
``clock`` beside looping clips. In a process of its own, because its work is the camera's and not the recorder's.
"""

import asyncio
import random
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from sereno.core.clock import SystemClock
from sereno.core.media_time import TICKS_PER_S
from sereno.simulation.rtsp.clip import AccessUnit, Clip, load_clip
from sereno.simulation.rtsp.faults import NO_FAULTS, Faults
from sereno.simulation.rtsp.packetise import Codec, cut
from sereno.simulation.rtsp.server import Mount, RtspServer

COLUMNS, ROWS = 10, 4
LEFT, TOP, RIGHT, BOTTOM = 0.1, 0.3, 0.9, 0.7
"""Where the fields stand, in fractions of the picture."""
FPS = 25
PATH = "clock"


def fields_of(wall_ms: int) -> list[bool]:
    """32 bits of the time and 8 of their sum, by which a half-drawn picture is told."""
    time_bits = wall_ms & 0xFFFFFFFF
    word = time_bits << 8 | sum(time_bits.to_bytes(4, "big")) & 0xFF
    return [bool(word >> bit & 1) for bit in range(COLUMNS * ROWS)]


def time_of(bright: list[bool]) -> int | None:
    """The 32 bits; None when their sum is not right."""
    word = sum(1 << bit for bit, one in enumerate(bright) if one)
    time_bits = word >> 8
    return time_bits if sum(time_bits.to_bytes(4, "big")) & 0xFF == word & 0xFF else None


def draw(luma: NDArray[np.uint8], wall_ms: int) -> None:
    height, width = luma.shape
    for number, bright in enumerate(fields_of(wall_ms)):
        row, column = divmod(number, COLUMNS)
        x = [round(width * (LEFT + (RIGHT - LEFT) * (column + step) / COLUMNS)) for step in (0, 1)]
        y = [round(height * (TOP + (BOTTOM - TOP) * (row + step) / ROWS)) for step in (0, 1)]
        luma[y[0] : y[1], x[0] : x[1]] = 235 if bright else 16


class Encoder:
    def __init__(self, width: int, height: int) -> None:
        self._planes = np.full((height * 3 // 2, width), 128, np.uint8)
        noise = np.random.default_rng(7).integers(60, 190, (height // 8, width // 8), np.uint8)
        self._planes[:height] = np.kron(noise, np.ones((8, 8), np.uint8))
        self._height = height
        context = av.CodecContext.create("libx264", "w")
        if not isinstance(context, av.VideoCodecContext):
            raise TypeError("no video encoder")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = Fraction(1, FPS)
        context.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(FPS), "bf": "0", "crf": "26"}
        self._context = context
        self._count = 0

    def picture(self, wall_ms: int) -> tuple[bool, list[bytes]]:
        """Whether it is a key frame, and its NAL units."""
        draw(self._planes[: self._height], wall_ms)
        frame = av.VideoFrame.from_ndarray(self._planes, format="yuv420p")
        frame.pts = self._count
        self._count += 1
        packets = self._context.encode(frame)
        content = b"".join(bytes(packet) for packet in packets)
        units = [unit.rstrip(b"\0") for unit in content.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
        return any(packet.is_keyframe for packet in packets), units


async def main() -> None:
    width, height = int(sys.argv[1]), int(sys.argv[2])
    encoder = Encoder(width, height)
    _key, units = encoder.picture(0)
    sets = tuple(unit for unit in units if unit[0] & 31 in (7, 8))
    first = AccessUnit(0, 0, key=True, cut=cut(Codec.H264, units))
    still = Clip(Codec.H264, width, height, FPS, sets, TICKS_PER_S, (first,))
    mounts = [Mount(path=PATH, clip=still, faults=Faults(frozen=True))]
    for mount in sys.argv[3:]:
        path, _, file = mount.partition("=")
        mounts.append(Mount(path=path, clip=load_clip(Path(file))))
    server = RtspServer(mounts, SystemClock())
    await server.start()
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    camera = server.camera(PATH)
    chance = random.Random(7)
    due_s = time.monotonic()
    while True:
        due_s += 1 / FPS
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        ticks = camera.clock.position()
        key, units = encoder.picture(time.time_ns() // 1_000_000)
        unit = AccessUnit(ticks, ticks, key=key, cut=cut(Codec.H264, units))
        for viewer in list(camera.viewers):
            viewer.deliver(unit, ticks, NO_FAULTS, chance)


if __name__ == "__main__":
    asyncio.run(main())
