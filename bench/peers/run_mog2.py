"""Runs in the peer's environment: decode all, subtract the background by MOG2, say in which frames something moves.

Standard input: ``{"clips": {NAME: PATH}}``. Standard output: for each clip ``moving`` (one flag a decoded frame),
``decode_s`` and ``gate_s`` of CPU time. MOG2 as OpenCV sets it, shadows left out, its specks opened away with a 3 x 3
cross as OpenCV's own tutorial does; a moving thing is a contour of at least 0.1 % of the picture.
"""

import json
import sys
import time

import cv2

_LEAST_SHARE = 0.001
_SHADOW = 200


def main() -> None:
    cv2.setNumThreads(1)
    asked = json.load(sys.stdin)
    json.dump({name: watched(path) for name, path in asked["clips"].items()}, sys.stdout)


def watched(path: str) -> dict[str, object]:
    clip = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    subtractor = cv2.createBackgroundSubtractorMOG2()
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    moving: list[bool] = []
    decode_s = gate_s = 0.0
    while True:
        began_s = time.process_time()
        there, frame = clip.read()
        read_s = time.process_time()
        decode_s += read_s - began_s
        if not there:
            return {"moving": moving, "decode_s": decode_s, "gate_s": gate_s}
        mask = cv2.morphologyEx(subtractor.apply(frame), cv2.MORPH_OPEN, cross)
        _, mask = cv2.threshold(mask, _SHADOW, 255, cv2.THRESH_BINARY)
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        least = _LEAST_SHARE * mask.shape[0] * mask.shape[1]
        moving.append(any(cv2.contourArea(each) >= least for each in contours))
        gate_s += time.process_time() - read_s


if __name__ == "__main__":
    main()
