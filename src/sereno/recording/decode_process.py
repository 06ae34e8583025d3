"""A process that decodes whole segments and says how many pictures came; it is confined, as the files are hostile.

Its arguments are the only folders it may read. A ``DecodeOrder`` as a line of JSON comes on standard input for each
file; a ``Decoded`` as a line goes to standard output.
"""

import io
import resource
import sys
from dataclasses import asdict
from json import dumps
from pathlib import Path

import av
import av.error
from pydantic import TypeAdapter

from sereno.recording.decoding import Decoded, DecodeOrder
from sereno.runtime.confinement import confine_to_reading, program_folders

_MAX_LINE = 1 << 20
_MEMORY = 3 << 30


_ORDER = TypeAdapter(DecodeOrder)


def main() -> None:
    confine_to_reading([*program_folders(), *(Path(each) for each in sys.argv[1:])])
    for what, limit in ((resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, _MEMORY)):
        resource.setrlimit(what, (limit, limit))
    while line := sys.stdin.buffer.readline(_MAX_LINE):
        order = _ORDER.validate_json(line)
        sys.stdout.write(dumps(asdict(decode(Path(order.path).read_bytes(), order.offsets))) + "\n")
        sys.stdout.flush()


def decode(content: bytes, offsets: tuple[int, ...]) -> Decoded:
    """Each group by itself, as a player that seeks to it would."""
    init = content[: offsets[0]] if offsets else b""
    ends = [*offsets[1:], len(content)]
    counts = [_pictures(init + content[began:ended]) for began, ended in zip(offsets, ends, strict=True)]
    broken = tuple(number for number, count in enumerate(counts, 1) if not count)
    pictures = sum(counts)
    # pictures before a key frame's own may lean on the group before: the whole file tells how many there are
    return Decoded(max(pictures, _pictures(content)) if pictures else 0, broken)


def _pictures(content: bytes) -> int:
    try:
        with av.open(io.BytesIO(content), "r") as container:
            count = 0
            for _picture in container.decode(video=0):
                count += 1
            return count
    except (av.error.FFmpegError, IndexError, ValueError):
        return 0


if __name__ == "__main__":
    main()
