"""Which analyst looks at which camera: evenly, and with few moves when cameras or analysts come and go. Pure.

Rendezvous hashing (Thaler and Ravishankar, 1998) with a bound on each analyst's share: every pair of a camera and an
analyst has a number that depends on nothing else; the largest numbers choose first, while there is room.
"""

from collections.abc import Iterable
from hashlib import blake2b

from sereno.core.ids import CameraId


def shards_of(cameras: Iterable[CameraId], count: int) -> dict[CameraId, int]:
    """The analyst (0 to ``count`` - 1) of each camera; no two of them differ by more than one camera."""
    names = set(cameras)
    pairs = sorted(((_affinity(id_, shard), id_, shard) for id_ in names for shard in range(count)), reverse=True)
    room, fuller = divmod(len(names), count)
    taken = [0] * count
    chosen: dict[CameraId, int] = {}
    for _, id_, shard in pairs:
        if id_ in chosen or taken[shard] > room or (taken[shard] == room and not fuller):
            continue
        fuller -= taken[shard] == room
        taken[shard] += 1
        chosen[id_] = shard
    return chosen


def log_name(shard: int) -> str:
    """Under which control remembers how far it followed an analyst's log; of the first it is what it ever was."""
    return "analyst" if shard == 0 else f"analyst-{shard}"


def _affinity(camera_id: CameraId, shard: int) -> bytes:
    return blake2b(f"{shard} {camera_id}".encode(), digest_size=8).digest()
