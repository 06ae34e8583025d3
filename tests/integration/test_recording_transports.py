"""The recorder over UDP, TLS and passwords, with B-frames, without losing a picture."""

import datetime
import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sereno.cameras.events import StreamLost
from sereno.cameras.model import Transport
from sereno.cameras.roster import RosterCamera, write_roster
from sereno.core.clock import SystemClock
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S
from sereno.simulation.rtsp.server import RtspServerThread
from tests.integration.conftest import CAMERA_CREDENTIALS, CLIP_FPS, GstRtspServer
from tests.integration.recorder_case import (
    RunningRecorder,
    assert_nothing_lost,
    assert_sound,
    segments_in,
    settings_for,
    wait_until,
)

pytestmark = pytest.mark.integration

STEP = TICKS_PER_S // CLIP_FPS


def follow(recorder: RunningRecorder, *cameras: RosterCamera) -> None:
    write_roster(recorder.settings.home / "roster.json", cameras)


def camera(name: str, url: str, transport: Transport = Transport.TCP, fingerprint: str = "") -> RosterCamera:
    return RosterCamera(id=CameraId(name), name=name, main_url=url, transport=transport, tls_fingerprint=fingerprint)


def test_udp_loses_nothing_on_this_machine(
    rtsp_server: RtspServerThread, gst_rtsp_server: GstRtspServer, tmp_path: Path
) -> None:
    cameras = (
        camera("ours", rtsp_server.url("locked", CAMERA_CREDENTIALS), Transport.UDP),
        camera("b-frames", rtsp_server.url("h265"), Transport.UDP),
        camera("theirs", gst_rtsp_server.url("h264"), Transport.UDP),
    )
    with RunningRecorder(settings_for(tmp_path)) as recorder:
        follow(recorder, *cameras)
        for each in cameras:
            recorder.wait_for_segments(each.id, 2)
    for each in cameras:
        segments = segments_in(recorder.archive, each.id)
        assert_nothing_lost(segments, STEP)
        assert any(segment.camera_offset is not None for segment in segments)
    assert not any(isinstance(fact, StreamLost) for fact in recorder.facts())
    assert_sound(recorder.archive)


def test_a_certificate_is_checked(rtsp_server: RtspServerThread, tmp_path: Path) -> None:
    with tls_before(rtsp_server.server.port, tmp_path) as (port, fingerprint):
        url = f"rtsps://127.0.0.1:{port}/h264"
        with RunningRecorder(settings_for(tmp_path)) as recorder:
            follow(recorder, camera("noted", url, fingerprint=fingerprint), camera("stranger", url))
            recorder.wait_for_segments("noted", 2)

            def told() -> set[tuple[str, str]]:
                return {(fact.camera_id, fact.reason) for fact in recorder.facts() if isinstance(fact, StreamLost)}

            wait_until("the refusal", lambda: ("stranger", "camera_untrusted") in told())
    assert segments_in(recorder.archive, "stranger") == []
    assert_nothing_lost(segments_in(recorder.archive, "noted"), STEP)


@contextmanager
def tls_before(port: int, folder: Path) -> Iterator[tuple[int, str]]:
    """A port that speaks TLS and hands everything on; and its certificate's fingerprint."""
    key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "camera.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=_accept, args=(listener, context, port), daemon=True).start()
        shown = certificate.public_bytes(serialization.Encoding.DER)
        yield int(listener.getsockname()[1]), hashlib.sha256(shown).hexdigest()


def _accept(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        try:
            outer = context.wrap_socket(plain, server_side=True)
        except OSError:
            continue
        inner = socket.create_connection(("127.0.0.1", port))
        for source, target in ((outer, inner), (inner, outer)):
            threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while content := source.recv(65_536):
            target.sendall(content)
    except OSError:
        pass
    target.close()
