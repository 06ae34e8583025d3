"""The standby takes over within seconds, gives back without a hole, and never fights over a camera."""

import pytest
from cryptography.fernet import Fernet

from sereno.cameras.model import StreamState
from sereno.cameras.roster import RosterCamera
from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.recording.standby.link import Link
from sereno.recording.standby.messages import Question, uncovered
from sereno.recording.standby.takeover import DEAD_AFTER_S, PATIENCE_S, STEADY_S, Answer, Guard, step

PLAZA = RosterCamera(id=CameraId("plaza"), name="Plaza", main_url="rtsp://10.0.0.7/main")
SHY = RosterCamera(id=CameraId("shy"), name="Shy", main_url="rtsp://10.0.0.8/main", one_session=True)
UP = {PLAZA.id: StreamState.RECORDING, SHY.id: StreamState.RECORDING}


def answer(**states: StreamState) -> Answer:
    told = UP | {CameraId(name): state for name, state in states.items()}
    return Answer(archive_id="A", cameras=(PLAZA, SHY), states=told)


def watched(answers: list[Answer | None], every_s: float = 1.0) -> Guard:
    guard = Guard(heard_s=0.0)
    for number, said in enumerate(answers):
        guard = step(guard, number * every_s, said)
    return guard


def test_silence_takes_every_camera_after_four_seconds() -> None:
    spoken: list[Answer | None] = [answer()]
    silent: list[Answer | None] = [None] * int(DEAD_AFTER_S)
    assert watched(spoken + silent[:-1]).duties == ()
    assert watched(spoken + silent).duties == (PLAZA, SHY)


def test_a_standby_that_starts_beside_a_dead_recorder_waits_its_four_seconds_too() -> None:
    known = Guard(heard_s=100.0, cameras=(PLAZA,))
    assert step(known, 103.9, None).duties == ()
    assert step(known, 104.0, None).duties == (PLAZA,)


def test_a_camera_is_given_back_when_its_recorder_is_steady() -> None:
    dead: list[Answer | None] = [answer(), *[None] * 5]
    back: list[Answer | None] = [answer(shy=StreamState.CONNECTING)]
    assert watched(dead + back * int(STEADY_S)).duties == (PLAZA,)
    assert watched(dead + back * (int(STEADY_S) + 1)).duties == ()


def test_a_camera_of_one_session_is_given_back_at_once() -> None:
    guard = watched([answer(), *[None] * 5, answer(shy=StreamState.LOST)])
    assert SHY not in guard.duties


def test_flutter_starts_the_steady_time_again() -> None:
    dead: list[Answer | None] = [answer(), *[None] * 5]
    flutter: list[Answer | None] = [answer(), answer(), answer(plaza=StreamState.LOST), answer(), answer(), answer()]
    assert PLAZA in watched(dead + flutter).duties


def test_a_full_disk_hands_over_what_it_cannot_write() -> None:
    paused: list[Answer | None] = [answer(plaza=StreamState.PAUSED)] * (int(PATIENCE_S) + 5)
    assert watched([answer(), *paused]).duties == (PLAZA,)


def test_a_camera_that_is_dead_for_all_is_left_after_patience() -> None:
    dead: list[Answer | None] = [answer(), *[None] * 5]
    lost: list[Answer | None] = [answer(plaza=StreamState.LOST)] * (int(PATIENCE_S) + 1)
    assert watched(dead + lost).duties == ()


def test_a_camera_that_left_the_roster_is_left() -> None:
    dead: list[Answer | None] = [answer(), *[None] * 5]
    without = Answer(archive_id="A", cameras=(SHY,), states=UP)
    assert watched([*dead, without]).duties == ()


@pytest.mark.parametrize(
    ("have", "left"),
    [
        ([], 10),
        ([(0, 30)], 0),
        ([(10, 15)], 5),
        ([(16, 18), (12, 14)], 6),
        ([(0, 10), (20, 30)], 10),
        ([(5, 12), (11, 20)], 0),
    ],
)
def test_what_a_span_lacks(have: list[tuple[int, int]], left: int) -> None:
    assert uncovered((10, 20), have) == left


def test_a_message_of_another_key_is_refused() -> None:
    sealed = Link(Fernet.generate_key()).seal(Question, Question(standby="b"))
    with pytest.raises(AppError) as refused:
        Link(Fernet.generate_key()).open(Question, sealed)
    assert refused.value.code == "standby_refused"


def test_a_damaged_key_is_told_with_what_to_do() -> None:
    with pytest.raises(AppError) as refused:
        Link(b"short")
    assert refused.value.code == "standby_key_invalid"
