"""One thing, one box."""

import numpy as np

from sereno.analytics.detectors.suppression import suppress, without_false_bags
from sereno.analytics.model import Detection, ObjectKind
from sereno.core.geometry import Box


def test_of_boxes_on_one_thing_the_best_of_its_family_stays() -> None:
    boxes = np.array([[0, 0, 2, 2], [0, 0, 2, 1.9], [0, 0, 2, 2], [5, 5, 6, 6]], np.float32)
    scores = np.array([0.5, 0.9, 0.4, 0.3], np.float32)
    families = np.array([0, 0, 1, 0], np.intp)
    assert suppress(boxes, scores, families).tolist() == [1, 2, 3]


def test_a_suppressed_box_suppresses_none() -> None:
    boxes = np.array([[0, 0, 10, 1], [3, 0, 13, 1], [6, 0, 16, 1]], np.float32)
    scores = np.array([0.9, 0.8, 0.7], np.float32)
    assert suppress(boxes, scores, np.zeros(3, np.intp)).tolist() == [0, 2]


def test_a_bag_as_large_as_a_car_is_none_and_one_beside_a_person_stays() -> None:
    car = Detection(Box(0.3, 0.3, 0.5, 0.5), ObjectKind.CAR, 0.3)
    suitcase = Detection(Box(0.3, 0.31, 0.51, 0.5), ObjectKind.SUITCASE, 0.6)
    person = Detection(Box(0.7, 0.3, 0.8, 0.8), ObjectKind.PERSON, 0.8)
    backpack = Detection(Box(0.72, 0.35, 0.78, 0.5), ObjectKind.BACKPACK, 0.4)
    assert without_false_bags([person, suitcase, backpack, car]) == (person, backpack, car)
