"""The chain from birth: each closed segment's hash follows from the one before, per camera.

``chain = SHA-256(line)`` in lower-case hex, where ``line`` is this one line of ASCII text, without a line end, its
fields joined by one space:

    sereno-segment-2 PREVIOUS_CHAIN CAMERA_ID NUMBER SEGMENT_ID STARTED_WALL STARTED_MEDIA DURATION FRAMES SIZE SHA256
    CODEC END_REASON ORIGIN CAMERA_OFFSET

(shown on two lines here). Numbers are decimal; ``PREVIOUS_CHAIN`` is 64 zeros before a camera's first segment,
``CAMERA_OFFSET`` is ``-`` when it is not known. Segments of version 1 end with END_REASON and say sereno-segment-1;
both kinds may follow each other. Nobody can change, drop or reorder a segment without changing every later chain value;
a segment whose footage was deleted by retention keeps its row, so what remains is still provable.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from sereno.recording.model import GENESIS, Segment

CHAIN_VERSION = 2


def chain_line(segment: Segment) -> str:
    """The text that is hashed."""
    fields: list[str | int] = [
        f"sereno-segment-{segment.chain_version}",
        segment.previous_chain,
        segment.camera_id,
        segment.number,
        segment.id,
        segment.started_wall,
        segment.started_media,
        segment.duration,
        segment.frames,
        segment.size,
        segment.sha256,
        segment.codec,
        segment.end_reason,
    ]
    if segment.chain_version > 1:
        fields += [segment.origin, "-" if segment.camera_offset is None else segment.camera_offset]
    return " ".join(str(field) for field in fields)


def chain_value(segment: Segment) -> str:
    return hashlib.sha256(chain_line(segment).encode("ascii")).hexdigest()


def chained(segment: Segment, previous: str) -> Segment:
    """``segment`` as the link after ``previous``, the chain value of the camera's segment before."""
    linked = replace(segment, previous_chain=previous, chain_version=CHAIN_VERSION)
    return replace(linked, chain=chain_value(linked))


def first_break(segments: Iterable[Segment]) -> Segment | None:
    """The first of one camera's segments, from its first one on, that does not follow; None when all do.

    Numbers may be passed over where a journal was made anew from the files that were left; links may not.
    """
    previous, number = GENESIS, 0
    for segment in segments:
        if segment.number <= number or segment.previous_chain != previous or segment.chain != chain_value(segment):
            return segment
        previous, number = segment.chain, segment.number
    return None
