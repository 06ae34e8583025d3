"""Compares the faces of a picture with those that a warrant names. Only ``opening.open_faces`` imports this.

A vector of a face lives inside one call: it is compared, overwritten, and nothing of a face that matched nobody is
returned, kept or logged.

Source: Zhong et al., "SFace: sigmoid-constrained hypersphere loss for robust face recognition", IEEE TIP 2021;
the five points of the aligned face are those of ArcFace (Deng et al., CVPR 2019), the transform is Umeyama's (1991).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sereno.access.jurisdiction import Jurisdiction
from sereno.analytics.assets import SFACE, YUNET
from sereno.analytics.detectors.port import Frame
from sereno.analytics.faces.finding import Face, FaceFinder, Points, face_session
from sereno.analytics.faces.opening import FaceMatch
from sereno.analytics.faces.warrant import (
    FaceUse,
    FaceVector,
    FaceWarrant,
    SoughtFace,
    check_approval,
    check_law,
    check_use,
)
from sereno.core.clock import Clock
from sereno.core.errors import denied, invalid
from sereno.core.geometry import Box
from sereno.core.ids import ListEntryId

THRESHOLD = 0.45
"""Cosine from which two faces are called alike. Stricter than the 0.363 that the model's authors give for pairs: a
street shows thousands of strangers for one who is sought."""
LEAST_EYES_PX = 16.0
MOST_TURNED = 0.7
_SIDE = 112
_TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)


def load(assets: Path, law: Jurisdiction, clock: Clock) -> "WarrantedFaces":
    """Raises: AppError denied where the law does not allow it, not_found when a model is missing."""
    check_law(law)
    return WarrantedFaces(FaceFinder(assets / YUNET.name), FaceModel(assets / SFACE.name), clock)


class FaceModel:
    """SFace: an aligned face to a vector."""

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        self._session = face_session(model, threads)
        self._input = self._session.get_inputs()[0].name

    def vector(self, picture: Frame, face: Face) -> FaceVector:
        aligned = align(picture, face.points)
        planes = np.ascontiguousarray(aligned.transpose(2, 0, 1), np.float32)[None]
        made: NDArray[np.float32] = self._session.run(None, {self._input: planes})[0][0]
        planes.fill(0)
        aligned.fill(0)
        made /= max(1e-9, float(np.linalg.norm(made)))
        return made

    def wipe(self) -> None:
        """Let a blank face overwrite what the runtime's own buffers still hold of the last one."""
        self._session.run(None, {self._input: np.zeros((1, 3, _SIDE, _SIDE), np.float32)})


class WarrantedFaces:
    """The ``FaceSearch`` behind the gate. It keeps models, and no picture, face or vector."""

    def __init__(self, finder: FaceFinder, model: FaceModel, clock: Clock) -> None:
        self._finder = finder
        self._model = model
        self._clock = clock

    def matches(self, picture: Frame, warrant: FaceWarrant, use: FaceUse) -> tuple[FaceMatch, ...]:
        check_use(warrant, use)
        check_approval(warrant, self._clock.now())
        gallery = warrant.gallery
        if not gallery:
            return ()
        faces = [face for face in self._finder.find(picture) if usable(face)]
        try:
            matches = [self._match(picture, face, gallery) for face in faces]
        finally:
            if faces:
                self._model.wipe()
        return tuple(match for match in matches if match is not None)

    def _match(self, picture: Frame, face: Face, gallery: Sequence[SoughtFace]) -> FaceMatch | None:
        vector = self._model.vector(picture, face)
        try:
            entry_id, score = _nearest(vector, gallery)
        finally:
            vector.fill(0)
        return FaceMatch(entry_id, score, _box(face, picture), face.eyes_px) if score >= THRESHOLD else None

    def enrolled(self, photos: Sequence[Frame], warrant: FaceWarrant, entry_id: ListEntryId) -> list[FaceVector]:
        check_approval(warrant, self._clock.now())
        if entry_id not in warrant.entries:
            raise denied("face_entry", "The warrant does not name this person.", "Ask for one that does.")
        vectors: list[FaceVector] = []
        for number, photo in enumerate(photos, start=1):
            faces = self._finder.find(photo)
            if len(faces) != 1 or not usable(faces[0]):
                raise invalid(
                    "face_photo",
                    f"Photo {number} shows {len(faces)} faces, or one that is too small or turned away.",
                    "Give a photo of this person alone, looking at the camera.",
                )
            vectors.append(self._model.vector(photo, faces[0]))
        return vectors


def usable(face: Face) -> bool:
    """Enough pixels between the eyes, and not turned away."""
    return face.eyes_px >= LEAST_EYES_PX and face.turned <= MOST_TURNED


def align(picture: Frame, points: Points) -> Frame:
    """(112, 112, 3) uint8, RGB: eyes, nose and mouth where the model was taught to look for them."""
    matrix = similarity(_TEMPLATE, points)
    reduced = picture
    enlarged = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if enlarged >= 2:  # many pixels of the photo for one of the face: average them first
        step = int(enlarged)
        reduced = np.asarray(Image.fromarray(picture).reduce(step))
        matrix = (matrix / step).astype(np.float32)
    coefficients = tuple(matrix.reshape(-1).tolist())
    image = Image.fromarray(reduced).transform(
        (_SIDE, _SIDE), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
    )
    return np.array(image, np.uint8)


def similarity(source: Points, target: Points) -> NDArray[np.float32]:
    """(2, 3): turns, scales and moves ``source`` onto ``target`` with the least squared error."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, s, vt = np.linalg.svd(b.T @ a / len(a))
    flip = np.array([1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ np.diag(flip) @ vt
    scale = float((s * flip).sum() / a.var(axis=0).sum())
    move = target.mean(axis=0) - scale * rotation @ source.mean(axis=0)
    return np.column_stack([scale * rotation, move]).astype(np.float32)


def _nearest(vector: FaceVector, gallery: Sequence[SoughtFace]) -> tuple[ListEntryId, float]:
    scores = [float(vector @ face.vector) for face in gallery]
    best = int(np.argmax(scores))
    return gallery[best].entry_id, scores[best]


def _box(face: Face, picture: Frame) -> Box:
    height, width = picture.shape[:2]
    left, top = face.left / width, face.top / height
    return Box(left, top, left + face.width / width, top + face.height / height)
