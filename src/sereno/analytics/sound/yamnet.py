"""YAMNet on LiteRT: how much of 521 kinds of sound is in one second.

Source: Gemmeke et al., "Audio Set: an ontology and human-labeled dataset for audio events", ICASSP 2017; the model is
the one of TensorFlow's repository, whose file carries its own list of labels.
"""

import zipfile
from pathlib import Path
from typing import Protocol

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from sereno.analytics.model import HappeningKind
from sereno.core.errors import data_loss, not_found

Wave = NDArray[np.float32]
"""(n,) float32, -1..1, mono."""

RATE_HZ = 16_000
WINDOW = 15_600
"""Samples in a window: 0.975 s."""
_LABELS = "yamnet_label_list.txt"
_SOUNDS: dict[HappeningKind, tuple[str, ...]] = {
    HappeningKind.GUNSHOT: (
        "Gunshot, gunfire",
        "Machine gun",
        "Fusillade",
        "Artillery fire",
        "Cap gun",
        "Explosion",
        "Fireworks",
        "Firecracker",
        "Burst, pop",
    ),
    HappeningKind.GLASS: ("Glass", "Shatter"),
    HappeningKind.SCREAM: ("Screaming",),
    HappeningKind.SIREN: (
        "Police car (siren)",
        "Ambulance (siren)",
        "Fire engine, fire truck (siren)",
        "Siren",
        "Civil defense siren",
    ),
}
"""The kinds of the model that are one kind of ours: a shot far away is spread over all bangs, fireworks among them."""


class SoundModel(Protocol):
    def scores(self, window: Wave) -> dict[HappeningKind, float]:
        """How sure it is of each kind, 0..1, in one window of ``WINDOW`` samples."""
        ...


class Yamnet:
    """``SoundModel`` of the pinned file. One instance serves one thread."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        """Raises: AppError not_found when the file is not fetched, data_loss when it is not the model."""
        if not model.is_file():
            raise not_found("sound_model_missing", f"{model} is missing.", "Fetch the models: sereno assets.")
        try:
            with zipfile.ZipFile(model) as attached:
                labels = attached.read(_LABELS).decode("utf-8").splitlines()
        except (zipfile.BadZipFile, KeyError) as error:
            raise data_loss(
                "sound_model_broken", f"{model} carries no labels ({error}).", "Fetch it again: sereno assets."
            ) from None
        self._columns = {kind: [labels.index(name) for name in names] for kind, names in _SOUNDS.items()}
        self._network = Interpreter(model_path=str(model), num_threads=threads)
        self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]["index"]
        self._output = self._network.get_output_details()[0]["index"]

    def scores(self, window: Wave) -> dict[HappeningKind, float]:
        self._network.set_tensor(self._input, window)
        self._network.invoke()
        found = self._network.get_tensor(self._output).reshape(-1)
        return {kind: min(1.0, float(found[columns].sum())) for kind, columns in self._columns.items()}
