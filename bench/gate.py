"""The gate: every frame, decode-all with MOG2, and ours, on the same clips and the same detections.

Each clip is seen three times in a row by ours, and the last time is measured: by then the packet gate has learned.
"""

import json
import subprocess
import time
from collections.abc import Sequence as Many
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

import av
import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure
from bench.gate_clips import CLIPS, QUICK, Clip, encoded
from bench.gate_ours import Packet, Seen, Watched, known, ours
from bench.gate_tracks import Looking, kept
from bench.mot import read_sequence, score
from bench.peers.environment import peer_python
from bench.track import MOT
from sereno.analytics.decode import Picture
from sereno.analytics.detectors.efficientdet import EfficientDetLite
from sereno.analytics.pace import is_due, next_due

FPS = 5.0
SCENES = {"quiet": "quiet", "mixed": "corridor", "busy": "pets"}
CODED = ("corridor", "quiet")
HELD_OUT = frozenset({"corridor", "corridor_night", "corridor_rain", "junction", "quiet", "tunnel"})
"""Clips on which no figure of the policy was fitted; they had a say when one of a few candidates was chosen."""
_MODEL = Path(__file__).parents[1] / "cache" / "assets" / "efficientdet-lite0.tflite"
_PEER = "decode-all + MOG2 + detect"


class PeerClip(TypedDict):
    """What the peer's script says of a clip."""

    moving: list[bool]
    decode_s: float
    gate_s: float


def run(quick: bool) -> Many[Figure]:
    clips = [clip for clip in CLIPS if not quick or clip.name in QUICK]
    paths = {clip.name: encoded(clip) for clip in clips}
    peers = _peer(paths)
    with TemporaryDirectory() as folder:
        detector = EfficientDetLite(_MODEL, Path(folder))
        seen = {clip.name: _watched(paths[clip.name], detector) for clip in clips}
    figures: list[Figure] = []
    totals: dict[str, NDArray[np.float64]] = {}
    for clip in clips:
        watched = seen[clip.name]
        rows, counts = _compared(clip, watched, peers[clip.name])
        figures += rows
        totals[clip.name] = counts
    for scene, name in SCENES.items():
        figures += _density(scene, seen[name]) if name in seen else []
    for clip in clips:
        figures += _announced(clip, seen[clip.name]) if clip.name in CODED and not quick else []
    held_out = _overall([counts for name, counts in totals.items() if name in HELD_OUT], "held_out_")
    return [*_overall(list(totals.values())), *held_out, *figures, *(_pets(seen["pets"]) if "pets" in seen else ())]


def _overall(counts: Many[NDArray[np.float64]], of: str = "") -> list[Figure]:
    """``of`` begins the keys."""
    summed = np.sum(counts, axis=0)
    frames, calls, peer_calls, tracks, our_kept, peer_tracks, peer_kept = (float(each) for each in summed)
    peers_kept = peer_kept / peer_tracks
    return [
        Figure(key=f"{of}fewer_calls", value=peer_calls / calls, unit="times", goal=4, bound="at_least"),
        Figure(key=f"{of}tracks_kept_of_peer", value=peers_kept, unit="share", goal=0.98, bound="at_least"),
        Figure(key=f"{of}tracks_kept", value=our_kept / tracks, unit=f"share of {tracks:.0f} tracks"),
        Figure(
            key=f"{of}frames_skipped",
            value=1 - calls / frames,
            unit="share",
            peer=_PEER,
            peer_value=1 - peer_calls / frames,
        ),
    ]


def _compared(clip: Clip, watched: Watched, peer: PeerClip) -> tuple[list[Figure], NDArray[np.float64]]:
    every, theirs = Looking(), Looking()
    moving = peer["moving"]
    for frame in watched.frames:
        every.look(frame.at_s, frame.found)
        if moving[min(frame.number, len(moving) - 1)]:
            theirs.look(frame.at_s, frame.found)
    mine = ours(watched)
    truth, believed = every.trails(), theirs.trails()
    frames, length_s = len(watched.frames), watched.length_s
    our_kept, their_kept = kept(truth, mine.trails), kept(truth, believed)
    counts = (frames, mine.calls, theirs.calls, len(truth), our_kept, len(believed), kept(believed, mine.trails))
    our_ms = (1 - mine.undecoded) * len(watched.packets) * watched.decode_ms + mine.asked * mine.gate_ms
    their_ms = 1000 * (peer["decode_s"] + peer["gate_s"])
    share = max(1, len(truth))

    def figure(key: str, value: float, unit: str, peer_value: float) -> Figure:
        return Figure(key=f"{key}_{clip.name}", value=value, unit=unit, peer=_PEER, peer_value=peer_value)

    rows = [
        figure("calls", mine.calls / frames, "share of frames", theirs.calls / frames),
        figure("kept", our_kept / share, f"share of {len(truth)} tracks", their_kept / share),
        figure("cpu", our_ms / length_s, "ms a camera-second, decode and gate", their_ms / length_s),
        Figure(key=f"undecoded_{clip.name}", value=mine.undecoded, unit="share of packets"),
    ]
    return rows, np.array(counts, dtype=np.float64)


def _density(scene: str, watched: Watched) -> list[Figure]:
    """How many such cameras one core serves, from the CPU time of each part of the work."""
    mine = ours(watched)
    parts = {
        "decode": (1 - mine.undecoded) * len(watched.packets) * watched.decode_ms,
        "gate": mine.asked * mine.gate_ms,
        "detect": mine.calls * watched.detect_ms,
        "track": mine.calls * mine.track_ms,
    }
    unit = "ms a camera-second"
    return [
        Figure(key=f"density_{scene}", value=1000 * watched.length_s / sum(parts.values()), unit="cameras a core"),
        *(Figure(key=f"density_{scene}_{part}", value=ms / watched.length_s, unit=unit) for part, ms in parts.items()),
    ]


def _announced(clip: Clip, watched: Watched) -> list[Figure]:
    """How well packet sizes announce what is tracked, by how the camera codes: what may sleep is decided by this."""
    figures = []
    for constant, gop_s in ((False, 2.0), (False, 10.0), (True, 2.0), (True, 10.0)):
        coded = replace(watched, packets=_packets(encoded(clip, constant=constant, gop_s=gop_s)))
        mine = ours(coded)
        name = f"{clip.name}_{'cbr' if constant else 'vbr'}_{gop_s:g}s"
        told = 1 - mine.trust.missed / max(1e-9, mine.trust.onsets)
        figures += [
            Figure(key=f"announced_{name}", value=told, unit="share of visits"),
            Figure(key=f"slept_{name}", value=mine.undecoded, unit="share of packets"),
        ]
    return figures


def _packets(path: Path) -> tuple[Packet, ...]:
    with av.open(path) as container:
        return tuple(
            Packet(float(packet.pts * packet.time_base), packet.size, packet.is_keyframe)
            for packet in container.demux(container.streams.video[0])
            if packet.size and packet.pts is not None and packet.time_base is not None
        )


def _watched(path: Path, detector: EfficientDetLite) -> Watched:
    packets: list[Packet] = []
    frames: list[Seen] = []
    decoded, due_s, decode_s, detect_s = 0, float("-inf"), 0.0, 0.0
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for packet in container.demux(stream):
            began_s = time.process_time()
            pictures = packet.decode()
            decode_s += time.process_time() - began_s
            if packet.size and packet.pts is not None and packet.time_base is not None:
                packets.append(Packet(float(packet.pts * packet.time_base), packet.size, packet.is_keyframe))
            for picture in pictures:
                at_s = picture.time or 0.0
                decoded += 1
                if not is_due(at_s, due_s):
                    continue
                due_s = next_due(at_s, due_s, 1 / FPS)
                seen = Picture(picture)
                began_s = time.process_time()
                found = detector.detect(seen.rgb(*detector.frame_size(seen.width, seen.height)))
                detect_s += time.process_time() - began_s
                frames.append(Seen(at_s, decoded - 1, seen.luma().copy(), found))
    length_s = packets[-1].at_s + packets[-1].at_s / max(1, len(packets) - 1)
    return Watched(tuple(packets), tuple(frames), length_s, 1000 * decode_s / decoded, 1000 * detect_s / len(frames))


def _peer(paths: dict[str, Path]) -> dict[str, PeerClip]:
    script = Path(__file__).parent / "peers" / "run_mog2.py"
    asked = json.dumps({"clips": {name: str(path) for name, path in paths.items()}})
    argv = (str(peer_python("motion")), str(script))
    answer = subprocess.run(argv, input=asked, stdout=subprocess.PIPE, text=True, check=True)
    clips: dict[str, PeerClip] = json.loads(answer.stdout)
    return clips


def _pets(watched: Watched) -> list[Figure]:
    """Scores against the truth on the frames that were offered; the clip's frame i is the truth's i + 1."""
    sequence = read_sequence(MOT / "PETS09-S2L1")
    offered = {frame.number + 1 for frame in watched.frames}
    truth = {number: rows for number, rows in sequence.truth.items() if number in offered}
    every, rows = Looking(), {}
    for frame in watched.frames:
        every.look(frame.at_s, frame.found)
        rows[frame.number + 1] = known(every.state, frame.at_s)
    whole = score(truth, rows)
    gated = score(truth, {number + 1: found for number, found in ours(watched).boxes.items()})
    peer = "every frame"
    return [
        Figure(key="pets_mota", value=gated.mota, unit="share", peer=peer, peer_value=whole.mota),
        Figure(key="pets_idf1", value=gated.idf1, unit="share", peer=peer, peer_value=whole.idf1),
        Figure(key="pets_switches", value=gated.switches, unit="ids", peer=peer, peer_value=whole.switches),
    ]
