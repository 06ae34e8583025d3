"""Tickets: genuine, for this kind, for this minute, or refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.recording.tickets import LIFETIME, TicketKind, accept, make_ticket, sign

KEY = bytes(range(32))
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CAMERA = CameraId("plaza")
SPAN = (NOW - timedelta(minutes=2), NOW - timedelta(minutes=1))


def test_a_ticket_comes_back_as_it_was() -> None:
    for ticket in (make_ticket(CAMERA, TicketKind.LIVE, NOW), make_ticket(CAMERA, TicketKind.CLIP, NOW, SPAN)):
        assert accept(sign(ticket, KEY), KEY, ticket.kind, NOW + timedelta(seconds=59)) == ticket


@given(st.integers(0, 400), st.integers(1, 255))
def test_no_changed_byte_is_accepted(place: int, change: int) -> None:
    text = bytearray(sign(make_ticket(CAMERA, TicketKind.CLIP, NOW, SPAN), KEY).encode())
    text[place % len(text)] ^= change
    with pytest.raises(AppError, match="not valid"):
        accept(text.decode("latin-1"), KEY, TicketKind.CLIP, NOW)


@given(st.text(max_size=300))
def test_what_is_no_ticket_is_refused(text: str) -> None:
    with pytest.raises(AppError) as refused:
        accept(text, KEY, TicketKind.LIVE, NOW)
    assert refused.value.code == "ticket_invalid"


def test_other_key_other_kind_other_time_are_refused() -> None:
    text = sign(make_ticket(CAMERA, TicketKind.LIVE, NOW), KEY)
    for key, kind, now, code in (
        (bytes(32), TicketKind.LIVE, NOW, "ticket_invalid"),
        (KEY, TicketKind.CLIP, NOW, "ticket_invalid"),
        (KEY, TicketKind.LIVE, NOW + LIFETIME, "ticket_expired"),
        (KEY, TicketKind.LIVE, NOW - timedelta(hours=1), "ticket_expired"),
    ):
        with pytest.raises(AppError) as refused:
            accept(text, key, kind, now)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("kind", "span"),
    [
        (TicketKind.CLIP, None),
        (TicketKind.LIVE, SPAN),
        (TicketKind.CLIP, (SPAN[1], SPAN[0])),
        (TicketKind.CLIP, (NOW - timedelta(hours=25), NOW)),
    ],
)
def test_an_absurd_span_gets_no_ticket(kind: TicketKind, span: tuple[datetime, datetime] | None) -> None:
    with pytest.raises(AppError, match=r"span|began"):
        make_ticket(CAMERA, kind, NOW, span)
