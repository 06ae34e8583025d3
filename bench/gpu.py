"""A GPU end to end: streams decoded in threads, their newest frames detected in batches, each stream tracked.

Runs only where ONNX Runtime offers CUDA; elsewhere it says so and gives no figure.
"""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from threading import Event, Thread

import av
import numpy as np

from bench.detect_truth import ASSETS
from bench.figures import Figure
from sereno.analytics.detectors.catalogue import DetectorPool, ModelFolders
from sereno.analytics.detectors.port import Detector, Frame
from sereno.analytics.detectors.sessions import Device, cuda_offered
from sereno.analytics.tracker import TrackerSettings, TrackerState, step

CLIP = ASSETS / "people.webm"
DETECTORS = ("efficientdet-lite0", "efficientdet-lite2", "yolox-tiny")
STREAMS = 16
FPS = 5
"""Frames a second that a camera's analysis looks at."""
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def run(quick: bool) -> Sequence[Figure]:
    if not cuda_offered():
        print("gpu: ONNX Runtime offers no CUDA on this machine, so nothing was measured", file=sys.stderr)
        return []
    figures = []
    with TemporaryDirectory() as folder:
        pool = DetectorPool(ModelFolders(assets=ASSETS, cache=Path(folder)), threads=1, device=Device.CUDA)
        for name in DETECTORS:
            fps = end_to_end(pool.get(name), STREAMS, seconds=3 if quick else 20)
            if set(pool.states().values()) != {"cuda"}:
                print(f"gpu: {name} did not stay on the GPU: {pool.states()}", file=sys.stderr)
                continue
            figures.append(Figure(key=f"fps_{name}", value=fps, unit="frames/s"))
            figures.append(Figure(key=f"cameras_{name}", value=fps / FPS, unit=f"cameras at {FPS} fps"))
    return figures


def end_to_end(detector: Detector, streams: int, seconds: float) -> float:
    """Frames a second that were decoded, detected and tracked, after a second of warming up."""
    stop = Event()
    queues: list[Queue[Frame]] = [Queue(maxsize=2) for _ in range(streams)]
    threads = [Thread(target=_decoded, args=(detector, queue, stop), daemon=True) for queue in queues]
    for thread in threads:
        thread.start()
    states = [TrackerState() for _ in queues]
    looked = turn = 0
    warm = time.monotonic() + 1
    began = ended = time.monotonic()
    while ended - began < seconds:
        chosen, frames = _batch(queues, turn, max(1, detector.batch))
        turn += len(chosen) or 1
        for index, found in zip(chosen, detector.detect_batch(frames), strict=True):
            at = _BEGIN + timedelta(seconds=looked / FPS)
            states[index] = step(states[index], found, at, TrackerSettings()).state
        ended = time.monotonic()
        if ended < warm:
            began = ended
        else:
            looked += len(frames)
    stop.set()
    for thread in threads:
        thread.join()
    return looked / (ended - began)


def _batch(queues: Sequence[Queue[Frame]], turn: int, size: int) -> tuple[list[int], list[Frame]]:
    """The next frames of the streams whose turn it is; waits for none that has nothing."""
    chosen: list[int] = []
    frames: list[Frame] = []
    for offset in range(len(queues)):
        index = (turn + offset) % len(queues)
        try:
            frames.append(queues[index].get(timeout=0 if frames else 0.01))
        except Empty:
            continue
        chosen.append(index)
        if len(frames) == size:
            break
    return chosen, frames


def _decoded(detector: Detector, queue: Queue[Frame], stop: Event) -> None:
    """Round and round the clip, each frame at the size the detector asks for."""
    while not stop.is_set():
        with av.open(str(CLIP)) as container:
            for frame in container.decode(video=0):
                if stop.is_set():
                    return
                size = detector.frame_size(frame.width, frame.height)
                picture = np.ascontiguousarray(frame.reformat(*size, format="rgb24").to_ndarray(), np.uint8)
                _put(queue, picture, stop)


def _put(queue: Queue[Frame], picture: Frame, stop: Event) -> None:
    while not stop.is_set():
        if queue.full():
            stop.wait(0.001)
            continue
        queue.put(picture)
        return
