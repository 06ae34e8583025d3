"""One simulated camera: what it shows depends on the time alone, so all its viewers are in phase."""

import asyncio
import random
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Protocol

from sereno.core.clock import Clock
from sereno.core.media_time import TICKS_PER_S, ticks_of_seconds, wall_ticks
from sereno.simulation.rtsp.clip import AccessUnit, Clip
from sereno.simulation.rtsp.faults import NO_FAULTS, Faults
from sereno.simulation.rtsp.packetise import INTERLEAVED_HEADER, RTP_HEADER, goodbye, patched, sender_report
from sereno.simulation.rtsp.sound import SoundSource, Voice

REPORT_EVERY_TICKS = 5 * TICKS_PER_S
LATE_TICKS = TICKS_PER_S
"""After a pause of the whole process longer than this, a camera goes on from the last key frame."""
BACKLOG_LIMIT = 4 * 1024 * 1024
"""Bytes that wait for a slow viewer before its pictures are skipped up to the next key frame."""


class Sink(Protocol):
    """Where a viewer's packets go."""

    rtp_channel: int

    def send(self, wire: bytearray, starts: tuple[int, ...]) -> None:
        """Packets, each behind its interleaved header at one of ``starts``."""
        ...

    def send_report(self, report: bytes) -> None: ...

    def backlog(self) -> int:
        """Bytes that have not left yet."""
        ...

    def drop(self) -> None:
        """Cut the connection without a word."""
        ...


class CameraClock:
    """The camera's own time line: ticks since 1970 that never step, whatever happens to the machine's wall clock."""

    def __init__(self, clock: Clock, speed: float = 1.0) -> None:
        self.speed = speed
        self._clock = clock
        self._wall = wall_ticks(clock.now())
        self._began_s = clock.monotonic_s()

    def position(self) -> int:
        return self._wall + ticks_of_seconds(self._clock.monotonic_s() - self._began_s)


@dataclass(eq=False, slots=True)
class Viewer:
    """One PLAY: its own SSRC, sequence numbers and origin of time stamps."""

    sink: Sink
    ssrc: int
    sequence: int
    origin: int
    """RTP time stamp of 1970-01-01, modulo 2**32."""
    packets: int = 0
    octets: int = 0
    awaits_key: bool = False
    report_due: int = 0
    dropped: int = 0
    """Access units that were skipped because the viewer reads too slowly."""
    voice: tuple[Voice, Sink] | None = None
    """Its sound track and where that goes, if it asked for one."""

    def deliver(self, unit: AccessUnit, timestamp: int, faults: Faults, chance: random.Random) -> None:
        if self.sink.backlog() > BACKLOG_LIMIT:
            self.awaits_key = True
        if self.awaits_key and not unit.key:
            self.dropped += 1
            return
        self.awaits_key = False
        if unit.key and faults.keyless:
            return
        starts = unit.cut.starts
        wire = patched(
            unit.cut,
            channel=self.sink.rtp_channel,
            sequence=self.sequence,
            timestamp=self.origin + (0 if faults.stopped_time_stamps else timestamp),
            ssrc=self.ssrc,
        )
        self.sequence = self.sequence + len(starts) & 0xFFFF
        self.packets += len(starts)
        self.octets += unit.cut.octets
        if faults.garbage_payload:
            _spoil(wire, starts, chance)
        if faults.loss:
            wire, starts = _thinned(wire, starts, faults.loss, chance)
        if faults.swapped or faults.doubled:
            wire, starts = _shuffled(wire, starts, faults, chance)
        if starts:
            self.sink.send(wire, starts)

    def speak(self, source: SoundSource, number: int) -> None:
        if self.voice is not None:
            voice, sink = self.voice
            sink.send(voice.packet(source, number, sink.rtp_channel), (0,))

    def report_sound(self, source: SoundSource, position: int) -> None:
        if self.voice is not None:
            voice, sink = self.voice
            sink.send_report(
                sender_report(
                    ssrc=voice.ssrc,
                    wall=position,
                    timestamp=voice.timestamp(source, position),
                    packets=voice.packets,
                    octets=voice.octets,
                )
            )

    def report(self, position: int) -> None:
        self.report_due = position + REPORT_EVERY_TICKS
        self.sink.send_report(
            sender_report(
                ssrc=self.ssrc,
                wall=position,
                timestamp=self.origin + position,
                packets=self.packets,
                octets=self.octets,
            )
        )


def _spoil(wire: bytearray, starts: tuple[int, ...], chance: random.Random) -> None:
    for start, end in zip(starts, (*starts[1:], len(wire)), strict=True):
        begin = start + INTERLEAVED_HEADER + RTP_HEADER
        wire[begin:end] = chance.randbytes(end - begin)


def _thinned(
    wire: bytearray, starts: tuple[int, ...], loss: float, chance: random.Random
) -> tuple[bytearray, tuple[int, ...]]:
    kept, kept_starts = bytearray(), []
    for start, end in zip(starts, (*starts[1:], len(wire)), strict=True):
        if chance.random() >= loss:
            kept_starts.append(len(kept))
            kept += wire[start:end]
    return kept, tuple(kept_starts)


def _shuffled(
    wire: bytearray, starts: tuple[int, ...], faults: Faults, chance: random.Random
) -> tuple[bytearray, tuple[int, ...]]:
    packets = [wire[start:end] for start, end in zip(starts, (*starts[1:], len(wire)), strict=True)]
    packets = [packet for packet in packets for _ in range(2 if chance.random() < faults.doubled else 1)]
    if chance.random() < faults.swapped:
        chance.shuffle(packets)
    at = list(accumulate((len(packet) for packet in packets), initial=0))
    return bytearray(b"".join(packets)), tuple(at[:-1])


@dataclass(eq=False, slots=True)
class Camera:
    """Sends each access unit when it is due, to all viewers; idle while nobody watches."""

    clip: Clip
    clock: CameraClock
    phase_ticks: int = 0
    """How far into the loop this camera is ahead of others with the same clip."""
    faults: Faults = NO_FAULTS
    viewers: set[Viewer] = field(default_factory=set)
    sound: SoundSource | None = None
    _spoken: int = 0
    """Up to which position sound was sent."""
    _next: tuple[int, int] = (0, 0)
    _timer: asyncio.TimerHandle | None = None
    _chance: random.Random = field(default_factory=lambda: random.Random(7))

    def first_timestamp(self, viewer: Viewer) -> int:
        """RTP time stamp of what ``join`` will send first."""
        if self._timer is None:
            self._next = self.clip.after(self._position())
        loop, first, _last = self._since_key()
        shown = loop * self.clip.loop_ticks + self.clip.units[first].shown - self.phase_ticks
        return viewer.origin + self._told(shown) & 0xFFFFFFFF

    def join(self, viewer: Viewer) -> None:
        """Sends what came since the last key frame, then every unit as it is due."""
        if self._timer is None:
            self._next = self.clip.after(self._position())
        viewer.report(self._told(self.clock.position()))
        viewer.awaits_key = self.faults.joins_mid_gop
        if not (self.faults.joins_mid_gop or self.faults.frozen):
            self._catch_up(viewer)
        self.viewers.add(viewer)
        if self._timer is None:
            self._spoken = self.clock.position()
            self._schedule()

    def leave(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)
        if not self.viewers and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def change(self, faults: Faults) -> None:
        """From now on the camera behaves like this."""
        was, self.faults = self.faults, faults
        for viewer in list(self.viewers):
            if faults.cut:
                viewer.sink.drop()
            if faults.frozen and not was.frozen:
                viewer.awaits_key = True
            if faults.clock_jump_s != was.clock_jump_s:
                viewer.report_due = 0

    def change_clip(self, clip: Clip) -> None:
        """Show something else, from its last key frame on: another GOP length, size or codec in mid-stream."""
        self.clip = clip
        self._next = clip.after(self._position())
        for viewer in self.viewers:
            viewer.awaits_key = False
            self._catch_up(viewer)
        if self._timer is not None:
            self._timer.cancel()
            self._schedule()

    def say_goodbye(self, viewer: Viewer) -> None:
        viewer.sink.send_report(goodbye(viewer.ssrc))

    def _position(self) -> int:
        return self.clock.position() + self.phase_ticks

    def _told(self, position: int) -> int:
        """``position`` as the camera's clock tells it."""
        return position + ticks_of_seconds(self.faults.clock_jump_s)

    def _since_key(self) -> tuple[int, int, int]:
        """Loop, index of its last key frame that was due, index of its last unit that was due."""
        loop, index = self._next
        loop, last = (loop, index - 1) if index else (loop - 1, len(self.clip.units) - 1)
        return loop, self.clip.key_before(last), last

    def _catch_up(self, viewer: Viewer) -> None:
        loop, first, last = self._since_key()
        for at in range(first, last + 1):
            self._deliver(viewer, loop, at)

    def _deliver(self, viewer: Viewer, loop: int, index: int) -> None:
        unit = self.clip.units[index]
        shown = loop * self.clip.loop_ticks + unit.shown - self.phase_ticks
        viewer.deliver(unit, self._told(shown), self.faults, self._chance)

    def _due(self) -> int:
        loop, index = self._next
        return loop * self.clip.loop_ticks + self.clip.units[index].due

    def _schedule(self) -> None:
        wait_s = max(0, self._due() - self._position()) / TICKS_PER_S / self.clock.speed
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._tick)

    def _tick(self) -> None:
        position = self._position()
        if position - self._due() > LATE_TICKS:
            loop, index = self.clip.after(position)
            self._next = (loop, self.clip.key_before(index))
        while self._due() <= position:
            loop, index = self._next
            if not self.faults.frozen:
                for viewer in list(self.viewers):
                    self._deliver(viewer, loop, index)
            self._next = (loop, index + 1) if index + 1 < len(self.clip.units) else (loop + 1, 0)
        self._speak()
        self._report()
        if self.viewers:
            self._schedule()

    def _speak(self) -> None:
        until = self.clock.position()
        if self.sound is not None and not (self.faults.frozen or self.faults.dumb):
            jump = ticks_of_seconds(self.faults.clock_jump_s)
            for number in self.sound.due(max(self._spoken, until - LATE_TICKS) + jump, until + jump):
                for viewer in self.viewers:
                    viewer.speak(self.sound, number)
        self._spoken = until

    def _report(self) -> None:
        position = self._told(self.clock.position())
        for viewer in self.viewers:
            if not self.faults.frozen and not 0 < viewer.report_due - position <= REPORT_EVERY_TICKS:
                viewer.report(position)
                if self.sound is not None:
                    viewer.report_sound(self.sound, position)
