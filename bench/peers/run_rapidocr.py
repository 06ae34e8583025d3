"""Run in the peer's environment: photographs named on standard input, the plate that RapidOCR and a regex read.

Every text that it finds, and all of them joined, is stripped to A-Z and 0-9. The longest that has the pattern of a
plate counts, else the longest that has a digit.
"""

import json
import re
import sys
import time

import numpy as np
from PIL import Image
from rapidocr_onnxruntime import RapidOCR

SHAPES = re.compile(r"[A-Z]{2}\d{3}[A-Z]{2}|[A-Z]{3}\d[A-Z]\d{2}|[A-Z]{3}\d{4}|[A-Z]{3}\d{3}")
ANY = re.compile(r"(?=[A-Z]*\d)[A-Z0-9]{5,8}")


def main() -> None:
    engine = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
    answers = []
    for asked in json.load(sys.stdin):
        photo = np.asarray(Image.open(asked["path"]).convert("RGB"))[:, :, ::-1]
        top, bottom, left, right = asked["rows"][0], asked["rows"][1], asked["columns"][0], asked["columns"][1]
        part = np.ascontiguousarray(photo[top:bottom, left:right])
        began = time.process_time()
        found, _ = engine(part, use_det=not asked["line"], use_cls=False, use_rec=True)
        answers.append(
            {"text": plate_of([_text(row) for row in found or ()]), "ms": 1e3 * (time.process_time() - began)}
        )
    json.dump(answers, sys.stdout)


def _text(row: list[object]) -> str:
    """A row is (box, text, score), or (text, score) without detection."""
    return str(row[1] if len(row) == 3 else row[0])


def plate_of(texts: list[str]) -> str:
    plain = [re.sub(r"[^A-Z0-9]", "", text.upper()) for text in texts]
    for pattern in (SHAPES, ANY):
        found = [match[0] for text in (*plain, "".join(plain)) if (match := pattern.search(text))]
        if found:
            return max(found, key=len)
    return ""


main()
