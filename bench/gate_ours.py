"""A clip as an analyst sees it: packet gate, motion gate and look policy over detections that were made before."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from bench.gate_tracks import Looking, Trail
from bench.track import BEGIN
from sereno.analytics.gate.decoding import SizeGate
from sereno.analytics.gate.looks import LookPolicy
from sereno.analytics.gate.packets import Trust
from sereno.analytics.gate.watching import MotionGate
from sereno.analytics.model import Detection, ObjectKind
from sereno.analytics.tracker import SPARSE, TrackerState
from sereno.core.geometry import Box

PASSES = 3
_PAUSE_S = 10.0
Known = tuple[tuple[int, Box, float], ...]
"""Believed persons: number, place, score."""


@dataclass(frozen=True, slots=True)
class Packet:
    at_s: float
    size: int
    key: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame that is offered to the analysis; ``number`` counts decoded pictures from 0."""

    at_s: float
    number: int
    luma: NDArray[np.uint8]
    found: tuple[Detection, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A clip, decoded and detected once. Units: seconds, milliseconds of CPU for one frame."""

    packets: tuple[Packet, ...]
    frames: tuple[Seen, ...]
    length_s: float
    decode_ms: float
    detect_ms: float


@dataclass(frozen=True, slots=True)
class Ours:
    trails: list[Trail]
    boxes: dict[int, Known]
    calls: int
    undecoded: float
    """Share of packets that were never decoded."""
    gate_ms: float
    """For one frame that was decoded and due."""
    asked: int
    """Such frames."""
    track_ms: float
    """For one look."""
    trust: Trust


def ours(watched: Watched) -> Ours:
    """The last of three passes: by then the packet gate has learned what it can."""
    seeing = _Seeing(watched)
    for i in range(PASSES - 1):
        seeing.see(i * (watched.length_s + _PAUSE_S))
    began_s = (PASSES - 1) * (watched.length_s + _PAUSE_S)
    calls, seeing.asked, seeing.gate_s = seeing.looking.calls, 0, 0.0
    awake = seeing.see(began_s)
    trails = seeing.looking.trails(began_s)
    for trail in trails:
        trail.times[:] = [time_s - began_s for time_s in trail.times]
    return Ours(
        trails=trails,
        boxes=seeing.boxes,
        calls=seeing.looking.calls - calls,
        undecoded=1 - awake.decoded / len(watched.packets),
        gate_ms=1000 * seeing.gate_s / max(1, seeing.asked),
        asked=seeing.asked,
        track_ms=1000 * seeing.track_s / seeing.looking.calls,
        trust=seeing.sizes.trust,
    )


@dataclass(slots=True)
class _Awake:
    """What the decoder gets: a packet that is wanted, with all that waited since the last key frame."""

    decoded: int = 0
    now: bool = False
    _waiting: int = 0

    def take(self, packet: Packet, *, wanted: bool) -> None:
        self._waiting = 1 if packet.key else self._waiting + 1
        self.now = wanted
        if wanted:
            self.decoded += self._waiting
            self._waiting = 0


@dataclass(slots=True)
class _Seeing:
    watched: Watched
    sizes: SizeGate = field(default_factory=SizeGate)
    gate: MotionGate = field(default_factory=lambda: MotionGate(LookPolicy()))
    looking: Looking = field(default_factory=lambda: Looking(SPARSE))
    boxes: dict[int, Known] = field(default_factory=dict)
    asked: int = 0
    gate_s: float = 0.0
    track_s: float = 0.0

    def see(self, base_s: float) -> _Awake:
        awake = _Awake()
        frames = iter(self.watched.frames)
        frame = next(frames, None)
        for packet in self.watched.packets:
            at = _at(base_s + packet.at_s)
            awake.take(packet, wanted=self.sizes.step(packet.size, key=packet.key, at=at))
            while frame is not None and frame.at_s <= packet.at_s + 1e-6:
                if awake.now:
                    self._consider(frame, base_s + frame.at_s)
                self.boxes[frame.number] = known(self.looking.state, base_s + frame.at_s)
                frame = next(frames, None)
        return awake

    def _consider(self, frame: Seen, at_s: float) -> None:
        self.asked += 1
        began_s = time.process_time()
        why = self.gate.asks(frame.luma, _at(at_s), self.looking.state)
        self.gate_s += time.process_time() - began_s
        if why is not None:
            began_s = time.process_time()
            self.looking.look(at_s, frame.found)
            self.track_s += time.process_time() - began_s
            self.gate.looked(self.looking.state.tracks)
        believed = [track.began_at for track in self.looking.state.tracks if track.believed]
        self.sizes.told(_at(at_s), moving=self.gate.moving, live_since=min(believed, default=None))


def known(state: TrackerState, at_s: float) -> Known:
    """Where the believed persons that the last look found should be by now."""
    if state.at is None:
        return ()
    elapsed_s = (_at(at_s) - state.at).total_seconds()
    return tuple(
        (track.number, track.motion.after(elapsed_s).box, 1.0)
        for track in state.tracks
        if track.believed and track.detection is not None and track.kind is ObjectKind.PERSON
    )


def _at(at_s: float) -> datetime:
    return BEGIN + timedelta(seconds=at_s)
