"""The addresses of the review page, without a browser."""

import errno
import json
import os
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from skdigits.app.review import Item, Review, create_review_app, open_journal

PIXELS = np.arange(64, dtype=np.uint8).reshape(8, 8) % 17
ITEMS = [
    Item("a.png", PIXELS, "7", 0.61234, surroundings=b"JPEG"),
    Item("b.png", PIXELS.T, "1", 0.5, given="2"),
    Item("c.png at 3, 4", PIXELS, None, None, note="no digit"),
]


@pytest.fixture
def journal(tmp_path):
    review = Review("scans", ITEMS, [2, 1, 0], ["1", "2", "7"], 16)
    with open_journal(tmp_path / "journal", review.source) as journal:
        journal.review = review
        yield journal


@pytest.fixture
def client(journal):
    app = create_review_app(journal.review, journal, lambda: "Saved.")
    return app.test_client()


def decide(client, labels, **options):
    return client.post("/api/decide", **({"json": {"labels": labels}} | options))


def test_all_that_the_page_shows(client, journal):
    journal.decide({1: None})
    assert client.get("/api/review").json == {
        "name": "scans",
        "labels": ["1", "2", "7"],
        "order": [2, 1, 0],
        "items": [
            {
                "name": "a.png",
                "proposal": "7",
                "confidence": 0.6123,
                "given": None,
                "note": "",
                "has_surroundings": True,
            },
            {
                "name": "b.png",
                "proposal": "1",
                "confidence": 0.5,
                "given": "2",
                "note": "",
                "has_surroundings": False,
            },
            {
                "name": "c.png at 3, 4",
                "proposal": None,
                "confidence": None,
                "given": None,
                "note": "no digit",
                "has_surroundings": False,
            },
        ],
        "decisions": {"1": None},
    }


def test_pictures(client):
    answer = client.get("/api/images/1/seen")
    assert answer.mimetype == "image/png"
    shown = np.asarray(Image.open(BytesIO(answer.data)))
    np.testing.assert_array_equal(shown, np.rint(PIXELS.T * (255 / 16)))
    answer = client.get("/api/images/0/surroundings")
    assert (answer.mimetype, answer.data) == ("image/jpeg", b"JPEG")
    for address in ("1/surroundings", "3/seen", "3/surroundings", "-1/seen", "a/seen"):
        assert client.get(f"/api/images/{address}").status_code == 404


def test_decisions_are_in_the_journal_when_they_are_answered(client, journal, tmp_path):
    answer = decide(client, {"0": "7", "2": None})
    assert answer.json == {"decided": {"0": "7", "2": None}}
    lines = (tmp_path / "journal").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1]) == {"labels": {"0": "7", "2": None}}
    decide(client, {"1": "2"})
    answer = client.post("/api/undo", json={})
    assert answer.json == {"undone": [1], "decisions": {"0": "7", "2": None}}
    assert journal.labels == {0: "7", 2: None}
    assert client.post("/api/save", json={}).json == {"message": "Saved."}


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "7",
        0,
        {"labels": {}},
        {"labels": ["7"]},
        {"labels": {"3": "7"}},
        {"labels": {"-1": "7"}},
        {"labels": {"9" * 5000: "7"}},
        {"labels": {"a": "7"}},
        {"labels": {"0": "3"}},
        {"labels": {"0": 7}},
        {"labels": {"0": ["7"]}},
        {"labels": {"0": "7", "1": "../7"}},
    ],
)
def test_what_is_no_decision_is_refused(client, journal, body):
    answer = client.post("/api/decide", json=body)
    assert answer.status_code == 400
    assert 'must be {"labels": {"0": "7", ...}}' in answer.json["error"]
    assert journal.labels == {}


def test_a_body_that_is_nested_deep_is_refused(client, journal):
    answer = client.post(
        "/api/decide", data="[" * 100_000, content_type="application/json"
    )
    assert (answer.status_code, answer.json) == (
        400,
        {"error": "The body is nested too deeply."},
    )
    assert journal.labels == {}


def test_other_pages_can_neither_decide_nor_undo_nor_save(client, journal):
    """A form sends these types without asking first; JSON it cannot send."""
    journal.decide({0: "7"})
    body = json.dumps({"labels": {"1": "1"}})
    for address in ("decide", "undo", "save"):
        for kind in ("text/plain", "application/x-www-form-urlencoded", None):
            answer = client.post(f"/api/{address}", data=body, content_type=kind)
            assert answer.status_code == 415
        assert client.get(f"/api/{address}").status_code == 405
        preflight = client.options(
            f"/api/{address}", headers={"Origin": "https://example.org"}
        )
        assert not [name for name, _ in preflight.headers if "Allow-Origin" in name]
    assert journal.labels == {0: "7"}


def test_nothing_from_elsewhere_gets_in(client, journal):
    page = client.get("/")
    assert b"<script" in page.data
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "'unsafe" not in policy
    answer = client.get("/api/review", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "--trusted-host" in answer.json["error"]
    app = create_review_app(journal.review, journal, str, trusted_hosts=["a.example"])
    trusted = app.test_client().get("/api/review", headers={"Host": "a.example"})
    assert trusted.status_code == 200


def test_nothing_else_is_answered(client):
    for address in ("/page.js", "/review.html", "/_create.py", "/api/images/0"):
        assert client.get(address).status_code == 404


def test_a_full_disk_is_told(client, journal, monkeypatch):
    def fail(number):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    answer = decide(client, {"0": "7"})
    assert answer.status_code == 507
    assert "No space left on device" in answer.json["error"]
    monkeypatch.undo()
    assert journal.labels == {}
    assert decide(client, {"1": "1"}).status_code == 200
    assert journal.labels == {1: "1"}
