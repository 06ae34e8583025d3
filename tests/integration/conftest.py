"""What integration tests share: clips made by ffmpeg, the RTSP simulator, Debian's GStreamer RTSP server."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sereno.core.clock import SystemClock
from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.protocol import Credentials
from sereno.simulation.rtsp.server import Mount, RtspServer, RtspServerThread

CLIP_FPS = 15
CLIP_GOP = 15
CLIP_S = 4
CAMERA_CREDENTIALS = Credentials("vigia", "clave-de-prueba")
GST_CLIP_S = 300
"""GStreamer does not loop a file, so it gets a long one."""

_FFMPEG = ("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y")


def require_program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def make_clip(path: Path, *encoder: str, seconds: int = CLIP_S, size: str = "320x240") -> Path:
    """A test picture that counts seconds, coded by Debian's ffmpeg."""
    require_program("ffmpeg")
    source = f"testsrc=size={size}:rate={CLIP_FPS}"
    command = (*_FFMPEG, "-f", "lavfi", "-i", source, "-t", str(seconds), "-pix_fmt", "yuv420p", *encoder, str(path))
    subprocess.run(command, check=True, timeout=120)
    return path


@pytest.fixture(scope="session")
def h264_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4 s, 320x240, 15 fps, a key frame every second, no B-frames."""
    path = tmp_path_factory.mktemp("clips") / "h264.mp4"
    return make_clip(path, "-c:v", "libx264", "-preset", "ultrafast", "-g", str(CLIP_GOP), "-bf", "0")


@pytest.fixture(scope="session")
def h265_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4 s, 320x240, 15 fps, a key frame every second, with B-frames."""
    path = tmp_path_factory.mktemp("clips") / "h265.mp4"
    options = f"log-level=error:keyint={CLIP_GOP}:min-keyint={CLIP_GOP}:open-gop=0"
    return make_clip(path, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", options, "-tag:v", "hvc1")


@pytest.fixture(scope="session")
def long_gop_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 s, 320x240, 15 fps, one key frame."""
    path = tmp_path_factory.mktemp("clips") / "long-gop-h264.mp4"
    options = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "9999", "-sc_threshold", "0", "-bf", "0")
    return make_clip(path, *options, seconds=20)


@pytest.fixture
def rtsp_server(h264_clip: Path, h265_clip: Path) -> Iterator[RtspServerThread]:
    """Cameras `h264`, `h265` and `locked` (H.264, needs CAMERA_CREDENTIALS) on a free port; faults can be switched."""
    plain, dense = load_clip(h264_clip), load_clip(h265_clip)
    mounts = [
        Mount(path="h264", clip=plain),
        Mount(path="h265", clip=dense),
        Mount(path="locked", clip=plain, credentials=CAMERA_CREDENTIALS),
    ]
    with RtspServerThread(RtspServer(mounts, SystemClock())) as server:
        yield server


class GstRtspServer:
    """A server that nobody here wrote; it can be stopped, and started again on the same port."""

    def __init__(self, mounts: dict[str, Path]) -> None:
        self._mounts = mounts
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def start(self) -> None:
        script = Path(__file__).with_name("gst_rtsp.py")
        mounts = [f"{path}={file}" for path, file in self._mounts.items()]
        command = ["/usr/bin/python3", str(script), str(self.port), *mounts]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._process = process
        assert process.stdout is not None
        word, _, port = process.stdout.readline().partition(" ")
        assert word == "ready", "the GStreamer server did not start"
        self.port = int(port)

    def stop(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
        self._process = None

    def url(self, path: str) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{path}"


@pytest.fixture
def gst_rtsp_server(h264_clip: Path, h265_clip: Path) -> Iterator[GstRtspServer]:
    """Debian's GStreamer RTSP server with `h264` and `h265`, five minutes each, from their start at the first PLAY."""
    check = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    try:
        found = subprocess.run(("/usr/bin/python3", "-c", check), capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        found = False
    if not found:
        pytest.skip("gir1.2-gst-rtsp-server-1.0 is not installed")
    server = GstRtspServer({"h264": _lengthened(h264_clip), "h265": _lengthened(h265_clip)})
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _lengthened(clip: Path) -> Path:
    long = clip.with_name(f"long-{clip.name}")
    if not long.exists():
        loops = str(GST_CLIP_S // CLIP_S - 1)
        subprocess.run(
            (*_FFMPEG, "-stream_loop", loops, "-i", str(clip), "-c", "copy", str(long)), check=True, timeout=120
        )
    return long
