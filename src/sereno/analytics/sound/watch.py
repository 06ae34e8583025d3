"""One microphone at work: blocks of sound in, happenings out. Holds one second of sound and never writes any."""

from datetime import datetime, timedelta
from math import log10

import numpy as np

from sereno.analytics.model import Happening, HappeningKind
from sereno.analytics.sound import hearing
from sereno.analytics.sound.hearing import Hearing, Window
from sereno.analytics.sound.yamnet import RATE_HZ, WINDOW, SoundModel, Wave

HOP = WINDOW // 4
"""Samples between two windows: a bang is whole in three of four."""
_MOMENT = RATE_HZ // 50
"""Samples over which loudness is taken: 20 ms."""
_USUAL_TAU_S = 10.0
_SILENCE = 1e-4
"""Root mean square below which nothing is said: dither."""
_GAP_S = 0.2


class SoundWatch:
    """Only for a camera whose sound is on, where the law allows it: the caller sees to that."""

    def __init__(self, model: SoundModel) -> None:
        self._model = model
        self._wave: Wave = np.zeros(0, np.float32)
        self._ends_at: datetime | None = None
        self._usual = 0.0
        self._hearing = Hearing()

    def step(self, block: Wave, at: datetime) -> tuple[Happening, ...]:
        """What is heard up to the end of ``block``, (n,) float32 mono at 16 kHz; ``at``: when its first sample was."""
        if self._ends_at is not None and abs((at - self._ends_at).total_seconds()) > _GAP_S:
            self._wave = np.zeros(0, np.float32)
        self._wave = np.concatenate((self._wave, block))
        self._ends_at = at + timedelta(seconds=len(block) / RATE_HZ)
        told: dict[HappeningKind, Happening] = {}
        while len(self._wave) >= WINDOW:
            begins = self._ends_at - timedelta(seconds=len(self._wave) / RATE_HZ)
            for happening in self._heard(self._wave[:WINDOW], begins):
                told[happening.kind] = happening
            self._wave = self._wave[HOP:]
        return tuple(told.values())

    def _heard(self, window: Wave, at: datetime) -> tuple[Happening, ...]:
        moments = np.sqrt(np.mean(window[: WINDOW // _MOMENT * _MOMENT].reshape(-1, _MOMENT) ** 2, axis=1))
        usual = float(np.median(moments))
        if self._usual == 0.0:
            self._usual = usual
        rise_db = 20 * log10(max(float(moments.max()), _SILENCE) / max(self._usual, _SILENCE))
        self._usual += (usual - self._usual) * min(1.0, HOP / RATE_HZ / _USUAL_TAU_S)
        if float(moments.max()) < _SILENCE:
            return ()
        scores = self._model.scores(np.ascontiguousarray(window))
        self._hearing, told = hearing.step(self._hearing, Window(at, scores, rise_db))
        return told
