"""A list of a million plates against readings with at most one error: ours, rapidfuzz and SymSpell on the same list."""

import json
import random
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.figures import Figure
from bench.peers.environment import peer_python
from sereno.core.ids import ListEntryId
from sereno.watchlists.matching import PlateIndex
from sereno.watchlists.model import ListKind, SoughtPlate

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LETTERS, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_SHAPES = ("LLDDDLL", "LLLDDD")
GOAL_US = 100.0


def run(quick: bool) -> Sequence[Figure]:
    listed, readings = made(100_000 if quick else 1_000_000, 2_000 if quick else 20_000)
    index, built_s, megabytes = indexed(listed)
    ours, answers = timed(index, readings)
    peers = of_peers(listed, readings, answers)
    return [
        Figure(
            key="p99_us",
            value=float(np.percentile(ours, 99)),
            unit="us",
            goal=GOAL_US,
            bound="at_most",
            peer="SymSpell",
            peer_value=peers["symspell"]["p99_us"],
        ),
        Figure(key="p50_us", value=float(np.percentile(ours, 50)), unit="us"),
        Figure(key="rapidfuzz_p50_us", value=peers["rapidfuzz"]["p50_us"], unit="us"),
        Figure(key="symspell_p50_us", value=peers["symspell"]["p50_us"], unit="us"),
        Figure(key="plates", value=len(listed), unit="plates"),
        Figure(key="build_s", value=built_s, unit="s", peer="SymSpell", peer_value=peers["symspell"]["build_s"]),
        Figure(key="memory_mb", value=megabytes, unit="MB", peer="SymSpell", peer_value=peers["symspell"]["memory_mb"]),
        Figure(key="agrees_with_rapidfuzz", value=peers["rapidfuzz"]["agree"], unit="share", goal=1, bound="at_least"),
        Figure(key="readings_near_a_stranger", value=share_near(answers, listed, readings), unit="share"),
    ]


def made(plates: int, readings: int) -> tuple[list[str], list[str]]:
    """Plates of Argentina's two patterns; half of the readings are strangers, half listed ones with up to one error."""
    chance = random.Random(11)
    listed = sorted({_plate(chance) for _ in range(plates)})
    seen = [_misread(chance, chance.choice(listed)) if i % 2 else _plate(chance) for i in range(readings)]
    return listed, seen


def indexed(listed: Sequence[str]) -> tuple[PlateIndex, float, float]:
    """The index, how long it took to build, and what it holds in MB."""
    sought = [
        SoughtPlate(entry_id=ListEntryId(f"{i:026}"), plate=p, list=ListKind.STOLEN, expires_at=NOW + timedelta(days=9))
        for i, p in enumerate(listed)
    ]
    began_s = time.perf_counter()
    index = PlateIndex.of(sought)
    built_s = time.perf_counter() - began_s
    columns = (index.codes, index.parts, index.rows, index.entry_ids, index.urgencies, index.expiries)
    return index, built_s, sum(column.nbytes for column in columns) / 1e6


def timed(index: PlateIndex, readings: Sequence[str]) -> tuple[list[float], list[list[str]]]:
    """Microseconds a reading, and the plates it found."""
    spent, answers = [], []
    for reading in readings:
        began_s = time.perf_counter()
        found = index.match(reading, NOW)
        spent.append((time.perf_counter() - began_s) * 1e6)
        answers.append(sorted(match.plate.plate for match in found))
    return spent, answers


def of_peers(
    listed: Sequence[str], readings: Sequence[str], answers: Sequence[list[str]]
) -> dict[str, dict[str, float]]:
    script = Path(__file__).with_name("peers") / "run_plate_lists.py"
    asked = json.dumps({"listed": listed, "readings": readings[:2_000], "answers": answers[:2_000]})
    done = subprocess.run(
        [peer_python("plates-list"), script], input=asked, stdout=subprocess.PIPE, text=True, check=True
    )
    told: dict[str, dict[str, float]] = json.loads(done.stdout)
    return told


def share_near(answers: Sequence[list[str]], listed: Sequence[str], readings: Sequence[str]) -> float:
    """Of readings of cars that are in no list, those that a tolerance of one error would have matched."""
    known = set(listed)
    strangers = [found for found, reading in list(zip(answers, readings, strict=True))[::2] if reading not in known]
    return sum(bool(found) for found in strangers) / len(strangers)


def _plate(chance: random.Random) -> str:
    shape = chance.choice(_SHAPES)
    return "".join(chance.choice(_LETTERS if kind == "L" else _DIGITS) for kind in shape)


def _misread(chance: random.Random, plate: str) -> str:
    place = chance.randrange(len(plate))
    sign = chance.choice(_LETTERS + _DIGITS)
    return chance.choice(
        (
            plate,
            plate[:place] + sign + plate[place + 1 :],
            plate[:place] + plate[place + 1 :],
            plate[:place] + sign + plate[place:],
        )
    )
