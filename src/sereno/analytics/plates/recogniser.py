"""Recognisers of one line of text behind one port: PP-OCRv4, and a network trained on synthetic plates.

Source: Du et al., "PP-OCR: A practical ultra lightweight OCR system", arXiv 2009.09941; the other: ``recipes/plates``.
"""

from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from sereno.analytics.detectors.port import Frame
from sereno.analytics.plates.lattice import Steps
from sereno.analytics.plates.patterns import ALPHABET
from sereno.core.errors import invalid, not_found

_LINE_HEIGHT = 48
_WIDENED = 1.3
"""Its steps are eight pixels wide, which merges narrow twins such as 11 at the line's own width."""
_MIN_LINE_WIDTH, _MAX_LINE_WIDTH = 96, 480
_SEPARATORS = "-·.•,'`:_/|~ "
_OWN_HEIGHT, _OWN_WIDTH = 40, 160


class Recogniser(Protocol):
    def steps(self, strip: Frame) -> Steps:
        """What stands on a picture (h, w, 3) of one line of text, RGB."""
        ...


class PpOcr:
    """PP-OCRv4; of its 6,623 signs A-Z and 0-9 count, a hyphen or dot is no sign."""

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        """Raises: AppError not_found when the model was not fetched."""
        self._session = onnx_session(model, threads)
        signs = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._blanks = np.array([0, *(i for i, sign in enumerate(signs, 1) if sign and sign in _SEPARATORS)], np.intp)
        self._upper = np.array([signs.index(sign) + 1 for sign in ALPHABET], np.intp)
        self._lower = np.array([signs.index(sign.lower()) + 1 for sign in ALPHABET[10:]], np.intp)

    def steps(self, strip: Frame) -> Steps:
        height, width = strip.shape[:2]
        wide = int(np.clip(round(width * _LINE_HEIGHT / height * _WIDENED), _MIN_LINE_WIDTH, _MAX_LINE_WIDTH))
        pixels = np.asarray(Image.fromarray(strip).resize((wide, _LINE_HEIGHT), Image.Resampling.BICUBIC))
        told: NDArray[np.float32] = self._session.run(None, {"x": bgr_planes(pixels)})[0][0]
        steps = np.empty((len(told), 1 + len(ALPHABET)))
        steps[:, 0] = told[:, self._blanks].sum(axis=1)
        steps[:, 1:] = told[:, self._upper]
        steps[:, 11:] += told[:, self._lower]
        return steps


class PlateNetwork:
    """The network of ``recipes/plates``: grey 40 x 160, forty steps."""

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        """Raises: AppError not_found without the file; invalid when it does not take and give what the recipe's do."""
        self._session = onnx_session(model, threads)
        into, out = self._session.get_inputs()[0], self._session.get_outputs()[0]
        if into.shape[1:] != [1, _OWN_HEIGHT, _OWN_WIDTH] or out.shape[-1] != 1 + len(ALPHABET):
            raise invalid(
                "plate_recogniser", f"{model} takes {into.shape} and gives {out.shape}.", "Train it by recipes/plates."
            )
        self._input = into.name

    def steps(self, strip: Frame) -> Steps:
        image = Image.fromarray(strip).convert("L").resize((_OWN_WIDTH, _OWN_HEIGHT), Image.Resampling.BILINEAR)
        grey = np.asarray(image, np.float32)[None, None] / 255
        told: NDArray[np.float32] = self._session.run(None, {self._input: grey})[0][0]
        return np.exp(told.astype(np.float64))


def onnx_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """Raises: AppError not_found when the file is missing."""
    if not path.exists():
        raise not_found("model_missing", f"The plate reader's file {path} is missing.", "Fetch the models.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def bgr_planes(pixels: Frame) -> NDArray[np.float32]:
    """(1, 3, H, W) float32 in -1..1, BGR as PP-OCR's models were trained."""
    planes = pixels[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)
    planes *= 1 / 127.5
    planes -= 1
    return np.ascontiguousarray(planes[None])
