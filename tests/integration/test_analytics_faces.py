"""Faces of real photos behind the gate: who is sought is found, and of everybody else nothing is left."""

import csv
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sereno.access.jurisdiction import Certainty, Jurisdiction, Rule
from sereno.analytics.assets import FACE_ASSETS
from sereno.analytics.detectors.port import Frame
from sereno.analytics.faces.opening import FaceMatch, FaceSearch, open_faces
from sereno.analytics.faces.warrant import Approval, FacePurpose, FaceUse, FaceWarrant, SoughtFace
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId, ListEntryId, PersonId
from sereno.main.assets import fetch_assets

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "cache" / "assets"
PHOTOS = ROOT.parent / "shared" / "data" / "faces" / "deepface"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CAMERA, ENTRY = CameraId("terminal"), ListEntryId("e1")
LAW = Jurisdiction(name="test", title="Test", face_matching=Rule(value=True, source="test", certainty=Certainty.POLICY))
WARRANT = FaceWarrant(
    purpose=FacePurpose.MISSING_PERSON,
    legal_basis="Court 3, order 17",
    proposed_by=PersonId("p0"),
    approvals=(Approval(PersonId("p1"), NOW), Approval(PersonId("p2"), NOW)),
    cameras=frozenset({CAMERA}),
    valid_from=NOW,
    expires_at=NOW + timedelta(hours=1),
    entries=frozenset({ENTRY}),
)
USE = FaceUse(CAMERA, FacePurpose.MISSING_PERSON, NOW)


@pytest.fixture(scope="module")
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture(scope="module")
def search(clock: ManualClock) -> FaceSearch:
    fetch_assets(ASSETS, FACE_ASSETS)
    return open_faces(ASSETS, LAW, WARRANT, clock)


def photo(name: str) -> Frame:
    with Image.open(PHOTOS / name) as image:
        return np.asarray(image.convert("RGB"))


def pairs(decision: str) -> list[tuple[str, str]]:
    with (PHOTOS / "pairs.csv").open(encoding="utf-8") as file:
        rows = [(row["file_x"], row["file_y"]) for row in csv.DictReader(file) if row["Decision"].strip() == decision]
    return rows[:: max(1, len(rows) // 6)][:6]


def sought(search: FaceSearch, name: str) -> FaceWarrant:
    vectors = search.enrolled([photo(name)], WARRANT, ENTRY)
    return replace(WARRANT, sought=tuple(SoughtFace(ENTRY, vector) for vector in vectors))


def test_the_sought_is_found_on_another_photo_and_strangers_are_not(search: FaceSearch) -> None:
    for one, other in pairs("Yes"):
        matches = search.matches(photo(other), sought(search, one), USE)
        assert [match.entry_id for match in matches] == [ENTRY]
        assert matches[0].eyes_px > 16
        assert 0 <= matches[0].box.left < matches[0].box.right <= 1
    for one, other in pairs("No"):
        assert search.matches(photo(other), sought(search, one), USE) == ()


def test_every_call_is_checked_again(search: FaceSearch, clock: ManualClock) -> None:
    one, other = pairs("Yes")[0]
    warrant, picture = sought(search, one), photo(other)
    assert search.matches(picture, warrant, USE)
    refused = (
        (replace(warrant, approvals=warrant.approvals[:1]), USE),
        (replace(warrant, expires_at=NOW), USE),
        (warrant, replace(USE, camera_id=CameraId("plaza"))),
        (warrant, replace(USE, purpose=FacePurpose.COURT_ORDER)),
    )
    for other_warrant, use in refused:
        with pytest.raises(AppError):
            search.matches(picture, other_warrant, use)
    assert search.matches(picture, replace(warrant, entries=frozenset({ListEntryId("e2")})), USE) == ()
    with pytest.raises(AppError):
        search.enrolled([picture], warrant, ListEntryId("e2"))


def test_an_old_picture_does_not_bring_an_expired_warrant_back(search: FaceSearch) -> None:
    one, other = pairs("Yes")[0]
    warrant = sought(search, one)
    later = ManualClock(NOW + timedelta(hours=2))
    with pytest.raises(AppError, match="holds from"):
        open_faces(ASSETS, LAW, warrant, later)
    late = open_faces(ASSETS, LAW, replace(warrant, expires_at=NOW + timedelta(days=1)), later)
    with pytest.raises(AppError, match="holds from"):
        late.matches(photo(other), warrant, USE)


def test_nothing_is_left_of_a_face_that_is_not_sought(search: FaceSearch, tmp_path: Path) -> None:
    """The canary: a stranger's vector is in no file that is written and nowhere in the memory of who compared it."""
    one, stranger = pairs("No")[0]
    wanted, canary = (search.enrolled([photo(name)], WARRANT, ENTRY)[0] for name in (one, stranger))
    assert search.matches(photo(stranger), sought(search, one), USE) == ()
    assert set(vars(search)) == {"_finder", "_model", "_clock"}
    assert set(FaceMatch.__dataclass_fields__) == {"entry_id", "score", "box", "eyes_px"}
    masked = [f"{word ^ MASK:x}" for vector in (wanted, canary) for word in vector[:4].view(np.uint64).tolist()]
    argv = (sys.executable, "-c", _COMPARER.format(root=str(ROOT)), one, stranger, *masked)
    done = subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True, text=True)
    of_wanted, of_stranger = (int(count) for count in done.stdout.split())
    assert of_wanted >= 1
    assert of_stranger == 0
    written = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert wanted[:4].tobytes() in written["gallery"]
    assert not any(canary[:4].tobytes() in content for content in written.values())


MASK = 0x5A5A_A5A5_3C3C_C3C3
"""What is searched for is never itself in the memory that is searched."""
_COMPARER = """
import pickle, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.integration import test_analytics_faces as t
search = t.open_faces(t.ASSETS, t.LAW, t.WARRANT, t.ManualClock(t.NOW))
warrant = t.sought(search, sys.argv[1])
Path("found").write_bytes(pickle.dumps(search.matches(t.photo(sys.argv[2]), warrant, t.USE)))
Path("gallery").write_bytes(warrant.sought[0].vector.tobytes())
words = [int(word, 16) for word in sys.argv[3:]]
print(t.times_in_memory(*words[:2]), t.times_in_memory(*words[2:]))
"""


def times_in_memory(first: int, second: int) -> int:
    """How often two masked 64-bit words stand side by side in the writable memory of this process."""
    count = 0
    regions = [line.split() for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()]
    with Path("/proc/self/mem").open("rb", buffering=0) as memory:
        for span, rights, *_ in regions:
            low, high = (int(end, 16) for end in span.split("-"))
            if not rights.startswith("rw") or high - low > 1 << 30:
                continue
            for begin in range(low, high, 1 << 24):
                memory.seek(begin)
                words = np.frombuffer(memory.read(min(1 << 24, high - begin)), np.uint64) ^ np.uint64(MASK)
                hits = np.flatnonzero(words[:-1] == first)
                count += int((words[hits + 1] == second).sum())
    return count


def test_a_photo_of_nobody_is_no_enrolment(search: FaceSearch) -> None:
    wall = np.full((300, 300, 3), 128, np.uint8)
    with pytest.raises(AppError, match="shows 0 faces"):
        search.enrolled([wall], WARRANT, ENTRY)
    assert search.matches(wall, WARRANT, USE) == ()
