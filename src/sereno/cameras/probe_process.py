"""A short-lived process that looks at one stream: what a hostile camera sends is parsed here and never in control.

``{"url": …}`` comes on standard input, a ``ProbeReport`` as JSON goes to standard output. It opens no file for writing,
gains no privilege, and ends by itself.
"""

import base64
import io
import os
import resource
import sys
from dataclasses import replace

import av
import av.error
from av.packet import Packet
from av.video.stream import VideoStream
from pydantic import TypeAdapter

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.model import ProbeReport
from sereno.cameras.probe_report import MAX_REPORT_BYTES, failed, report_of
from sereno.cameras.stream_errors import opening_error, recordable_stream, stream_error
from sereno.core.errors import AppError
from sereno.runtime.confinement import confine_to_reading, program_folders

OPEN_LIMIT_S = 5.0
WATCH_S = 6.0
MAX_PACKETS = 1_000
PICTURE_WIDTH = 640

_OPTIONS = {
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",
    "protocol_whitelist": "rtsp,rtsps,rtp,tcp,tls,udp",  # a camera must not send FFmpeg to files or web servers
    "analyzeduration": "2000000",
    "probesize": "500000",
}


def main() -> None:
    give_up_rights()
    url = TypeAdapter(dict[str, str]).validate_json(sys.stdin.buffer.read(16_384))["url"]
    try:
        report = look_at(url)
    except AppError as error:
        report = failed(error)
    sys.stdout.buffer.write(TypeAdapter(ProbeReport).dump_json(report)[:MAX_REPORT_BYTES])
    sys.stdout.flush()
    os._exit(0)  # FFmpeg may still hang in closing a dead connection


def give_up_rights() -> None:
    """Limits that hold whatever a camera's bytes make of this process.

    Where the kernel has Landlock, it reads Python, libraries and the resolver's files, and nothing of the centre.
    """
    confine_to_reading(program_folders())
    for what, limit in (
        (resource.RLIMIT_FSIZE, MAX_REPORT_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, 20),
        (resource.RLIMIT_AS, 2 << 30),
    ):
        resource.setrlimit(what, (limit, limit))


def look_at(url: str) -> ProbeReport:
    """Raises: AppError, a stream fault."""
    try:
        container = av.open(url, format="rtsp", options=_OPTIONS, timeout=(OPEN_LIMIT_S, OPEN_LIMIT_S))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise opening_error(error, url) from None
    stream = recordable_stream(container)
    times_s: list[float] = []
    keys_s: list[float] = []
    size, picture = 0, ""
    try:
        for packet in container.demux(stream):
            if packet.pts is None or packet.time_base is None:
                continue
            at_s = float(packet.pts * packet.time_base)
            times_s.append(at_s)
            size += packet.size
            if packet.is_keyframe:
                keys_s.append(at_s)
            picture = picture or picture_of(packet)
            if max(times_s) - min(times_s) >= WATCH_S or len(times_s) >= MAX_PACKETS:
                break
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if len(times_s) < 2:
            raise stream_error(error) from None
    if len(times_s) < 2 or not stream.codec_context.width:
        raise stream_fault(StreamFault.GARBAGE, "no picture came")
    context = stream.codec_context
    return replace(report_of(context.name, context.width, context.height, times_s, keys_s, size), picture=picture)


def picture_of(packet: "Packet[VideoStream]") -> str:
    """The first picture that decodes, as a small JPEG in base64; empty until then."""
    for frame in packet.decode():
        width = min(PICTURE_WIDTH, frame.width)
        small = frame.to_image(width=width, height=max(2, frame.height * width // frame.width))
        content = io.BytesIO()
        small.save(content, "JPEG", quality=75)
        return base64.b64encode(content.getvalue()).decode()
    return ""


if __name__ == "__main__":
    main()
