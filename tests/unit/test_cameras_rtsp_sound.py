"""Sound out of RTP payloads: whole units with their times, and nothing from what does not parse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sereno.cameras.rtsp.aac import AacPayloads, UnitHeader, aac_payloads, read_configuration
from sereno.cameras.rtsp.opus import packet_duration
from sereno.cameras.rtsp.sound import sound_depacketiser
from sereno.cameras.rtsp.sound_format import SoundCodec, SoundUnit

HBR = {"mode": "AAC-hbr", "sizelength": "13", "indexlength": "3", "indexdeltalength": "3"}


def headers(*sizes: int) -> bytes:
    """AU headers of AAC-hbr: thirteen bits of size, three of index."""
    return (len(sizes) * 16).to_bytes(2, "big") + b"".join((size << 3).to_bytes(2, "big") for size in sizes)


def aac(config: str = "1408", clock_hz: int = 16_000) -> AacPayloads:
    payloads = aac_payloads(clock_hz, {**HBR, "config": config})
    assert payloads is not None
    return payloads


def test_several_units_in_a_packet_each_get_their_time() -> None:
    payloads = aac()
    assert (payloads.format.codec_string, payloads.format.channels, payloads.format.rate_hz) == ("mp4a.40.2", 1, 16_000)
    units = payloads.take(headers(3, 2, 4) + b"aaabbcccc", 2**32 - 1_024, marker=True)
    assert units == [
        SoundUnit(b"aaa", 2**32 - 1_024, 1_024),
        SoundUnit(b"bb", 0, 1_024),
        SoundUnit(b"cccc", 1_024, 1_024),
    ]


def test_a_unit_over_several_packets_is_joined() -> None:
    payloads = aac()
    assert payloads.take(headers(5) + b"ab", 7, marker=False) == []
    assert payloads.take(headers(5) + b"cd", 7, marker=False) == []
    assert payloads.take(headers(5) + b"e", 7, marker=True) == [SoundUnit(b"abcde", 7, 1_024)]


@pytest.mark.parametrize("second", [(headers(5) + b"cde", 8), (headers(6) + b"cde", 7)])
def test_parts_of_different_units_are_not_joined(second: tuple[bytes, int]) -> None:
    payloads = aac()
    payloads.take(headers(5) + b"ab", 7, marker=False)
    assert payloads.take(*second, marker=True) == []


def test_a_missing_packet_drops_the_unit_it_was_part_of() -> None:
    payloads = aac()
    payloads.take(headers(5) + b"ab", 7, marker=False)
    payloads.lost()
    assert payloads.take(headers(5) + b"cde", 7, marker=True) == []


@pytest.mark.parametrize(
    ("payload", "kept"),
    [
        (b"", 0),
        (b"\x00", 0),
        (b"\x00\x10", 0),
        (b"\xff\xff" + bytes(9_000), 0),
        (headers(0) + b"a", 0),
        (headers(2, 9) + b"aab", 1),  # the second one is cut
        ((16).to_bytes(2, "big") + (2 << 3 | 1).to_bytes(2, "big") + b"aa", 0),  # interleaved
    ],
)
def test_what_does_not_parse_is_left_out(payload: bytes, kept: int) -> None:
    assert len(aac().take(payload, 0, marker=True)) == kept


@pytest.mark.parametrize(
    ("config", "clock_hz", "expected"),
    [
        ("1210", 44_100, ("mp4a.40.2", 2, 1_024)),
        ("1588", 8_000, ("mp4a.40.2", 1, 1_024)),
        ("2b8a0800", 44_100, ("mp4a.40.5", 1, 2_048)),  # core at 22,050 Hz, clock of the band replication
        ("140c", 16_000, ("mp4a.40.2", 1, 960)),
    ],
)
def test_the_configuration_says_how_long_a_unit_lasts(
    config: str, clock_hz: int, expected: tuple[str, int, int]
) -> None:
    payloads = aac(config, clock_hz)
    unit = payloads.take(headers(1) + b"x", 0, marker=True)[0]
    assert (payloads.format.codec_string, payloads.format.channels, unit.duration) == expected


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {**HBR, "config": "zz"},
        {**HBR, "config": ""},
        {**HBR, "config": "1408", "sizelength": "-3"},
        {**HBR, "config": "1408", "sizelength": "0"},
        {**HBR, "config": "1408", "ctsdeltalength": "4"},
        {**HBR, "config": "ffff"},
        {**HBR, "config": "1400"},  # no channels
    ],
)
def test_other_forms_of_aac_are_refused(parameters: dict[str, str]) -> None:
    assert sound_depacketiser("mpeg4-generic", 16_000, 1, parameters) is None


def test_g711_counts_its_bytes() -> None:
    payloads = sound_depacketiser("PCMU", 8_000, 1, {})
    assert payloads is not None
    assert payloads.format.codec is SoundCodec.ULAW
    assert payloads.take(bytes(160), 5, marker=False) == [SoundUnit(bytes(160), 5, 160)]
    stereo = sound_depacketiser("pcma", 16_000, 2, {})
    assert stereo is not None
    assert stereo.take(bytes(161), 5, marker=False) == []


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        (bytes([0x78]), 960),  # hybrid, 20 ms
        (bytes([0xFC]), 960),  # CELT, 20 ms, stereo
        (bytes([0xE0]), 120),  # CELT, 2.5 ms
        (bytes([0x19]), 5_760),  # SILK, twice 60 ms
        (bytes([0x1B, 2]), 5_760),
        (bytes([0x1B, 3]), 0),  # longer than a packet may be
        (bytes([0x1B]), 0),
        (b"", 0),
    ],
)
def test_opus_tells_its_length(packet: bytes, samples: int) -> None:
    assert packet_duration(packet) == samples


@pytest.mark.parametrize(
    ("encoding", "clock_hz"), [("L16", 8_000), ("opus", 16_000), ("PCMU", 7), ("MP4A-LATM", 90_000)]
)
def test_other_sound_is_not_recorded(encoding: str, clock_hz: int) -> None:
    assert sound_depacketiser(encoding, clock_hz, 1, {**HBR, "config": "1408"}) is None


@given(st.lists(st.tuples(st.binary(max_size=60), st.integers(0, 2**32 - 1), st.booleans()), max_size=8))
def test_hostile_payloads_give_bounded_units(packets: list[tuple[bytes, int, bool]]) -> None:
    for payloads in (aac(), AacPayloads(aac().format, 1_024, UnitHeader(16, 8, 0))):
        for payload, timestamp, marker in packets:
            units = payloads.take(payload, timestamp, marker=marker)
            assert all(unit.content and 0 <= unit.timestamp < 2**32 for unit in units)


@given(st.binary(max_size=70))
def test_a_hostile_configuration_is_none_or_bounded(configuration: bytes) -> None:
    found = read_configuration(configuration)
    assert found is None or (7_350 <= found.rate_hz <= 96_000 and 1 <= found.channels <= 8)
