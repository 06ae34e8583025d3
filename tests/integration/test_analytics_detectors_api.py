"""The detectors over a real socket: what a camera can be given, what it is refused, who may ask."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from sereno.access.model import Role
from sereno.access.service import NewPerson
from sereno.main.centre import open_centre
from sereno.main.control import control_app
from sereno.main.home import Home
from sereno.main.schema import migrate
from sereno.runtime.database import Database
from sereno.runtime.settings import load_settings
from tests.centre import PASSWORD
from tests.serving import serve

pytestmark = pytest.mark.integration

SETTINGS = 'home = "home"\n[site]\nname = "Test"\n[server]\nport = 1\nmedia_port = 2\n'
CAMERA = {
    "name": "Plaza",
    "place": "plaza",
    "group": "centro",
    "owner": "Municipio",
    "view": {"position": {"lat": -34.6, "lon": -58.4}, "bearing_deg": 0, "field_of_view_deg": 70, "range_m": 60},
    "main_url": "rtsp://192.0.2.1/live",
    "enabled": False,
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A centre without fetched models, with one card of its own that is none."""
    folder = tmp_path_factory.mktemp("detectors")
    (folder / "sereno.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "models").mkdir()
    (folder / "models" / "torn.toml").write_text("file = ", encoding="utf-8")
    home = Home(folder / "home")
    home.prepare()
    with closing(Database(home.database)) as database:
        migrate(database)
    with closing(open_centre(load_settings(folder / "sereno.toml"))) as centre:
        for role in (Role.IT, Role.OPERATOR):
            centre.people.ensure("test", NewPerson(name=role.value, role=role, password=PASSWORD))
        with serve(control_app(centre)) as url:
            yield f"{url}/api"


@contextmanager
def signed_in(url: str, role: Role) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60) as client:
        assert client.post("/session", json={"name": role.value, "password": PASSWORD}).status_code == 200
        yield client


def test_who_edits_cameras_sees_what_there_is_and_what_is_against_it(url: str) -> None:
    with signed_in(url, Role.OPERATOR) as operator:
        assert operator.get("/detectors").status_code == 403
    with signed_in(url, Role.IT) as it:
        told = it.get("/detectors").json()
    assert told["usual"] == "efficientdet-lite0"
    faults = {each["name"]: each["fault"] for each in told["choices"]}
    assert faults.pop("torn") == "model_card"
    assert set(faults.values()) == {"model_missing"}
    assert "yolox-tiny+efficientdet-lite0" in faults


def test_a_camera_is_given_only_what_is_on_the_shelf(url: str) -> None:
    with signed_in(url, Role.IT) as it:
        assert it.post("/cameras", json=CAMERA | {"detector": "yolo"}).json()["code"] == "detector_unknown"
        added = it.post("/cameras", json=CAMERA | {"detector": "yolox-tiny", "tiles": 4})
        assert (added.status_code, added.json()["tiles"]) == (201, 4)
        path = f"/cameras/{added.json()['id']}"
        assert it.patch(path, json={"detector": "torn"}).json()["code"] == "model_card"
        assert it.patch(path, json={"detector": "yolox-tiny+"}).json()["code"] == "detector_unknown"
        edited = it.patch(path, json={"detector": "yolox-tiny+efficientdet-lite2", "tiles": 1}).json()
    assert (edited["detector"], edited["tiles"]) == ("yolox-tiny+efficientdet-lite2", 1)
