"""The clips of the integration tests."""

from tests.integration.conftest import h264_clip, h265_clip, long_gop_clip

__all__ = ["h264_clip", "h265_clip", "long_gop_clip"]
