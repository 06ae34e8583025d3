"""Live view: a newcomer begins at the last key frame; a slow viewer is cut back to a key frame and told."""

from sereno.core.media_time import MediaTicks, WallTicks
from sereno.recording.live import MAX_QUEUE_CHUNKS, Dropped, LiveCamera, LiveChunk, Opening, Viewer

OPENING = Opening("avc1.64001f", 1280, 720, b"init")


def chunk(number: int, *, key: bool = False) -> LiveChunk:
    return LiveChunk(bytes(10), key, MediaTicks(number), WallTicks(number))


def viewer() -> tuple[Viewer, list[None]]:
    woken: list[None] = []
    return Viewer(lambda: woken.append(None)), woken


def test_a_newcomer_begins_at_the_last_key_frame() -> None:
    camera = LiveCamera()
    camera.open(OPENING)
    for number in range(7):
        camera.publish(chunk(number, key=number % 3 == 0))
    late, woken = viewer()
    camera.join(late)
    assert late.take() == [OPENING, chunk(6, key=True)]
    assert len(woken) == 1


def test_who_waits_is_woken_once_until_he_takes() -> None:
    camera = LiveCamera()
    early, woken = viewer()
    camera.join(early)
    assert early.take() == []
    camera.open(OPENING)
    camera.publish(chunk(0, key=True))
    camera.publish(chunk(1))
    assert len(woken) == 1
    assert early.take() == [OPENING, chunk(0, key=True), chunk(1)]


def test_a_slow_viewer_is_cut_back_and_told() -> None:
    camera = LiveCamera()
    camera.open(OPENING)
    slow, _ = viewer()
    quick, _ = viewer()
    camera.join(slow)
    camera.join(quick)
    got: list[object] = []
    for number in range(MAX_QUEUE_CHUNKS + 45):
        camera.publish(chunk(number, key=number % 30 == 0))
        got += quick.take()
    messages = slow.take()
    resumed = (MAX_QUEUE_CHUNKS // 30 + 1) * 30 if MAX_QUEUE_CHUNKS % 30 else MAX_QUEUE_CHUNKS
    assert messages[:2] == [OPENING, Dropped(resumed)]
    assert messages[2] == chunk(resumed, key=True)
    assert len(messages) == 2 + MAX_QUEUE_CHUNKS + 45 - resumed
    assert len(got) == MAX_QUEUE_CHUNKS + 46


def test_a_lost_stream_shows_no_old_picture() -> None:
    camera = LiveCamera()
    camera.open(OPENING)
    camera.publish(chunk(0, key=True))
    camera.close()
    late, woken = viewer()
    camera.join(late)
    assert late.take() == []
    assert woken == []


def test_a_viewer_gone_leaves_nothing() -> None:
    camera = LiveCamera()
    gone, _ = viewer()
    camera.join(gone)
    camera.leave(gone)
    camera.open(OPENING)
    assert camera.viewers == 0
    assert gone.take() == []
