"""RTSP, RTP and the loop's time line, as values."""

import base64
import hashlib
import random
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.core.media_time import TICKS_PER_S, wall_ticks
from sereno.simulation.rtsp.camera import BACKLOG_LIMIT, CameraClock, Viewer
from sereno.simulation.rtsp.clip import AccessUnit, Clip, read_codec_record, split_nals, with_parameter_sets
from sereno.simulation.rtsp.description import session_description
from sereno.simulation.rtsp.faults import NO_FAULTS, Faults
from sereno.simulation.rtsp.packetise import PAYLOAD_LIMIT, Codec, cut, patched, sender_report
from sereno.simulation.rtsp.protocol import (
    REALM,
    Answer,
    Credentials,
    Interleaved,
    MessageReader,
    Request,
    TcpTransport,
    UdpTransport,
    parse_transport,
)

LOCK = Credentials("vigia", "clave")
H264_NAL = st.builds(lambda kind, body: bytes([0x60 | kind]) + body, st.sampled_from([1, 5, 6, 7, 8]), st.binary())
BIG_H264_NAL = st.builds(lambda size: b"\x65" + bytes(index % 251 for index in range(size)), st.integers(1, 9_000))
H265_NAL = st.builds(lambda kind, body: bytes([kind << 1, 1]) + body, st.sampled_from([1, 19, 32, 33, 34]), st.binary())
BIG_H265_NAL = st.builds(lambda size: b"\x26\x01" + bytes(index % 251 for index in range(size)), st.integers(1, 9_000))


def joined(codec: Codec, packets: list[bytes]) -> list[bytes]:
    """What a receiver makes of RTP packets: NAL units."""
    nals: list[bytes] = []
    width = 1 if codec is Codec.H264 else 2
    for packet in packets:
        payload = packet[12:]
        kind = payload[0] & 0x1F if codec is Codec.H264 else payload[0] >> 1 & 0x3F
        if kind != (28 if codec is Codec.H264 else 49):
            nals.append(payload)
            continue
        mark = payload[width]
        if mark & 0x80:
            if codec is Codec.H264:
                nals.append(bytes([payload[0] & 0xE0 | mark & 0x1F]))
            else:
                nals.append(bytes([payload[0] & 0x81 | (mark & 0x3F) << 1, payload[1]]))
        nals[-1] += payload[width + 1 :]
    return nals


def packets_of(wire: bytes | bytearray) -> list[bytes]:
    packets, offset = [], 0
    while offset < len(wire):
        magic, _channel, length = struct.unpack_from(">BBH", wire, offset)
        assert magic == 0x24
        packets.append(bytes(wire[offset + 4 : offset + 4 + length]))
        offset += 4 + length
    return packets


@given(st.lists(H264_NAL | BIG_H264_NAL, min_size=1, max_size=6))
def test_h264_comes_back_whole(nals: list[bytes]) -> None:
    packets = packets_of(cut(Codec.H264, nals).wire)

    assert joined(Codec.H264, packets) == nals
    assert max(len(packet) for packet in packets) <= 12 + PAYLOAD_LIMIT
    assert [packet[1] >> 7 for packet in packets] == [0] * (len(packets) - 1) + [1]


@given(st.lists(H265_NAL | BIG_H265_NAL, min_size=1, max_size=6))
def test_h265_comes_back_whole(nals: list[bytes]) -> None:
    assert joined(Codec.H265, packets_of(cut(Codec.H265, nals).wire)) == nals


def test_a_viewer_gets_its_own_numbers_and_they_wrap() -> None:
    unit = cut(Codec.H264, [b"\x65" + bytes(3_000)])

    wire = patched(unit, channel=2, sequence=0xFFFF, timestamp=2**32 + 5, ssrc=0xCAFE)

    heads = [struct.unpack_from(">HII", packet, 2) for packet in packets_of(wire)]
    assert heads == [(0xFFFF, 5, 0xCAFE), (0, 5, 0xCAFE), (1, 5, 0xCAFE)]
    assert {wire[start + 1] for start in unit.starts} == {2}
    assert packets_of(unit.wire)[0][2:12] == bytes(10)


def test_a_sender_report_ties_wall_and_time_stamp() -> None:
    wall = wall_ticks(datetime(2026, 1, 1, tzinfo=UTC)) + TICKS_PER_S // 2

    report = sender_report(ssrc=7, wall=wall, timestamp=2**32 + 9, packets=3, octets=4_000)

    first, kind, words, ssrc, seconds, fraction, stamp, packets, octets = struct.unpack_from(">BBHIIIIII", report)
    assert (first, kind, words, ssrc) == (0x80, 200, 6, 7)
    assert seconds - 2_208_988_800 == int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    assert (fraction, stamp, packets, octets) == (2**31, 9, 3, 4_000)
    assert len(report) % 4 == 0


MESSAGES = (
    b"OPTIONS rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n\r\n$\x01\x00\x03abcPLAY rtsp://h/a RTSP/1.0\r\nSession: 5\r\n\r\n"
)


@given(st.lists(st.integers(0, len(MESSAGES)), max_size=8))
def test_messages_come_whole_however_they_are_split(cuts: list[int]) -> None:
    reader = MessageReader()
    edges = [0, *sorted(cuts), len(MESSAGES)]

    seen = [m for a, b in pairwise(edges) for m in reader.feed(MESSAGES[a:b])]

    assert seen == [
        Request("OPTIONS", "rtsp://h/a", {"cseq": "1"}),
        Interleaved(1, b"abc"),
        Request("PLAY", "rtsp://h/a", {"session": "5"}),
    ]


@given(st.binary(max_size=200))
def test_noise_is_refused_or_waited_for(noise: bytes) -> None:
    reader = MessageReader()
    with suppress(AppError):
        list(reader.feed(noise + b"\r\n\r\n"))


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"x" * 20_000,
        b"PLAY rtsp://h RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n",
        b"PLAY rtsp://h RTSP/1.0\r\nContent-Length: -1\r\n\r\n",
        b"PLAY rtsp://[ RTSP/1.0\r\n\r\n",
        b"PLAY rtsp://h RTSP/1.0\r\nno colon\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(sent: bytes) -> None:
    with pytest.raises(AppError):
        list(MessageReader().feed(sent))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("rtsp://h:554/Streaming/Channels/101", "Streaming/Channels/101"),
        ("rtsp://h/a/main/trackID=0", "a/main"),
        ("rtsp://h/a/?x=1", "a"),
        ("rtsp://h/pla%7Aa/", "plaza"),
        ("*", "*"),
    ],
)
def test_path_of_a_request(url: str, path: str) -> None:
    assert Request("DESCRIBE", url, {}).path == path


@pytest.mark.parametrize(
    ("header", "transport"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=2-3", TcpTransport(2, 3)),
        ("RTP/AVP/TCP;unicast", TcpTransport(0, 1)),
        ("RTP/AVP;unicast;client_port=5000-5001", UdpTransport(5000, 5001)),
        ("RTP/AVP/UDP;unicast;client_port=5000", UdpTransport(5000, 5001)),
        ("RTP/AVP;multicast, RTP/AVP/TCP;unicast;interleaved=0-1", TcpTransport(0, 1)),
        ("RTP/AVP;unicast", None),
        ("RTP/AVP;unicast;client_port=99999-1", None),
        ("RTP/SAVP;unicast;client_port=5000-5001", None),
        ("", None),
    ],
)
def test_transport_offers(header: str, transport: TcpTransport | UdpTransport | None) -> None:
    assert parse_transport(header) == transport


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def digest_request(password: str, nonce: str, qop: str = "") -> Request:
    secret, act = md5(f"vigia:{REALM}:{password}"), md5("DESCRIBE:rtsp://h/a")
    middle = f"{nonce}:00000001:ab:{qop}" if qop else nonce
    header = f'Digest username="vigia", realm="{REALM}", nonce="{nonce}", uri="rtsp://h/a"'
    header += f', response="{md5(f"{secret}:{middle}:{act}")}"'
    header += f', qop={qop}, nc=00000001, cnonce="ab"' if qop else ""
    return Request("DESCRIBE", "rtsp://h/a", {"authorization": header})


def test_digest_proves_the_password_for_our_nonce_only() -> None:
    assert LOCK.accept(digest_request("clave", "n1"), "n1")
    assert LOCK.accept(digest_request("clave", "n1", qop="auth"), "n1")
    assert not LOCK.accept(digest_request("otra", "n1"), "n1")
    assert not LOCK.accept(digest_request("clave", "n1"), "n2")


@pytest.mark.parametrize(
    ("token", "accepted"),
    [(base64.b64encode(b"vigia:clave").decode(), True), (base64.b64encode(b"vigia:x").decode(), False), ("%%", False)],
)
def test_basic_password(token: str, accepted: bool) -> None:
    request = Request("DESCRIBE", "rtsp://h/a", {"authorization": f"Basic {token}"})

    assert LOCK.accept(request, "n") is accepted
    assert not Credentials("vigia", "clave", ("Digest",)).accept(request, "n")


def test_the_password_is_not_shown() -> None:
    assert "clave" not in repr(LOCK)


def test_an_answer_on_the_wire() -> None:
    text = Answer(200, [("Session", "5")], b"v=0").encode("3")

    assert (
        text == b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nServer: Sereno simulator\r\nSession: 5\r\nContent-Length: 3\r\n\r\nv=0"
    )


SPS, PPS = b"\x67\x64\x00\x1f\xaa", b"\x68\xee"
LOOP = Clip(
    codec=Codec.H264,
    width=320,
    height=240,
    fps=10.0,
    parameter_sets=(SPS, PPS),
    loop_ticks=45_000,
    units=tuple(AccessUnit(at * 9_000, at * 9_000, at in {0, 3}, cut(Codec.H264, [b"\x65"])) for at in range(5)),
)


def test_what_is_due_next_on_the_loop() -> None:
    assert LOOP.after(0) == (0, 1)
    assert LOOP.after(-1) == (0, 0)
    assert LOOP.after(8_999) == (0, 1)
    assert LOOP.after(36_000) == (1, 0)
    assert LOOP.after(10**15 * 45_000 + 9_000) == (10**15, 2)
    assert [LOOP.key_before(index) for index in range(5)] == [0, 0, 0, 3, 3]


def test_description_names_codec_and_parameters() -> None:
    text = session_description(LOOP, "h").decode()

    assert "a=rtpmap:96 H264/90000" in text
    assert "profile-level-id=64001F; sprop-parameter-sets=Z2QAH6o=,aO4=" in text
    assert "H264" not in session_description(LOOP, "h", unknown_codec=True).decode()


def test_a_cameras_time_line_does_not_follow_a_stepped_clock() -> None:
    clock = ManualClock()
    line = CameraClock(clock)
    began = line.position()

    clock.step_wall(-3_600)
    clock.advance(2)

    assert began == wall_ticks(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    assert line.position() == began + 2 * TICKS_PER_S


def test_key_frames_carry_their_parameter_sets_once() -> None:
    assert with_parameter_sets(Codec.H264, [b"\x09\xf0", b"\x65"], (SPS, PPS)) == [b"\x09\xf0", SPS, PPS, b"\x65"]
    assert with_parameter_sets(Codec.H264, [SPS, PPS, b"\x65"], (SPS, PPS)) == [SPS, PPS, b"\x65"]


def test_codec_records() -> None:
    avcc = b"\x01\x64\x00\x1f\xff\xe1" + b"\x00\x05" + SPS + b"\x01\x00\x02" + PPS
    assert read_codec_record(Codec.H264, avcc).parameter_sets == (SPS, PPS)
    for broken in (b"", avcc[:9], b"\x00\x00\x00\x01\x67"):
        with pytest.raises(AppError):
            read_codec_record(Codec.H264, broken)
        with pytest.raises(AppError):
            read_codec_record(Codec.H265, broken)


def test_a_sample_with_a_wrong_length_is_refused() -> None:
    assert list(split_nals(b"\x00\x00\x00\x02ab", 4)) == [b"ab"]
    for broken in (b"\x00\x00\x00\x09ab", b"\x00\x00\x00\x00"):
        with pytest.raises(AppError):
            list(split_nals(broken, 4))


@dataclass
class Wire:
    """Where a viewer's packets go in these tests."""

    rtp_channel: int = 0
    waiting: int = 0
    sent: list[bytes] = field(default_factory=list)

    def send(self, wire: bytearray, starts: tuple[int, ...]) -> None:
        self.sent += [bytes(wire[a:b]) for a, b in zip(starts, (*starts[1:], len(wire)), strict=True)]

    def send_report(self, report: bytes) -> None:
        pass

    def backlog(self) -> int:
        return self.waiting

    def drop(self) -> None:
        pass


def watch(viewer: Viewer, *indexes: int, faults: Faults = NO_FAULTS) -> None:
    for index in indexes:
        viewer.deliver(LOOP.units[index], LOOP.units[index].shown, faults, random.Random(1))


def test_a_slow_viewer_goes_on_with_the_next_key_frame() -> None:
    wire = Wire()
    viewer = Viewer(wire, ssrc=1, sequence=10, origin=5)
    watch(viewer, 0, 1)
    wire.waiting = BACKLOG_LIMIT + 1
    watch(viewer, 2)
    wire.waiting = 0
    watch(viewer, 3, 4)

    assert viewer.dropped == 1
    stamps = [struct.unpack_from(">HI", packet, 6) for packet in wire.sent]
    assert stamps == [(10, 5), (11, 9_005), (12, 27_005), (13, 36_005)]


def test_lost_packets_leave_a_hole_in_the_numbers() -> None:
    wire = Wire()
    viewer = Viewer(wire, ssrc=1, sequence=0, origin=0)

    watch(viewer, 0, 1, faults=Faults(loss=1.0))
    watch(viewer, 2)

    assert [struct.unpack_from(">H", packet, 6)[0] for packet in wire.sent] == [2]
