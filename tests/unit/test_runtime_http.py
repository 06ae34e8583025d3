"""The pure parts of the HTTP floor: which pages may act, what the page may load, errors in words."""

import pytest
from starlette.datastructures import Headers

from sereno.core.errors import AppError, ErrorKind
from sereno.runtime.http import (
    STATUS_OF_KIND,
    HttpPolicy,
    content_security_policy,
    in_words,
    origin_allowed,
    status_of,
)

POLICY = HttpPolicy(8081, other_origins=frozenset({"http://127.0.0.1:5173"}))


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"host": "centro:8080"}, True),
        ({"host": "centro:8080", "origin": "http://centro:8080"}, True),
        ({"host": "centro:8080", "origin": "https://CENTRO:8080"}, True),
        ({"host": "centro:8080", "origin": "http://127.0.0.1:5173"}, True),
        ({"host": "centro:8080", "origin": "http://centro:8081"}, False),
        ({"host": "centro:8080", "origin": "http://centro"}, False),
        ({"host": "centro:8080", "origin": "http://centro:8080.evil.example"}, False),
        ({"host": "centro:8080", "origin": "http://evil.example"}, False),
        ({"host": "centro:8080", "origin": "null"}, False),
        ({"host": "", "origin": "null"}, False),
        ({"origin": "null"}, False),
        ({"host": "centro:8080", "sec-fetch-site": "cross-site"}, False),
        ({"host": "centro:8080", "sec-fetch-site": "same-site"}, False),
        ({"host": "centro:8080", "sec-fetch-site": "same-origin"}, True),
    ],
)
def test_only_a_page_of_this_centre_may_act(headers: dict[str, str], allowed: bool) -> None:
    assert origin_allowed(Headers(headers), POLICY) is allowed


def test_every_kind_has_a_status() -> None:
    assert set(STATUS_OF_KIND) == set(ErrorKind)
    assert status_of(AppError(ErrorKind.EXHAUSTED, "disk_full", "")) == 507
    assert status_of(AppError(ErrorKind.DENIED, "not_signed_in", "")) == 401


def test_the_page_loads_from_this_host_alone() -> None:
    policy = content_security_policy("centro", 8081)
    assert "connect-src 'self' ws://centro:8081 http://centro:8081;" in policy
    assert "unsafe" not in policy
    assert "connect-src 'self';" in content_security_policy("", 8081)


def test_a_wrong_field_is_named_and_its_value_is_not() -> None:
    errors = [
        {"loc": ("body", "view", "range_m"), "msg": "Input should be a number", "input": "secreto"},
        {"loc": ("body",), "msg": "JSON decode error", "input": "secreto"},
    ]
    assert in_words(errors) == "view.range_m: Input should be a number. The body: JSON decode error."
