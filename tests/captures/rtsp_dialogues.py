"""Session descriptions in the manner of several makers: text, base, codec, URL of the video track."""

DESCRIPTIONS: dict[str, tuple[bytes, str, str, str]] = {
    "absolute-control": (
        b"v=0\r\no=- 1 1 IN IP4 192.168.1.64\r\ns=Media Presentation\r\nt=0 0\r\n"
        b"a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/\r\nm=video 0 RTP/AVP 96\r\nb=AS:5000\r\n"
        b"a=recvonly\r\na=x-dimensions:1920,1080\r\na=control:rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=1\r\n"
        b"a=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-sps=QgEBAWAAAAMAsAAAAwAAAwB7oAPAgBDlja5JMvwCAAADAAIAAAMAZUI=; "
        b"sprop-pps=RAHA8vA8kAA=\r\nm=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n",
        "rtsp://192.168.1.64:554/Streaming/Channels/101/",
        "h265",
        "rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=1",
    ),
    "query-in-base": (
        b"v=0\no=- 2 2 IN IP4 0.0.0.0\ns=RTSP Session\nt=0 0\na=control:*\nm=video 0 RTP/AVP 96\n"
        b"a=control:trackID=0\na=framerate:25.000000\na=rtpmap:96 H264/90000\n"
        b"a=fmtp:96 packetization-mode=1;profile-level-id=640028;"
        b"sprop-parameter-sets=Z2QAKKzoB4AiflTgICAoAAADAAgAAAMBlCA=,aO48sAA=\n",
        "rtsp://10.1.1.5/cam/realmonitor?channel=1&subtype=0/",
        "h264",
        "rtsp://10.1.1.5/cam/realmonitor?channel=1&subtype=0/trackID=0",
    ),
    "several-types-and-metadata": (
        b"v=0\r\ns=Session streamed with GStreamer\r\nt=0 0\r\na=control:rtsp://cam/axis-media/media.amp\r\n"
        b"m=application 0 RTP/AVP 98\r\na=rtpmap:98 vnd.onvif.metadata/90000\r\na=control:stream=2\r\n"
        b"m=video 0 RTP/AVP 26 97\r\na=rtpmap:26 JPEG/90000\r\na=rtpmap:97 H264/90000\r\na=control:stream=0\r\n",
        "rtsp://cam/axis-media/media.amp/",
        "h264",
        "rtsp://cam/axis-media/media.amp/stream=0",
    ),
    "bare": (
        b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 h264/90000\r\na=control:/video\r\n",
        "rtsp://cam/11",
        "h264",
        "rtsp://cam/11/video",
    ),
}
