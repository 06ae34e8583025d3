"""Which URLs of cameras are taken, and that their secrets are never shown."""

from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.cameras.urls import MAX_LENGTH, check_stream_url, redacted
from sereno.core.errors import AppError

CANARY = "canario7f3a"
WORD = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="/?#@:[]\\%"), min_size=1)


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://10.0.0.7/live",
        "rtsp://user:p%40ss@camara.municipio.example:8554/Streaming/Channels/101?x=1",
        "rtsps://[fd00::7]:322/a",
        "rtsp://10.0.0.7:554/user=admin&password=x&channel=1&stream=0.sdp",
    ],
)
def test_urls_of_cameras_are_taken(url: str) -> None:
    assert check_stream_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "10.0.0.7",
        "http://10.0.0.7/live",
        "file:///etc/passwd",
        "rtsp:///live",
        "rtsp://10.0.0.7:99999/",
        "rtsp://10.0.0.7:puerto/",
        "rtsp://10.0.0.7/a b",
        "rtsp://10.0.0.7/a\r\nAuthorization: x",
        "rtsp://10.0.0.7/\x00",
        "rtsp://u:p#ss@10.0.0.7/",
        "rtsp://cámara/",
        "rtsp://[::1/",
        "rtsp://h/" + "x" * MAX_LENGTH,
        "concat:rtsp://10.0.0.7/",
    ],
)
def test_what_names_no_stream_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(AppError) as refused:
        check_stream_url(url)
    assert refused.value.code == "camera_url_invalid"
    assert not url or url not in refused.value.message


@given(st.text())
def test_any_text_is_taken_or_refused_in_words(text: str) -> None:
    with suppress(AppError):
        assert check_stream_url(text).isprintable()
    redacted(text)


@given(user=WORD, rest=WORD)
def test_a_password_is_never_shown(user: str, rest: str) -> None:
    for url in (
        f"rtsp://{quote(user)}:{CANARY}@10.0.0.7/{rest}",
        f"rtsp://{CANARY}@10.0.0.7/",
        f"rtsp://10.0.0.7/{rest}?{rest}&password={CANARY}",
        f"rtsp://10.0.0.7/user={rest}&password={CANARY}",
        f"rtsp://u:{CANARY}@h/#{CANARY}",
        f"http://u:{CANARY}@h/",
        CANARY,
    ):
        assert CANARY not in redacted(url)


def test_a_shortened_url_still_says_which_camera() -> None:
    assert redacted("rtsp://u:p@10.0.0.7:8554/live/1?x=2") == "rtsp://…@10.0.0.7:8554/live/1?…"
    assert redacted("rtsp://[fd00::7]/a") == "rtsp://[fd00::7]/a"
    assert redacted("") == ""


def test_a_shortened_url_is_not_taken_back() -> None:
    with pytest.raises(AppError):
        check_stream_url(redacted("rtsp://u:p@10.0.0.7/live"))
