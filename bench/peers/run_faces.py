"""Runs in the peer's environment: OpenCV's FaceDetectorYN and FaceRecognizerSF as its samples use them.

Standard input: ``{"finder": FILE, "model": FILE, "sets": {NAME: [[PHOTO, PHOTO]]}}``. Standard output: the cosine of
each pair (null where a face was missed), and the median milliseconds of finding and embedding.
"""

import json
import sys
import time

import cv2
import numpy as np

_LEAST_SCORE = 0.9
"""The default of OpenCV's class."""


def main() -> None:
    asked = json.load(sys.stdin)
    cv2.setNumThreads(1)
    finder = cv2.FaceDetectorYN.create(asked["finder"], "", (320, 320), _LEAST_SCORE)
    model = cv2.FaceRecognizerSF.create(asked["model"], "")
    vectors: dict[str, np.ndarray | None] = {}
    find_s: list[float] = []
    embed_s: list[float] = []
    for pairs in asked["sets"].values():
        for path in {path for pair in pairs for path in pair}:
            picture = cv2.imread(path)
            began_s = time.process_time()
            finder.setInputSize((picture.shape[1], picture.shape[0]))
            _, faces = finder.detect(picture)
            found_s = time.process_time()
            find_s.append(found_s - began_s)
            vectors[path] = None
            if faces is not None and len(faces):
                face = max(faces, key=lambda row: float(row[2] * row[3]))
                vectors[path] = model.feature(model.alignCrop(picture, face)).copy()
                embed_s.append(time.process_time() - found_s)
    scores = {name: [cosine(vectors[a], vectors[b]) for a, b in pairs] for name, pairs in asked["sets"].items()}
    answer = {
        "scores": scores,
        "find_ms": 1000 * float(np.median(find_s)),
        "embed_ms": 1000 * float(np.median(embed_s)),
    }
    json.dump(answer, sys.stdout)


def cosine(a: np.ndarray | None, b: np.ndarray | None) -> float | None:
    if a is None or b is None:
        return None
    return float((a @ b.T).item() / (np.linalg.norm(a) * np.linalg.norm(b)))


if __name__ == "__main__":
    main()
