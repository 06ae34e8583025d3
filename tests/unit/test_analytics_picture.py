"""A part of a picture is what the whole picture shows there."""

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sereno.analytics.decode import Picture
from sereno.core.geometry import Box

NOISE = np.random.default_rng(5).integers(0, 255, (47, 83, 3)).astype(np.uint8)
PICTURES = {
    (name, width): Picture(
        av.VideoFrame.from_ndarray(np.ascontiguousarray(NOISE[: width // 2, :width]), format="rgb24").reformat(
            format=name
        )
    )
    for name in ("yuv420p", "yuv444p")
    for width in (64, 83)
}
sides = st.floats(0, 1)


@pytest.mark.parametrize("kind", PICTURES)
@settings(max_examples=25, deadline=None)
@given(x=st.tuples(sides, sides), y=st.tuples(sides, sides))
def test_a_part_is_what_the_whole_shows_there(
    kind: tuple[str, int], x: tuple[float, float], y: tuple[float, float]
) -> None:
    picture = PICTURES[kind]
    box = Box(min(x) * 0.95, min(y) * 0.95, max(x), max(y))
    part, whole = picture.rgb_part(box), picture.rgb(picture.width, picture.height)
    top, left = int(box.top * picture.height), int(box.left * picture.width)
    there = whole[top : top + part.shape[0], left : left + part.shape[1]].astype(int)
    assert part.shape[0] >= 1
    assert part.shape[1] >= 1
    assert np.abs(part.astype(int) - there).max() <= 1
