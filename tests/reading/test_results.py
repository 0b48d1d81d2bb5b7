"""Results that are built by hand: texts, values, JSON and pictures."""

import json

import numpy as np
import pytest

from skdigits.reading import Digit, Line, Number, Reading, Rejected, Sign, Table


def digit(label, left):
    box = (left, 0, left + 10, 20)
    return Digit(box, label, np.eye(10)[label], 0.9, np.zeros((28, 28), np.uint8))


def number(text, *, turn=lambda box: box):
    """Return a number that reads as `text`, in boxes that may be turned."""
    digits, points = [], []
    for place, char in enumerate(text):
        box = turn((12 * place, 0, 12 * place + 10, 20))
        if char.isdigit():
            digits.append(Digit(box, int(char), np.eye(10)[int(char)], 0.9, None))
        else:
            points.append(Sign(turn((12 * place, 17, 12 * place + 3, 22)), char, 0.8))
    return Number(tuple(digits), tuple(points))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0072", 72),
        ("20.5", 20.5),
        ("20,5", 20.5),
        ("0,234", 0.234),
        (".47", 0.47),
        (".5", 0.5),
        ("20.0", 20.0),
        ("1,234", 1234),
        ("1.234", 1.234),
        ("1,2345", 1.2345),
        ("1234,567", 1234.567),
        ("1,234,567", 1234567),
        ("1,234.50", 1234.5),
        ("1.234,50", 1234.5),
        ("1.234.567", 1234567),
        ("12.05.2024", None),
        ("1,23,456", None),
    ],
)
def test_numbers_with_points(text, value):
    read = number(text)
    assert read.text == text
    assert read.value == value
    assert type(read.value) is type(value)


@pytest.mark.parametrize(
    "turn",
    [
        lambda box: (box[1], -box[2], box[3], -box[0]),
        lambda box: (-box[3], box[0], -box[1], box[2]),
        lambda box: (-box[2], -box[3], -box[0], -box[1]),
    ],
    ids=["left", "right", "upside down"],
)
def test_points_are_in_place_on_an_image_that_lies_on_its_side(turn):
    assert number("1,234.50", turn=turn).text == "1,234.50"


def test_a_number_knows_its_points():
    read = number("20.5")
    assert read.box == (0, 0, 46, 22)
    assert read.to_dict() == {
        "text": "20.5",
        "box": [0, 0, 46, 22],
        "digits": [part.to_dict() for part in read.digits],
        "points": [{"box": [24, 17, 27, 22], "label": ".", "confidence": 0.8}],
    }
    assert number("20").to_dict()["points"] == []


def reading(**more):
    numbers = (Number((digit(1, 0), digit(2, 12))), Number((digit(3, 50),)))
    lines = (Line(numbers), Line((number("4.5"),)))
    rejected = (Rejected((70, 0, 75, 20), "a sign: /"),)
    return Reading(lines, rejected, (90, 60), np.full((60, 90), 255, np.uint8), **more)


TABLE = Table(
    (("12", "3"), ("", "?")),
    (((0, 0, 40, 20), (40, 0, 90, 20)), ((0, 20, 40, 60), (40, 20, 90, 60))),
)


def test_a_reading_as_before():
    read = reading()
    assert read.text == "12 3\n4.5"
    assert (read.tables, read.rotation, read.note) == ((), 0, "")
    assert [part.label for part in read.digits] == [1, 2, 3, 4, 5]
    assert read.lines[0].to_dict()["numbers"][1]["text"] == "3"


def test_json():
    read = reading(tables=(TABLE,), rotation=90, note="nothing stands out")
    found = json.loads(json.dumps(read.to_dict()))
    assert found == read.to_dict()
    assert found["rotation"] == 90
    assert found["note"] == "nothing stands out"
    assert found["tables"] == [
        {
            "box": [0, 0, 90, 60],
            "cells": [["12", "3"], ["", "?"]],
            "boxes": [
                [[0, 0, 40, 20], [40, 0, 90, 20]],
                [[0, 20, 40, 60], [40, 20, 90, 60]],
            ],
        }
    ]


def test_rejected_things_as_json():
    box = (70, 0, 75, 20)
    assert Rejected(box, "a sign: /").to_dict() == {
        "box": [70, 0, 75, 20],
        "reason": "a sign: /",
        "label": None,
        "probabilities": None,
    }
    seen = Rejected(box, "no digit", 7, np.eye(10)[7], np.zeros((28, 28), np.uint8))
    values = json.loads(json.dumps(seen.to_dict()))
    assert list(values) == ["box", "reason", "label", "probabilities"]
    assert values["label"] == np.argmax(values["probabilities"]) == 7


def test_a_table_as_a_frame():
    frame = TABLE.to_frame()
    assert frame.shape == (2, 2)
    assert frame.to_numpy().tolist() == [["12", "3"], ["", "?"]]


def test_plot():
    axes = reading(tables=(TABLE,)).plot()
    assert [text.get_text() for text in axes.texts] == ["1", "2", "3", "4", "5", "."]
    assert axes.get_title() == "5 digits, 1 rejected, 1 table"
    colours = [patch.get_edgecolor() for patch in axes.patches]
    assert len(colours) == 4 + 1 + 6
    assert len(set(colours[:4])) == 1
    assert len(set(colours)) == 3
    assert axes.patches[1].get_bbox().extents.tolist() == [40, 0, 90, 20]
    assert reading().plot().get_title() == "5 digits, 1 rejected"
