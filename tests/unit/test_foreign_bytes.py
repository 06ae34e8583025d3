"""Every parser of foreign bytes that cameras and recording have, fed with spoilt copies of what is valid.

Nothing but faults by name may come out, and no more than what went in. ``SERENO_FUZZ=20000`` makes so many tries each.
"""

import os
import random
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sereno.cameras.faults import StreamFault
from sereno.cameras.rtsp.auth import Authorization, Login, strongest
from sereno.cameras.rtsp.dialogue import Wish
from sereno.cameras.rtsp.media import Described, Event, Failed, Sample, Sound
from sereno.cameras.rtsp.messages import find_message
from sereno.cameras.rtsp.reorder import Reorder
from sereno.cameras.rtsp.rtcp import read_rtcp
from sereno.cameras.rtsp.sdp import described_sets, parse_description, resolve_control
from sereno.cameras.rtsp.session import RtspSession
from sereno.cameras.rtsp.sound_format import SoundCodec, SoundFormat
from sereno.cameras.rtsp.transport import read_transport
from sereno.core.errors import AppError
from sereno.recording import chunks
from sereno.recording.boxes import read_boxes
from sereno.recording.nal import Codec, ParameterSets, parameter_sets, sets_after, split_lengths, split_units, with_sets
from sereno.recording.repair import read_whole
from sereno.recording.sound_track import PlacedUnit, hide_sound, make_sound_chunk
from sereno.recording.sps import read_sps
from sereno.simulation.rtsp import packetise
from sereno.simulation.rtsp.clip import AccessUnit, Clip
from sereno.simulation.rtsp.description import session_description
from sereno.simulation.rtsp.sound import SoundSource, Voice

TRIES = int(os.environ.get("SERENO_FUZZ", "80"))
fuzz = settings(
    max_examples=TRIES,
    deadline=timedelta(seconds=5),  # against what never ends; a busy machine is no fault
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

H264_SETS = (bytes.fromhex("6764001facb402802dd80880000003008000000f078c1950"), bytes.fromhex("68ef3cb0"))
H265_SETS = (
    bytes.fromhex("40010c01ffff01600000030090000003000003003c959809"),
    bytes.fromhex("42010101600000030090000003000003003ca00a080f165965924caf01680800001f480005dc0040"),
    bytes.fromhex("4401c172b46240"),
)
AAC = "streamtype=5; mode=AAC-hbr; sizelength=13; indexlength=3; indexdeltalength=3; config=1408"
SOUND = SoundSource(
    encoding="mpeg4-generic",
    rate_hz=16_000,
    format=AAC,
    unit_samples=1_024,
    payloads=(b"\x00\x10\x00\x50" + bytes(range(10)),),
)
CODECS = [packetise.Codec.H264, packetise.Codec.H265]
TOKENS = [
    b"//[",
    b"[::",
    b"]",
    b"%00",
    b"-1",
    b"99999999999999999999",
    "٣".encode(),
    b"\xff\xfe",
    b"\r\n\r\n",
    b"\r\n",
    b";",
    b"=",
    b'"',
    b",,",
    b"$\x00\xff\xff",
    b"$\x03",
    b"RTSP/1.0 ",
    b"\x00" * 40,
    b"\xff" * 40,
]
Edits = list[tuple[str, int, bytes]]
edits: st.SearchStrategy[Edits] = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "overwrite", "repeat", "drop"]),
        st.integers(0, 2**30),
        st.binary(min_size=1, max_size=9) | st.sampled_from(TOKENS),
    ),
    max_size=6,
)


def spoilt(pieces: Sequence[bytes], changes: Edits) -> list[bytes]:
    """``pieces`` with these changes, each in one place of one piece."""
    spoiled = [bytearray(piece) for piece in pieces]
    for kind, place, new in changes:
        piece = spoiled[place % len(spoiled)]
        at = place // len(spoiled) % (len(piece) + 1)
        if kind == "flip" and at < len(piece):
            piece[at] ^= new[0] or 1
        elif kind == "cut":
            del piece[at:]
        elif kind == "insert":
            piece[at:at] = new
        elif kind == "overwrite":
            piece[at : at + len(new)] = new
        elif kind == "repeat":
            piece[at:at] = piece[max(0, at - 60) : at] * (1 + new[0] % 40)
        elif kind == "drop":
            del piece[at : at + new[0]]
    return [bytes(piece) for piece in spoiled]


def picture(codec: packetise.Codec, number: int) -> list[bytes]:
    """The units of an access unit; the third is so large that it is fragmented."""
    if codec is packetise.Codec.H264:
        slice_ = (b"\x65\x88" if number % 5 == 0 else b"\x41\x9a") + bytes([1 + number % 200]) * 4_000
        return [*(H264_SETS if number % 5 == 0 else ()), slice_]
    slice_ = (b"\x26\x01\xaf" if number % 5 == 0 else b"\x02\x01\xd0") + bytes([1 + number % 200]) * 4_000
    return [*(H265_SETS if number % 5 == 0 else ()), slice_]


def conversation(codec: packetise.Codec) -> list[bytes]:
    """All that a good camera says, message by message and then packets, from OPTIONS on."""
    sets = H264_SETS if codec is packetise.Codec.H264 else H265_SETS
    unit = AccessUnit(0, 0, True, packetise.cut(codec, picture(codec, 0)))
    clip = Clip(codec, 1_280, 720, 25.0, sets, 90_000, (unit,))
    sdp = session_description(clip, "127.0.0.1", sound=SOUND)
    base = "Content-Base: rtsp://127.0.0.1/a/\r\nContent-Type: application/sdp\r\n"
    said = [
        b'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="c", nonce="a", qop="auth"\r\n\r\n',
        b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER\r\n\r\n",
        f"RTSP/1.0 200 OK\r\nCSeq: 3\r\n{base}Content-Length: {len(sdp)}\r\n\r\n".encode() + sdp,
        b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\nSession: 7;timeout=60\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nCSeq: 5\r\nTransport: RTP/AVP/TCP;unicast;interleaved=2-3\r\nSession: 7\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nCSeq: 6\r\nSession: 7\r\nRTP-Info: url=x;seq=65530;rtptime=4294960000\r\n\r\n",
    ]
    sequence, voice = 65_530, Voice(9, 65_534, 4_294_960_000)
    for number in range(12):
        cut = packetise.cut(codec, picture(codec, number))
        stamp = 4_294_960_000 + number * 3_600
        said.append(bytes(packetise.patched(cut, channel=0, sequence=sequence & 0xFFFF, timestamp=stamp, ssrc=7)))
        sequence += len(cut.starts)
        said.append(bytes(voice.packet(SOUND, number, 2)))
        report = packetise.sender_report(ssrc=7, wall=10**14, timestamp=stamp & 0xFFFFFFFF, packets=1, octets=1)
        said.append(b"$\x01" + len(report).to_bytes(2, "big") + report)
    return said


CONVERSATIONS = {codec: conversation(codec) for codec in CODECS}


def converse(pieces: Sequence[bytes]) -> tuple[RtspSession, list[Event]]:
    session = RtspSession("rtsp://name:word@127.0.0.1/a", Wish(lambda: "0", sound=True))
    events: list[Event] = []
    for piece in pieces:
        new = session.receive(piece)
        events += new
        if any(isinstance(event, Failed) for event in new):
            break
        if any(isinstance(event, Described) for event in new):
            session.set_up()
        assert len(session.to_send()) < 100_000
    session.keep_alive()
    session.report()
    return session, events


@pytest.mark.parametrize("codec", CODECS)
def test_the_corpus_itself_is_understood(codec: packetise.Codec) -> None:
    session, events = converse(CONVERSATIONS[codec])
    assert session.playing
    assert not [event for event in events if isinstance(event, Failed)]
    assert len([event for event in events if isinstance(event, Sample)]) == 12
    assert len([event for event in events if isinstance(event, Sound)]) == 12


@fuzz
@given(st.sampled_from(CODECS), edits, st.integers(0, 2**30))
def test_a_spoilt_conversation_ends_in_a_fault_by_name(codec: packetise.Codec, changes: Edits, seed: int) -> None:
    pieces = spoilt(CONVERSATIONS[codec], changes)
    if seed % 2:
        pieces = [piece[at : at + 700] for piece in pieces for at in range(0, len(piece), 700)]
    _session, events = converse(pieces)
    failed = [event.fault.code for event in events if isinstance(event, Failed)]
    assert len(failed) <= 1
    assert set(failed) <= set(StreamFault)
    assert sum(len(event.content) for event in events if isinstance(event, Sample | Sound)) <= 2 * len(b"".join(pieces))


@fuzz
@given(st.sampled_from(CODECS), st.lists(st.binary(max_size=2_000), max_size=12), st.integers(0, 10))
def test_noise_in_a_stream_ends_in_a_fault_by_name(codec: packetise.Codec, noise: list[bytes], place: int) -> None:
    said = CONVERSATIONS[codec]
    _session, events = converse([*said[: 6 + place], *noise, *said[6 + place :]])
    assert {event.fault.code for event in events if isinstance(event, Failed)} <= set(StreamFault)


@fuzz
@given(st.sampled_from(CODECS), edits, st.permutations(range(20)))
def test_spoilt_datagrams_are_taken_or_left(codec: packetise.Codec, changes: Edits, order: list[int]) -> None:
    session, _events = converse(CONVERSATIONS[codec][:6])
    cut = packetise.cut(codec, [picture(codec, 0)[-1] * 6])
    wire = bytes(packetise.patched(cut, channel=0, sequence=65_530, timestamp=5, ssrc=7))
    packets = [wire[a + 4 : b] for a, b in zip(cut.starts, (*cut.starts[1:], len(wire)), strict=True)][:20]
    reorder, events = Reorder(), list[Event]()
    for number, packet in enumerate(spoilt([packets[at % len(packets)] for at in order], changes)):
        for ready in reorder.take(packet, number / 100):
            events += session.datagram(0, ready)
        events += session.datagram(0, packet, report=True)
    assert {event.fault.code for event in events if isinstance(event, Failed)} <= set(StreamFault)


@fuzz
@given(st.sampled_from(CODECS), edits)
def test_a_spoilt_description(codec: packetise.Codec, changes: Edits) -> None:
    body = CONVERSATIONS[codec][2].partition(b"\r\n\r\n")[2]
    try:
        description = parse_description(spoilt([body], changes)[0])
    except AppError as fault:
        assert fault.code in set(StreamFault)  # noqa: PT017 a description is as good
        return
    for media in description.media:
        assert sum(map(len, described_sets(media))) < 300_000
        assert resolve_control("rtsp://a/b", media.control)


@fuzz
@given(st.sampled_from(CODECS), st.integers(0, 5), edits)
def test_a_spoilt_message(codec: packetise.Codec, number: int, changes: Edits) -> None:
    content = spoilt([CONVERSATIONS[codec][number]], changes)[0]
    try:
        found = find_message(content)
    except AppError as fault:
        assert fault.code in set(StreamFault)  # noqa: PT017 a message is as good
        return
    if found is None:
        return
    message, size = found
    assert 0 < size <= len(content)
    assert 0 <= message.status < 10_000
    challenge = strongest(message.all("www-authenticate"))
    if challenge is not None:
        assert Authorization(Login("a", "b"), challenge, lambda: "0").header("PLAY", "rtsp://a")
    read_transport(message.header("transport"))


@fuzz
@given(edits)
def test_a_spoilt_report(changes: Edits) -> None:
    valid = packetise.sender_report(ssrc=7, wall=10**14, timestamp=5, packets=1, octets=1) + packetise.goodbye(7)
    packet = spoilt([valid], changes)[0]
    assert len(read_rtcp(packet)) <= len(packet) // 8


@fuzz
@given(st.sampled_from(list(Codec)), edits)
def test_spoilt_parameter_sets(codec: Codec, changes: Edits) -> None:
    valid = H264_SETS if codec is Codec.H264 else H265_SETS
    sets = parameter_sets(codec, [unit for unit in spoilt(valid, changes) if unit])
    if not sets.complete:
        return
    try:
        parameters = read_sps(codec, sets.sps[0])
        init, _ = chunks.make_init(sets)
    except AppError as fault:
        assert fault.code == "parameters_malformed"  # noqa: PT017 an init segment is as good
        return
    assert 16 <= parameters.width <= 16_384
    assert chunks.init_size(init) == len(init)
    assert chunks.read_codec_string(init)


@fuzz
@given(st.sampled_from(list(Codec)), edits, st.booleans())
def test_a_spoilt_byte_stream(codec: Codec, changes: Edits, key: bool) -> None:
    units = picture(packetise.Codec.H264 if codec is Codec.H264 else packetise.Codec.H265, 0)
    packet = spoilt([b"".join(b"\x00\x00\x01" + unit for unit in units)], changes)[0]
    found = split_units(packet) if key else split_lengths(packet)
    assert sum(map(len, found)) <= len(packet)
    known = sets_after(ParameterSets(codec, (), (), ()), found)
    assert len(with_sets(known, packet, found)) <= 6 * len(packet)


def recording() -> list[bytes]:
    """A segment's file: init, then references, pictures and sound."""
    aac = SoundFormat(SoundCodec.AAC, 16_000, 1, bytes.fromhex("1408"), "mp4a.40.2")
    init, _ = chunks.make_init(ParameterSets(Codec.H264, (), H264_SETS[:1], H264_SETS[1:]), aac)
    parts = [init]
    for number in range(8):
        if number % 4 == 0:
            parts.append(chunks.make_reference(10**14 + number * 3_600, number * 3_600))
        parts.append(chunks.make_chunk(number, number * 3_600, 3_600, b"\x00\x00\x00\x02ab", key=number % 4 == 0))
        parts.append(make_sound_chunk(number, number * 3_600, [PlacedUnit(b"sound", 1_800)] * (1 + number % 2)))
    return parts


RECORDING = recording()


@fuzz
@given(edits)
def test_a_spoilt_recording(changes: Edits) -> None:
    content = b"".join(spoilt(RECORDING, changes))
    assert sum(box.size for box in read_boxes(content)) <= len(content)
    size = chunks.init_size(content)
    assert 0 <= size <= len(content)
    assert len(hide_sound(content[:size])) == size
    chunks.read_codec_string(content[:size])
    for at in range(0, min(len(content), 3_000), 7):
        chunk = chunks.read_chunk(content[at : at + chunks.MAX_HEADER_SIZE], at)
        assert chunk is None or chunk.size > 0
        chunks.read_reference(content[at : at + chunks.REFERENCE_SIZE])
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        whole = read_whole(Path(file.name))
    assert whole is None or (0 < whole.size <= len(content) and whole.pictures)


def test_a_recording_that_is_whole_is_found_whole(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"".join(RECORDING) + b"torn")
    whole = read_whole(tmp_path / "a.mp4")
    assert whole is not None
    assert (whole.size, len(whole.pictures), whole.duration) == (len(b"".join(RECORDING)), 8, 8 * 3_600)


@pytest.mark.parametrize(
    "mark", [b"RTSP/1.", b"$\x00", b"$\x00\xff\xff", b"A", b"\r\n", b"$\x00\x00\x0c\x80\x60", b"ANNOUNCE "]
)
def test_a_megabyte_of_one_mark_is_over_soon(mark: bytes) -> None:
    """Repeated marks must not make the reader copy or look again and again."""
    said = CONVERSATIONS[packetise.Codec.H264][:6]
    block = mark * (262_144 // len(mark))
    _session, events = converse([*said, block, block, block, block])
    assert {event.fault.code for event in events if isinstance(event, Failed)} <= set(StreamFault)


@pytest.mark.parametrize("base", ["rtsp://[", "rtsp://a]b/", "//[::", "\x00", "rtsp://%", "", " "])
def test_an_absurd_base_ends_in_a_fault_by_name(base: str) -> None:
    said = CONVERSATIONS[packetise.Codec.H264]
    pieces = [piece.replace(b"rtsp://127.0.0.1/a/", base.encode()) for piece in said]
    _session, events = converse(pieces)
    assert {event.fault.code for event in events if isinstance(event, Failed)} <= {StreamFault.GARBAGE}


@pytest.mark.parametrize("stale", ["", ", stale=true"])
def test_a_storm_of_challenges_is_answered_a_few_times(stale: str) -> None:
    session = RtspSession("rtsp://name:word@127.0.0.1/a", Wish(lambda: "0"))
    proofs, events = 0, list[Event]()
    for number in range(1, 30):
        proofs += session.to_send().count(b"Authorization: ")
        storm = f'RTSP/1.0 401 No\r\nCSeq: {number}\r\nWWW-Authenticate: Digest realm="c", nonce="{number}"{stale}'
        events += session.receive(f"{storm}\r\n\r\n".encode())
    assert [event.fault.code for event in events if isinstance(event, Failed)] == [StreamFault.UNAUTHORIZED]
    assert proofs <= 2


def test_random_bytes_never_pass_for_a_greeting() -> None:
    chance = random.Random(1)
    for _ in range(200):
        _session, events = converse([chance.randbytes(400) for _ in range(4)])
        assert [event.fault.code for event in events if isinstance(event, Failed)][:1] <= [StreamFault.NOT_RTSP]
