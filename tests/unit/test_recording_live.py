"""Live view: a newcomer begins at the last key frame; a slow viewer is cut back to a key frame and told."""

from collections.abc import Callable

from sereno.core.media_time import MediaTicks, WallTicks
from sereno.recording.live import MAX_QUEUE_CHUNKS, Backlog, LiveCamera, LiveChunk, News
from sereno.recording.live_wire import Opening, frame_head

OPENING = Opening("avc1.64001f", 1280, 720, b"init")


def chunk(number: int, *, key: bool = False, opening: Opening | None = None) -> LiveChunk:
    return LiveChunk(bytes(10), key, MediaTicks(number), WallTicks(number), opening)


class Ear:
    """Notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[LiveChunk] = []
        self.times = 0

    def hear(self, news: News) -> None:
        self.heard += news.chunks
        self.times += 1


class Loop:
    """An event loop whose turns are taken by the test."""

    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []

    def call_soon(self, act: Callable[[], None]) -> None:
        self.due.append(act)

    def turn(self) -> int:
        acts, self.due = self.due, []
        for act in acts:
            act()
        return len(acts)


def test_a_newcomer_begins_at_the_last_key_frame() -> None:
    loop, late = Loop(), Ear()
    camera = LiveCamera(loop.call_soon)
    camera.open(OPENING)
    for number in range(8):
        camera.publish([chunk(number, key=number % 3 == 0)])
    camera.join(late)
    assert late.heard == [chunk(6, key=True, opening=OPENING), chunk(7)]
    assert loop.turn() == 0  # nobody watched: nobody was woken


def test_what_comes_between_two_turns_is_one_wake_up() -> None:
    loop, early, other = Loop(), Ear(), Ear()
    camera = LiveCamera(loop.call_soon)
    camera.join(early)
    camera.join(other)
    camera.open(OPENING)
    camera.publish([chunk(0, key=True)])
    camera.publish([chunk(1)])
    assert loop.turn() == 1
    assert early.heard == other.heard == [chunk(0, key=True, opening=OPENING), chunk(1)]
    assert early.times == 1


def test_who_joins_between_two_turns_hears_nothing_twice() -> None:
    loop, early, late = Loop(), Ear(), Ear()
    camera = LiveCamera(loop.call_soon)
    camera.join(early)
    camera.open(OPENING)
    camera.publish([chunk(0, key=True)])
    camera.join(late)
    loop.turn()
    assert early.heard == late.heard == [chunk(0, key=True, opening=OPENING)]


def test_a_lost_stream_shows_no_old_picture() -> None:
    loop, late = Loop(), Ear()
    camera = LiveCamera(loop.call_soon)
    camera.open(OPENING)
    camera.publish([chunk(0, key=True)])
    camera.close()
    camera.join(late)
    assert late.heard == []
    camera.leave(late)
    assert camera.viewers == 0


def test_a_slow_viewer_is_cut_back_to_a_key_frame_and_told() -> None:
    backlog = Backlog()
    assert not backlog
    backlog.put(chunk(0, key=True, opening=OPENING))
    for number in range(1, MAX_QUEUE_CHUNKS + 7):
        backlog.put(chunk(number))
    assert backlog
    assert backlog.take() is None  # the key frame after the loss has not come
    backlog.put(chunk(900, key=True))
    backlog.put(chunk(901))
    opened = chunk(900, key=True, opening=OPENING)  # the opening was lost with the rest
    assert backlog.take() == (MAX_QUEUE_CHUNKS + 7, opened)
    assert backlog.take() == (0, chunk(901))
    assert not backlog


def test_a_chunk_is_framed_once_for_all() -> None:
    news = News([chunk(0, key=True, opening=OPENING), chunk(1)])
    assert news.wire is news.wire
    assert news.wire.startswith(b"\x81")
    assert news.wire.count(b"\x82\x04init") == 1
    assert news.wire.endswith(b"\x82\x0a" + bytes(10))


def test_lengths_of_frames() -> None:
    assert frame_head(0x82, 125) == b"\x82\x7d"
    assert frame_head(0x82, 126) == b"\x82\x7e\x00\x7e"
    assert frame_head(0x82, 65_536) == b"\x82\x7f" + (65_536).to_bytes(8, "big")
