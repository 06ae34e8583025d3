"""Words of a search, Spanish first: what they mean, and what is told as not understood."""

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from sereno.analytics.model import Colour, ObjectKind
from sereno.analytics.search.model import DayHours, Heading, Query
from sereno.analytics.search.words.lexicon import load_lexicon
from sereno.analytics.search.words.names import NamedCamera, NamedPlace, Names
from sereno.analytics.search.words.read import ReadWords, read_words
from sereno.core.geography import Position
from sereno.core.ids import CameraId

WORDS = load_lexicon()
ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
NOW = datetime(2026, 3, 5, 15, 30, tzinfo=UTC)
"""A Thursday, 12:30 on the centre's clock."""
CENTRE = Position(-34.6, -58.4)
CAMERAS = (
    NamedCamera(id=CameraId("north"), name="Acceso Norte", place="city_access", position=CENTRE.offset(0, 900)),
    NamedCamera(id=CameraId("bank"), name="Banco Provincia", place="bank", position=CENTRE),
    NamedCamera(id=CameraId("corner"), name="Mitre y Los Aromos", place="avenue", position=CENTRE.offset(500, 0)),
    NamedCamera(id=CameraId("plaza"), name="Plaza San Martín", place="plaza", position=CENTRE.offset(-400, 0)),
)
PLACES = (
    NamedPlace(name="Los Aromos", kind="street", positions=(CENTRE.offset(500, 0), CENTRE.offset(500, 100))),
    NamedPlace(name="Hospital Zonal", kind="hospital", positions=(CENTRE.offset(80, 0),)),
    NamedPlace(name="Cementerio", kind="cemetery", positions=(CENTRE.offset(0, -5000),)),
)
NAMES = Names(cameras=CAMERAS, places=PLACES)
PERSON, CAR, MOTORCYCLE, TRUCK = ObjectKind.PERSON, ObjectKind.CAR, ObjectKind.MOTORCYCLE, ObjectKind.TRUCK


def read(text: str) -> ReadWords:
    return read_words(text, NOW, ZONE, NAMES, WORDS)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZONE)


def hours(began: str, ended: str) -> tuple[DayHours, ...]:
    return (DayHours(began=time.fromisoformat(began), ended=time.fromisoformat(ended)),)


UNDERSTOOD = {
    "moto roja con dos personas cerca del banco entre 22 y 23": Query(
        kinds=(MOTORCYCLE,),
        body=(Colour.RED,),
        riders_least=2,
        cameras=(CameraId("bank"),),
        hours=hours("22:00", "23:00"),
    ),
    "camioneta blanca ayer a la tarde en acceso norte": Query(
        kinds=(CAR, TRUCK),
        body=(Colour.WHITE,),
        began=local(4, 12),
        ended=local(4, 20),
        cameras=(CameraId("north"),),
    ),
    "persona de campera azul y pantalón negro": Query(kinds=(PERSON,), upper=(Colour.BLUE,), lower=(Colour.BLACK,)),
    "patente que termina en 47": Query(plate="47$"),
    "patente AB*47": Query(plate="AB*47"),
    "chapa empieza con AC": Query(plate="^AC"),
    "ab123cd": Query(plate="^AB123CD$"),
    "patente AB 123 CD": Query(plate="AB123CD"),
    "auto gris patente que contiene 12": Query(kinds=(CAR,), body=(Colour.GREY,), plate="12"),
    "tipo de buzo gris": Query(kinds=(PERSON,), upper=(Colour.GREY,)),
    "alguien vestido de negro": Query(colours=(Colour.BLACK,)),
    "remera blanca y bermuda oscura": Query(
        kinds=(PERSON,),
        upper=(Colour.WHITE,),
        lower=(Colour.BLACK, Colour.GREY, Colour.BLUE, Colour.BROWN),
    ),
    "dos personas en moto": Query(kinds=(MOTORCYCLE,), riders_least=2),
    "moto con acompañante": Query(kinds=(MOTORCYCLE,), riders_least=2),
    "bondi hoy": Query(kinds=(ObjectKind.BUS,), began=local(5, 0), ended=local(6, 0)),
    "autos anoche": Query(kinds=(CAR,), began=local(4, 20), ended=local(5, 6)),
    "ciclistas el lunes de 8 a 10 hs": Query(kinds=(ObjectKind.BICYCLE,), began=local(2, 8), ended=local(2, 10)),
    "camiones los lunes": Query(kinds=(TRUCK,), weekdays=(0,)),
    "el 2 de marzo a las 22:30": Query(began=local(2, 22), ended=local(2, 23)),
    "12/2/2026 desde las 22": Query(
        began=datetime(2026, 2, 12, 22, tzinfo=ZONE), ended=datetime(2026, 2, 13, tzinfo=ZONE)
    ),
    "perro en la última hora": Query(
        kinds=(ObjectKind.DOG,), began=datetime(2026, 3, 5, 14, 30, tzinfo=UTC), ended=NOW
    ),
    "últimos 20 minutos": Query(began=datetime(2026, 3, 5, 15, 10, tzinfo=UTC), ended=NOW),
    "auto a más de 72 km/h": Query(kinds=(CAR,), speed_least_mps=20.0),
    "persona por más de 10 minutos": Query(kinds=(PERSON,), stay_least_s=600.0),
    "auto hacia el norte": Query(kinds=(CAR,), heading=Heading(degrees=0.0)),
    "moto por los aromos": Query(kinds=(MOTORCYCLE,), cameras=(CameraId("corner"),)),
    "moto en la plaza san martin": Query(kinds=(MOTORCYCLE,), cameras=(CameraId("plaza"),)),
    "moto en asceso norte": Query(kinds=(MOTORCYCLE,), cameras=(CameraId("north"),)),
    "persona cerca del hospital zonal": Query(kinds=(PERSON,), cameras=(CameraId("bank"),)),
    "red motorcycle with two people yesterday": Query(
        kinds=(MOTORCYCLE,), body=(Colour.RED,), riders_least=2, began=local(4, 0), ended=local(5, 0)
    ),
    "man with red jacket": Query(kinds=(PERSON,), upper=(Colour.RED,)),
    "carro vermelho ontem": Query(kinds=(CAR,), body=(Colour.RED,), began=local(4, 0), ended=local(5, 0)),
}


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_words_mean(text: str) -> None:
    assert read(text).query == UNDERSTOOD[text]


NOT_UNDERSTOOD = {
    "moto roja con casco": ["casco"],
    "persona con paraguas violeta": ["paraguas"],
    "mujer de campera roja": ["mujer"],
    "auto que no es rojo": ["no", "rojo"],
    "moto sin patente": ["sin", "patente"],
    "xyzzy": ["xyzzy"],
    "dos autos": ["dos"],
}


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_told(text: str) -> None:
    assert [word.text for word in read(text).not_understood] == NOT_UNDERSTOOD[text]


def test_a_known_place_without_cameras_finds_nothing_rather_than_everything() -> None:
    query = read("auto cerca del cementerio").query
    assert query.near is not None
    assert query.near.position == PLACES[2].positions[0]
    assert query.cameras == ()


def test_every_word_is_a_part_a_filler_or_told() -> None:
    text = "Buscar MOTO roja, xx y «zz» cerca del banco!!"
    found = read(text)
    assert [text[word.start : word.end] for word in found.understood] == ["MOTO", "roja", "cerca del banco"]
    assert [text[word.start : word.end] for word in found.not_understood] == ["xx", "zz"]


def test_nothing_written_asks_for_everything() -> None:
    assert read("").query == Query()
    assert read("*** ??? \x00 \U0001f600").query == Query()
    assert replace(read("la " * 400).query) == Query()
