"""Shots in recordings of a forest: the sound watch beside a plain detector of loudness."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler

from bench.event_clips import ASSETS, BEGIN, DATA
from sereno.analytics.model import HappeningKind
from sereno.analytics.sound.watch import SoundWatch
from sereno.analytics.sound.yamnet import RATE_HZ, Wave, Yamnet

AUDIO = DATA / "audio"
_BLOCK = 1024
_RISES_DB = (6.0, 12.0, 18.0)


def shots() -> dict[str, tuple[int, int]]:
    """For each way of listening: of the recordings with a shot, and of those without, how many it takes for one.

    ``loudness N``: the loudest 20 ms lie N dB above the middle ones.
    """
    model = Yamnet(ASSETS / "yamnet.tflite")
    found = {name: [0, 0] for name in ("ours", *(f"loudness_{rise:.0f}db" for rise in _RISES_DB))}
    for column, folder in enumerate(("gunshot", "background")):
        for path in sorted((AUDIO / folder).glob("*.wav")):
            wave = read_wave(path)
            found["ours"][column] += _hears_shot(model, wave)
            rise_db = _rise_db(wave)
            for rise in _RISES_DB:
                found[f"loudness_{rise:.0f}db"][column] += rise_db >= rise
    return {name: (there, not_there) for name, (there, not_there) in found.items()}


def _hears_shot(model: Yamnet, wave: Wave) -> bool:
    watch = SoundWatch(model)
    for first in range(0, len(wave), _BLOCK):
        at = BEGIN + timedelta(seconds=first / RATE_HZ)
        if any(one.kind is HappeningKind.GUNSHOT for one in watch.step(wave[first : first + _BLOCK], at)):
            return True
    return False


def _rise_db(wave: Wave) -> float:
    moment = RATE_HZ // 50
    loud = np.sqrt(np.mean(wave[: len(wave) // moment * moment].reshape(-1, moment) ** 2, axis=1))
    return float(20 * np.log10(max(float(loud.max()), 1e-6) / max(float(np.median(loud)), 1e-6)))


def read_wave(path: Path) -> Wave:
    """Mono at 16 kHz."""
    return np.concatenate(list(_parts(path)))


def _parts(path: Path) -> Iterator[Wave]:
    resampler = AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    with av.open(path) as container:
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                yield np.asarray(part.to_ndarray()[0], np.float32)
    for part in resampler.resample(None):
        yield np.asarray(part.to_ndarray()[0], np.float32)
