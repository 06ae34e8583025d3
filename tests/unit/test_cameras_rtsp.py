"""Our RTSP client without a socket: dialogues, passwords, descriptions, packets, however the bytes were split."""

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.cameras.rtsp.auth import Authorization, Login, split_login, strongest
from sereno.cameras.rtsp.dialogue import Wish
from sereno.cameras.rtsp.media import Described, Event, Failed, Playing, Sample, SenderClock
from sereno.cameras.rtsp.reorder import Reorder
from sereno.cameras.rtsp.sdp import parse_description, resolve_control
from sereno.cameras.rtsp.session import RtspSession
from sereno.simulation.rtsp.packetise import Codec, cut, patched, sender_report
from tests.captures.rtsp_dialogues import DESCRIPTIONS

URL = "rtsp://vigia:clave%40@10.0.0.7/live"
SPS, PPS = bytes.fromhex("6764001facb402802dd80880000003008000000f078c1950"), bytes.fromhex("68ef3cb0")
KEY = bytes([0x65, 0x88, 0x84]) + bytes(range(1, 255)) * 12
DELTA = bytes([0x41, 0x9A, 0x02]) + bytes(range(1, 255)) * 8
SDP = (
    b"v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n"
    b"a=rtpmap:96 H264/90000\r\na=framerate:15\r\na=control:trackID=1\r\n"
)


def answers(cseq: int, *headers: str, body: bytes = b"", status: str = "200 OK") -> bytes:
    lines = [f"RTSP/1.0 {status}", f"CSeq: {cseq}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def session(url: str = URL) -> RtspSession:
    return RtspSession(url, Wish(lambda: "c0ffee"))


def played() -> RtspSession:
    one = session()
    one.receive(answers(1, "Public: OPTIONS, GET_PARAMETER"))
    one.receive(answers(2, "Content-Base: rtsp://10.0.0.7/live/", body=SDP))
    one.set_up()
    one.receive(answers(3, "Session: 77;timeout=30", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"))
    events = one.receive(answers(4, "Session: 77"))
    assert events == [Playing(15.0)]
    return one


def pictures(count: int = 6) -> list[bytes]:
    """Interleaved packets of so many pictures, each packet by itself."""
    packets, number = [], 65_530
    for at in range(count):
        unit = cut(Codec.H264, [SPS, PPS, KEY] if at % 3 == 0 else [DELTA])
        wire = patched(unit, channel=0, sequence=number, timestamp=2**32 - 9_000 + at * 6_000, ssrc=9)
        number += len(unit.starts)
        packets += [bytes(wire[a:b]) for a, b in zip(unit.starts, (*unit.starts[1:], len(wire)), strict=True)]
    return [
        packet[:6] + (int.from_bytes(packet[6:8], "big") & 0xFFFF).to_bytes(2, "big") + packet[8:] for packet in packets
    ]


def samples(events: list[Event]) -> list[Sample]:
    return [event for event in events if isinstance(event, Sample)]


def test_a_dialogue_asks_for_the_track_of_the_base() -> None:
    one = session()
    assert one.to_send().startswith(b"OPTIONS rtsp://10.0.0.7/live RTSP/1.0\r\nCSeq: 1\r\n")
    one.receive(answers(1))
    assert b"DESCRIBE rtsp://10.0.0.7/live RTSP/1.0" in one.to_send()
    events = one.receive(answers(2, "Content-Base: rtsp://10.0.0.7/live/", body=SDP))
    assert isinstance(events[0], Described)
    assert events[0].video.fps == 15
    one.set_up()
    assert b"SETUP rtsp://10.0.0.7/live/trackID=1 RTSP/1.0" in one.to_send()


@given(st.lists(st.integers(1, 4_000), min_size=1, max_size=12))
def test_it_does_not_matter_how_bytes_are_split(sizes: list[int]) -> None:
    report = sender_report(ssrc=9, wall=90_000 * 1_700_000_000, timestamp=0, packets=1, octets=1)
    stream = b"".join([*pictures(), b"$\x01" + len(report).to_bytes(2, "big") + report, answers(9)])
    whole = played().receive(stream)
    one, events, at = played(), [], 0
    buffer = bytearray(8_192)
    for number in range(len(stream)):
        size = sizes[number % len(sizes)]
        part = stream[at : at + size]
        buffer[: len(part)] = part
        events += one.receive(memoryview(buffer)[: len(part)])
        at += size
        if at >= len(stream):
            break
    assert events == whole
    assert len(samples(whole)) == 6
    assert sum(isinstance(event, SenderClock) for event in whole) == 1


def test_pictures_come_out_whole_and_time_does_not_wrap() -> None:
    found = samples(played().receive(b"".join(pictures())))
    assert [sample.key for sample in found] == [True, False, False] * 2
    assert found[0].sets == (SPS, PPS)
    assert found[0].content == len(KEY).to_bytes(4, "big") + KEY
    assert [sample.timestamp - found[0].timestamp for sample in found] == [6_000 * at for at in range(6)]


@pytest.mark.parametrize("missing", range(12))
def test_a_lost_packet_costs_its_picture_and_no_other(missing: int) -> None:
    packets = pictures()
    one = played()
    whole = samples(played().receive(b"".join(packets)))
    found = samples(one.receive(b"".join(packets[:missing] + packets[missing + 1 :])))
    assert len(whole) - len(found) <= 1
    assert all(sample in whole or sample._replace(sets=(SPS, PPS)) in whole for sample in found)


def test_markers_that_never_come_are_made_up_for_by_time_stamps() -> None:
    bare = b"".join(packet[:5] + bytes([packet[5] & 0x7F]) + packet[6:] for packet in pictures(7))
    assert len(samples(played().receive(bare))) == 6


@given(st.binary(max_size=600))
def test_noise_ends_in_a_fault_or_is_skipped(noise: bytes) -> None:
    for one in (session(), played()):
        events = one.receive(noise)
        assert all(isinstance(event, Failed | Sample | SenderClock) for event in events)


def test_a_web_server_is_told_by_name() -> None:
    (event,) = session().receive(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert isinstance(event, Failed)
    assert event.fault.code == "camera_not_rtsp"


def sent_header(one: RtspSession, name: str) -> str:
    lines = one.to_send().decode().split("\r\n")
    return next((line.partition(": ")[2] for line in reversed(lines) if line.startswith(name)), "")


def test_the_strongest_proof_is_given_and_a_stale_one_renewed() -> None:
    one = session()
    digest = 'WWW-Authenticate: Digest realm="r", nonce="{}", algorithm={}, qop="auth"{}'
    offers = ('WWW-Authenticate: Basic realm="r"', digest.format("n1", "MD5", ""), digest.format("n1", "SHA-256", ""))
    one.receive(answers(1, *offers, status="401 Unauthorized"))
    proof = sent_header(one, "Authorization")
    secret = hashlib.sha256(b"vigia:r:clave@").hexdigest()
    act = hashlib.sha256(b"OPTIONS:rtsp://10.0.0.7/live").hexdigest()
    response = hashlib.sha256(f"{secret}:n1:00000001:c0ffee:auth:{act}".encode()).hexdigest()
    assert f'response="{response}"' in proof
    one.receive(answers(2))
    one.receive(answers(3, digest.format("n2", "SHA-256", ", stale=true"), status="401 Unauthorized"))
    assert 'nonce="n2"' in sent_header(one, "Authorization")


def test_a_wrong_password_is_not_tried_again_and_again() -> None:
    one = session()
    one.receive(answers(1, 'WWW-Authenticate: Digest realm="r", nonce="a"', status="401 Unauthorized"))
    (event,) = one.receive(answers(2, 'WWW-Authenticate: Digest realm="r", nonce="b"', status="401 Unauthorized"))
    assert isinstance(event, Failed)
    assert event.fault.code == "camera_unauthorized"


def test_digest_as_the_standard_computes_it() -> None:
    """Source: RFC 7616 section 3.9.1."""
    challenge = strongest(
        [
            'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5,'
            ' nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",'
            ' opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
        ]
    )
    assert challenge is not None
    client = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    proof = Authorization(Login("Mufasa", "Circle of Life"), challenge, lambda: client).header("GET", "/dir/index.html")
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in proof


def test_names_and_passwords_are_taken_out_of_urls() -> None:
    assert split_login(URL) == ("rtsp://10.0.0.7/live", Login("vigia", "clave@"))
    assert "clave" not in repr(split_login(URL))


@pytest.mark.parametrize("name", sorted(DESCRIPTIONS))
def test_descriptions_of_several_makers(name: str) -> None:
    text, base, codec, control = DESCRIPTIONS[name]
    video = next(media for media in parse_description(text).media if media.kind == "video")
    assert (video.codec, resolve_control(base, video.control)) == (codec, control)


@given(st.permutations(range(12)))
def test_udp_packets_come_out_in_order(order: list[int]) -> None:
    reorder, found = Reorder(), []
    first = struct.pack(">BBHII", 0x80, 96, 65_530, 0, 0)
    found += reorder.take(first, 0.0)
    for number in order:
        found += reorder.take(struct.pack(">BBHII", 0x80, 96, (65_531 + number) & 0xFFFF, 0, 0), 0.01)
    assert [int.from_bytes(packet[2:4], "big") for packet in found] == [(65_530 + n) & 0xFFFF for n in range(13)]
    assert reorder.take(first, 0.02) == []


def test_udp_does_not_wait_for_ever() -> None:
    reorder = Reorder()
    packets = [struct.pack(">BBHII", 0x80, 96, number, 0, 0) for number in range(4)]
    assert reorder.take(packets[0], 0.0) == [packets[0]]
    assert reorder.take(packets[2], 0.1) == []
    assert reorder.due(0.5) == [packets[2]]
    assert reorder.take(packets[1], 0.6) == []
