"""RTSP and RTP without I/O: bytes in, events out."""
