"""HLS: segments end at key frames, parts before they grow too long; the playlist says what a player needs."""

from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks
from sereno.recording.hls import PART_S, SEGMENTS_KEPT, TARGET_S, HlsWindow
from sereno.recording.live import LiveChunk
from sereno.recording.live_wire import Opening

OPENING = Opening("avc1.64001f", 1280, 720, b"init")
STEP = TICKS_PER_S // 10


def window_after(pictures: int, gop: int = 20) -> HlsWindow:
    window = HlsWindow()
    for number in range(pictures):
        window.take(picture(number, key=number % gop == 0, opening=OPENING if number == 0 else None))
    return window


def picture(number: int, *, key: bool, opening: Opening | None = None) -> LiveChunk:
    at = number * STEP
    return LiveChunk(b"%d;" % number, key, MediaTicks(at), WallTicks(at), opening)


def test_segments_begin_at_key_frames_and_add_up() -> None:
    window = window_after(55)
    assert [segment.duration_s for segment in window.segments] == [2.0, 2.0, 1.0]  # the last is still open
    assert b"".join(segment.content for segment in window.segments) == b"".join(b"%d;" % n for n in range(55))
    text = window.playlist()
    assert text.count("#EXTINF:2.00000,") == 2
    assert "#EXT-X-DISCONTINUITY\n" not in text
    assert text.count("#EXT-X-MAP") == 1
    assert "segment-2.mp4" not in text
    assert '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-2-2.mp4"' in text
    assert all(part.duration_s <= PART_S for segment in window.segments for part in segment.parts)


def test_who_waits_for_a_part_finds_it_once_it_is_whole() -> None:
    window = window_after(24)
    assert window.has(0, None)
    assert not window.has(1, 0)
    assert not window.has(2, 0)
    window.take(picture(24, key=False))
    assert not window.has(1, 0)
    window.take(picture(25, key=False))
    assert window.has(1, 0)
    assert not window.has(1, None)


def test_a_camera_without_key_frames_still_makes_short_segments() -> None:
    window = window_after(200, gop=1_000)
    assert all(segment.duration_s <= TARGET_S for segment in window.segments)
    assert sum("INDEPENDENT=YES" in line for line in window.playlist().splitlines()) == 0


def test_a_new_opening_is_a_discontinuity_that_is_counted_when_it_leaves() -> None:
    window = window_after(30)
    window.take(picture(1_000, key=True, opening=Opening("avc1.64001e", 640, 360, b"other")))
    assert "#EXT-X-DISCONTINUITY\n" in window.playlist()
    assert (window.init(0), window.init(1)) == (b"init", b"other")
    for number in range(1_001, 1_001 + 20 * (SEGMENTS_KEPT + 2)):
        window.take(picture(number, key=number % 20 == 0))
    assert len(window.segments) == SEGMENTS_KEPT + 1
    text = window.playlist()
    assert "#EXT-X-DISCONTINUITY\n" not in text
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:1" in text
    assert window.init(0) is None
