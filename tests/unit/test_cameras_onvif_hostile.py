"""What a hostile device may send: nothing of it costs more than bounded bytes and memory, or ends in another error."""

import asyncio
import base64
import gzip
import re
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sereno.cameras.onvif.connection import DeviceConnection
from sereno.cameras.onvif.discovery import devices_of
from sereno.cameras.onvif.events import event_of
from sereno.cameras.onvif.faults import DeviceFault
from sereno.cameras.onvif.soap import Credentials, printable, read_answer, username_token
from sereno.cameras.onvif.times import device_time, duration_of, instant_of
from sereno.cameras.onvif.xml_reading import MAX_BYTES, Element, number_of, read_xml, write_xml
from sereno.core.clock import ManualClock, SystemClock
from sereno.core.errors import AppError

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l "lol">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"&l;" * 10) for n in range(9))
    + b"]><a>&l8;</a>"
)
HOSTILE = [
    LAUGHS,
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/evil.dtd"><a/>',
    b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/"> %p;]><a/>',
    b"<a>" * 10_000 + b"</a>" * 10_000,
    b"<a>" + b"<b/>" * 100_000 + b"</a>",
    b"<a " + b" ".join(b'x%d=""' % n for n in range(1_000)) + b"/>",
    b"<a>" + b"x" * (2 << 20) + b"</a>",
    b"<a>&undefined;</a>",
    b"<a><b></a></b>",
    b"<a>\x00</a>",
    b'<?xml version="1.0" encoding="no-such"?><a/>',
    b"\xff\xfe<\x00a",
    b"",
    b"not xml",
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_xml_is_refused(content: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(AppError) as raised:
            read_xml(content)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
    assert raised.value.code == "xml_refused"


@settings(max_examples=200)
@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_tree_or_an_error(content: bytes) -> None:
    for read in (read_xml, read_answer):
        with suppress(AppError):
            assert isinstance(read(content), Element)
    list(devices_of(content, "192.0.2.1", "urn:uuid:1"))


_NAMES = (
    *("Envelope", "Body", "Fault", "Code", "Value", "Message", "Topic", "Source", "Data", "SimpleItem"),
    *("ProbeMatch", "XAddrs", "Scopes", "UTCDateTime", "Date", "Time", "Year"),
)
NAMES = st.sampled_from(_NAMES)
WORDS = st.one_of(st.text(max_size=40), st.sampled_from(["1e400", "nan", "-1", "http://[", "99999999999999", "true"]))
TREES = st.recursive(
    st.builds(
        Element, NAMES, st.just("urn:x"), st.dictionaries(st.sampled_from(["Name", "Value", "UtcTime"]), WORDS), WORDS
    ),
    lambda inner: st.builds(Element, NAMES, st.just("urn:x"), st.just({}), WORDS, st.lists(inner, max_size=4)),
    max_leaves=10,
)


@given(TREES)
def test_any_tree_is_read_without_surprise(tree: Element) -> None:
    event = event_of(tree)
    assert len(event.topic) <= 120
    assert event.source.isprintable()
    device_time(tree)
    writable = all(each.isprintable() for each in write_xml(tree))
    if writable:
        again = read_xml(write_xml(tree).encode())
        assert again.children[0].name == tree.name


@given(WORDS)
def test_words_of_a_device_become_values_or_nothing(text: str) -> None:
    instant_of(text)
    duration_of(text)
    assert abs(number_of(text)) < 1e12
    assert printable(text).isprintable()


def test_a_password_digest_is_the_one_of_the_standard() -> None:
    """Source: ONVIF Application Programmer's Guide 1.0, section 6.1.1.3, with its nonce and date."""
    token = username_token(Credentials("user", "userpassword"), instant_of("2010-09-16T07:50:45Z") or NEVER, NONCE)
    assert "tuOSpGlFlIXsozq4HFNeeGeFLEI=" in token


NEVER = ManualClock().now()
NONCE = base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")


@contextmanager
def answering(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A device that does to each connection what ``speak`` does."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65_536)
                    speak(connection)
                except OSError:
                    continue

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5.0)


def bomb(connection: socket.socket) -> None:
    content = gzip.compress(b"<a>" + b" " * (8 << 20) + b"</a>")
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(content) + content
    )


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    connection.settimeout(0.02)
    while True:
        connection.sendall(b"X: y\r\n")
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            continue


def elsewhere(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")


def noise(connection: socket.socket) -> None:
    connection.sendall(b"\x80\x81" * 500)


def challenge(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="\r\nContent-Length: 0\r\n\r\n')


def basic(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n')


async def ask(url: str, limit_s: float) -> None:
    connection = DeviceConnection(url.replace("//", "//u:p@"), SystemClock())
    try:
        await connection.call(connection.device_service, "<tds:GetServices/>", limit_s=limit_s)
    finally:
        await connection.close()


PATIENCE_S = 120.0
"""So long a busy machine may take over what is not about time."""


@pytest.mark.parametrize(
    ("speak", "fault"),
    [
        (bomb, DeviceFault.NOT_ONVIF),
        (drip, DeviceFault.TIMEOUT),
        (elsewhere, DeviceFault.NOT_ONVIF),
        (noise, DeviceFault.UNREACHABLE),
        (challenge, DeviceFault.UNAUTHORIZED),
        (basic, DeviceFault.UNAUTHORIZED),
        (lambda _connection: None, DeviceFault.UNREACHABLE),
    ],
)
def test_a_hostile_device_ends_in_a_fault_by_name(speak: Callable[[socket.socket], None], fault: DeviceFault) -> None:
    with answering(speak) as url, pytest.raises(AppError) as raised:
        asyncio.run(ask(url, 1.0 if speak is drip else PATIENCE_S))
    assert raised.value.code == fault
    assert re.search(r"u:p|127\.0\.0\.1", str(raised.value)) is None


def test_a_flood_is_read_no_further_than_an_answer_may_be() -> None:
    taken: list[int] = []

    def flood(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
        for _ in range(1_600):
            connection.sendall(b"x" * 65_536)
            taken.append(65_536)

    with answering(flood) as url, pytest.raises(AppError) as raised:
        asyncio.run(ask(url, PATIENCE_S))
    assert raised.value.code == DeviceFault.GARBAGE
    assert sum(taken) < MAX_BYTES + (16 << 20), "besides what waits in the system's buffers"


def test_where_clouds_keep_their_secrets_nobody_asks() -> None:
    with pytest.raises(AppError):
        DeviceConnection("http://169.254.169.254/latest/meta-data", SystemClock())


@given(st.text(max_size=60))
def test_no_address_that_a_device_tells_leaves_its_host(told: str) -> None:
    async def make() -> DeviceConnection:
        return DeviceConnection("http://192.0.2.5:8080/onvif/device_service", SystemClock())

    connection = asyncio.run(make())
    for each in (told, f"http://{told}", f"http://192.0.2.5{told}", f"//{told}"):
        assert re.match(r"https?://192\.0\.2\.5(:\d+)?(/|$)", connection.pinned(each)), each
