"""Debian's GStreamer RTSP server, run by the system's Python: `gst_rtsp.py PORT PATH=FILE.mp4 ...`.

Writes one line, `ready PORT`, once it listens. It serves each file from its start and does not loop it.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 the versions come first


def main() -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(sys.argv[1])
    for mount in sys.argv[2:]:
        path, _, file = mount.partition("=")
        codec = "h265" if "h265" in file else "h264"
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(
            f"( filesrc location={file} ! qtdemux ! {codec}parse config-interval=-1 ! rtp{codec}pay name=pay0 pt=96 )"
        )
        factory.set_shared(True)
        server.get_mount_points().add_factory(f"/{path}", factory)
    if server.attach(None) == 0:
        sys.exit("port busy")
    sys.stdout.write(f"ready {server.get_bound_port()}\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
