"""Runs in the peer's environment: the same list and readings with rapidfuzz and SymSpell.

Standard input: ``{"listed", "readings", "answers"}``, the last being what Sereno found for each reading. Standard
output: for each peer its microseconds a reading; whether rapidfuzz, which looks at every plate, agrees with Sereno.
"""

import json
import resource
import sys
import time

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from symspellpy import SymSpell, Verbosity

_OF_RAPIDFUZZ = 200
"""It looks at the whole list for each reading: a part of the readings is enough."""


def main() -> None:
    asked = json.load(sys.stdin)
    listed, readings = asked["listed"], asked["readings"]
    json.dump(
        {"rapidfuzz": by_rapidfuzz(listed, readings, asked["answers"]), "symspell": by_symspell(listed, readings)},
        sys.stdout,
    )


def by_rapidfuzz(listed: list[str], readings: list[str], answers: list[list[str]]) -> dict[str, float]:
    spent, agree = [], 0
    for reading, ours in list(zip(readings, answers, strict=True))[:_OF_RAPIDFUZZ]:
        began_s = time.perf_counter()
        found = process.extract(reading, listed, scorer=Levenshtein.distance, score_cutoff=1, limit=None)
        spent.append((time.perf_counter() - began_s) * 1e6)
        agree += sorted(plate for plate, _, _ in found) == ours
    return {**_percentiles(spent), "agree": agree / len(spent)}


def by_symspell(listed: list[str], readings: list[str]) -> dict[str, float]:
    before, began_s = _megabytes(), time.perf_counter()
    index = SymSpell(max_dictionary_edit_distance=1, prefix_length=10)
    for plate in listed:
        index.create_dictionary_entry(plate, 1)
    built_s = time.perf_counter() - began_s
    spent = []
    for reading in readings:
        began_s = time.perf_counter()
        index.lookup(reading, Verbosity.ALL, max_edit_distance=1)
        spent.append((time.perf_counter() - began_s) * 1e6)
    return {**_percentiles(spent), "build_s": built_s, "memory_mb": _megabytes() - before}


def _percentiles(spent: list[float]) -> dict[str, float]:
    return {"p50_us": float(np.percentile(spent, 50)), "p99_us": float(np.percentile(spent, 99))}


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
