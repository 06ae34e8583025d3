"""Chunks, samples, parameter sets and the chain: bytes in, bytes out."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.core.errors import AppError
from sereno.core.ids import CameraId, SegmentId
from sereno.core.media_time import MediaTicks, WallTicks
from sereno.recording import chunks
from sereno.recording.boxes import read_boxes
from sereno.recording.chain import chain_line, chain_value, chained, first_break
from sereno.recording.model import GENESIS, Segment
from sereno.recording.nal import Codec, ParameterSets, parameter_sets, sets_after, split_lengths, split_units, with_sets
from sereno.recording.sps import read_sps

SPS_720P = bytes.fromhex("6764001facb402802dd80880000003008000000f078c1950")
PPS = bytes.fromhex("68ef3cb0")
IDR = bytes([0x65, 0x88, 0x84, 1, 2, 3])
DELTA = bytes([0x41, 0x9A, 0x02, 7])
DELIMITER = bytes([0x09, 0x10])
EMPTY = ParameterSets(Codec.H264, (), (), ())
KNOWN = ParameterSets(Codec.H264, (), (SPS_720P,), (PPS,))

slices = st.builds(
    lambda head, rest: bytes([head, *rest]),
    st.sampled_from([0x41, 0x65, 0x01]),
    st.lists(st.integers(1, 255), max_size=60),
)
units = st.lists(slices, min_size=1, max_size=6)


def annex_b(*nal_units: bytes) -> bytes:
    return b"".join(b"\x00\x00\x00\x01" + unit for unit in nal_units)


@given(units)
def test_units_survive_annex_b_and_lengths(nal_units: list[bytes]) -> None:
    assert split_units(annex_b(*nal_units)) == nal_units
    assert split_lengths(b"".join(len(unit).to_bytes(4, "big") + unit for unit in nal_units)) == nal_units


def test_a_key_frame_announces_its_sets() -> None:
    assert sets_after(EMPTY, (SPS_720P, PPS)) == KNOWN
    assert sets_after(KNOWN, ()) is KNOWN


def test_unknown_sets_between_key_frames_stay_in_the_sample() -> None:
    other, delta = PPS + b"\x01", len(DELTA).to_bytes(4, "big") + DELTA
    assert split_lengths(with_sets(KNOWN, delta, (PPS, other))) == [other, DELTA]
    assert with_sets(KNOWN, delta, (SPS_720P, PPS)) == delta


def test_the_same_sets_again_are_no_change() -> None:
    assert sets_after(KNOWN, (SPS_720P, PPS)) is KNOWN
    changed = sets_after(KNOWN, (PPS + b"\x07",))
    assert changed == ParameterSets(Codec.H264, (), (SPS_720P,), (PPS + b"\x07",))


def test_sps_says_the_size() -> None:
    parameters = read_sps(Codec.H264, SPS_720P)
    assert (parameters.width, parameters.height, parameters.codec_string) == (1280, 720, "avc1.64001f")


@given(st.binary(max_size=80), st.sampled_from(list(Codec)))
def test_a_hostile_sps_is_an_app_error_or_a_size(payload: bytes, codec: Codec) -> None:
    try:
        parameters = read_sps(codec, b"\x67\x64" + payload)
    except AppError as error:
        assert error.code == "parameters_malformed"  # noqa: PT017 a size is as good
    else:
        assert 16 <= parameters.width <= 16_384


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**62),
    st.integers(1, 2**31),
    st.binary(max_size=300),
    st.booleans(),
    st.integers(-900_000, 900_000),
)
def test_a_chunk_reads_back(sequence: int, at: int, duration: int, sample: bytes, key: bool, shift: int) -> None:
    chunk = chunks.make_chunk(sequence, at, duration, sample, key=key, shift=shift)
    assert chunks.read_chunk(chunk, 7) == chunks.Chunk(7, len(chunk), at, duration, key)
    assert [box.kind for box in read_boxes(chunk)] == [b"moof", b"mdat"]
    assert chunk.endswith(sample)


@given(st.binary(max_size=200))
def test_foreign_bytes_are_no_chunk(content: bytes) -> None:
    assert chunks.read_chunk(content) is None or content[4:8] == b"moof"
    assert sum(box.size for box in read_boxes(content)) <= len(content)


def test_init_segment_holds_the_sets() -> None:
    init, parameters = chunks.make_init(KNOWN)
    assert chunks.init_size(init + b"more") == len(init)
    assert chunks.read_codec_string(init) == parameters.codec_string
    assert SPS_720P in init
    assert PPS in init


@given(st.integers(0, 2**47), st.integers(0, 2**62))
def test_a_reference_reads_back(wall: int, media: int) -> None:
    assert chunks.read_reference(chunks.make_reference(wall, media)) == (wall, media)


def test_parameter_sets_are_each_kept_once() -> None:
    assert parameter_sets(Codec.H264, [SPS_720P, PPS, PPS, IDR]) == KNOWN


def segment(number: int) -> Segment:
    return Segment(
        id=SegmentId(f"{number:026d}"),
        camera_id=CameraId("plaza"),
        number=number,
        path=f"plaza/{number:08d}.mp4",
        started_wall=WallTicks(153_000_000_000_000 + number * 5_400_000),
        started_media=MediaTicks(number * 5_400_000),
        duration=MediaTicks(5_400_000),
        frames=900,
        size=1_000_000 + number,
        sha256=hashlib.sha256(bytes([number])).hexdigest(),
        previous_chain="",
        chain="",
        codec="avc1.64001f",
        end_reason="rotated",
    )


def linked(count: int) -> list[Segment]:
    links: list[Segment] = []
    for number in range(1, count + 1):
        links.append(chained(segment(number), links[-1].chain if links else GENESIS))
    return links


def test_the_chained_text_is_the_documented_one() -> None:
    """Who changes this breaks every verifier that was ever handed out."""
    first = linked(1)[0]
    assert chain_line(first) == (
        f"sereno-segment-2 {GENESIS} plaza 1 00000000000000000000000001 153000005400000 5400000 5400000 900 1000001 "
        f"{first.sha256} avc1.64001f rotated live -"
    )
    assert first.chain == hashlib.sha256(chain_line(first).encode()).hexdigest()
    assert chain_line(replace(first, origin="card", camera_offset=-7)).endswith(" rotated card -7")
    assert chain_line(replace(first, chain_version=1)) == (
        f"sereno-segment-1 {GENESIS} plaza 1 00000000000000000000000001 153000005400000 5400000 5400000 900 1000001 "
        f"{first.sha256} avc1.64001f rotated"
    )


def test_a_chain_may_begin_as_the_first_version_did() -> None:
    old = replace(segment(1), previous_chain=GENESIS, chain_version=1)
    old = replace(old, chain=chain_value(old))
    assert first_break([old, chained(segment(2), old.chain)]) is None
    assert first_break([replace(old, chain_version=2), chained(segment(2), old.chain)]) is not None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda links: [links[0], links[2]],
        lambda links: [links[1], links[0], links[2]],
        lambda links: [links[0], replace(links[1], size=7), links[2]],
        lambda links: [links[0], replace(links[1], sha256="0" * 64), links[2]],
        lambda links: links[1:],
    ],
)
def test_a_spoilt_chain_breaks(spoil: object) -> None:
    links = linked(3)
    assert first_break(links) is None
    assert callable(spoil)
    assert first_break(spoil(links)) is not None
