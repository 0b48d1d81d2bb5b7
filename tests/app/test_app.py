"""The application without a browser: what it answers, and what it refuses."""

import base64
import logging
import struct
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import Perceptron
from sklearn.neighbors import KNeighborsClassifier

import skdigits
from skdigits._server import MAX_BYTES
from skdigits.app import create_app
from skdigits.app._bodies import MAX_PIXELS
from skdigits.datasets import load_digits
from skdigits.reading import DigitReader


def post(client, body, kind="image/png", **options):
    return client.post("/api/read", data=body, content_type=kind, **options)


def assert_refused(answer, status, message):
    assert answer.status_code == status
    assert answer.content_type == "application/json"
    assert set(answer.json) == {"error"}
    assert message in answer.json["error"]


def check(value, schema, root):
    """Raise AssertionError where a value is not as a JSON schema has it.

    As much of JSON Schema as the schema of readings uses.
    """
    schema = (
        root["$defs"][schema["$ref"].rsplit("/")[-1]] if "$ref" in schema else schema
    )
    if "anyOf" in schema:
        nothing = {"type": "null"} in schema["anyOf"] and value is None
        return nothing or check(value, schema["anyOf"][0], root)
    kinds = {
        "array": list,
        "integer": int,
        "number": int | float,
        "object": dict,
        "string": str,
    }
    assert isinstance(value, kinds[schema["type"]])
    match schema["type"]:
        case "object":
            assert not schema["additionalProperties"]
            assert list(value) == schema["required"] == list(schema["properties"])
            for name, member in value.items():
                check(member, schema["properties"][name], root)
        case "array":
            assert schema.get("minItems", 0) <= len(value)
            assert len(value) <= schema.get("maxItems", len(value))
            for member in value:
                check(member, schema["items"], root)
        case "integer" | "number":
            assert schema["minimum"] <= value <= schema.get("maximum", value)


# What is answered.


@pytest.mark.parametrize(("kind", "type_"), [("PNG", "png"), ("JPEG", "jpeg")])
def test_a_number_is_read(client, picture, encode, kind, type_):
    answer = post(client, encode(picture("17"), kind), f"image/{type_}")
    assert answer.status_code == 200
    assert answer.json["text"] == "17"
    assert answer.json["size"] == [400, 200]
    schema = client.get("/api/schema").get_json(force=True)
    check(answer.json, schema, schema)
    for digit in answer.json["lines"][0]["numbers"][0]["digits"]:
        assert sum(digit["probabilities"]) == pytest.approx(1, abs=1e-4)
        assert np.argmax(digit["probabilities"]) == digit["label"]


def test_the_answer_is_that_of_the_reader(client, picture, encode):
    image = picture("71")
    content = post(client, encode(image)).json
    reading = DigitReader().read(image)
    (line,) = content["lines"]
    for digit, found in zip(line["numbers"][0]["digits"], reading.digits, strict=True):
        png = Image.open(BytesIO(base64.b64decode(digit.pop("image"))))
        np.testing.assert_array_equal(np.asarray(png), found.image)
    assert content == reading.to_dict()


def test_what_is_rejected_comes_with_its_reason(client, encode):
    rng = np.random.default_rng(0)
    image = np.full((200, 300), 255, np.uint8)
    image[60:140:3, 40:260] = rng.integers(0, 200, (27, 220))
    content = post(client, encode(Image.fromarray(image))).json
    assert content["text"] == ""
    schema = client.get("/api/schema").get_json(force=True)
    check(content, schema, schema)
    assert content["rejected"]
    assert all(thing["reason"] for thing in content["rejected"])


def test_a_table_is_in_the_answer(client, picture, encode):
    image = Image.new("L", (440, 240), 235)
    pen = ImageDraw.Draw(image)
    cells = [["17", "7"], ["", "71"]]
    for row, texts in enumerate(cells):
        for column, text in enumerate(texts):
            left, top = 20 + 200 * column, 20 + 100 * row
            image.paste(picture(text, (200, 100)), (left, top))
            pen.rectangle((left, top, left + 200, top + 100), outline=20, width=3)
    content = post(client, encode(image)).json
    schema = client.get("/api/schema").get_json(force=True)
    check(content, schema, schema)
    assert [table["cells"] for table in content["tables"]] == [cells]


def test_an_empty_image_has_no_digit(client, encode):
    answer = post(client, encode(Image.new("L", (300, 200), 255)))
    assert answer.status_code == 200
    assert answer.json == {
        "text": "",
        "size": [300, 200],
        "lines": [],
        "rejected": [],
        "tables": [],
        "rotation": 0,
        "note": "nothing stands out from the background",
    }


def modes(image):
    """Yield an image in many modes, with what to expect of it."""
    grey = np.asarray(image)
    yield "1 bit", image.convert("1")
    yield "16 bits", Image.fromarray(grey.astype(np.uint16) * 257)
    yield "palette", image.convert("P")
    yield "colour", image.convert("RGB")
    transparent = Image.new("RGBA", image.size)
    transparent.putalpha(Image.fromarray(np.where(grey < 128, 255, 0).astype(np.uint8)))
    yield "transparent", transparent
    yield "white on black", Image.fromarray(255 - grey)


def test_images_of_all_kinds(client, picture, encode):
    for name, image in modes(picture("17")):
        answer = post(client, encode(image))
        assert (name, answer.status_code, answer.json["text"]) == (name, 200, "17")


def test_the_first_frame_of_an_animation_is_read(client, picture, encode):
    frames = [picture(text) for text in ("17", "71", "7")]
    body = encode(frames[0], save_all=True, append_images=frames[1:], duration=40)
    assert post(client, body).json["text"] == "17"


def test_photos_are_turned_as_their_exif_data_ask_for(client, picture, encode):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = picture("17").transpose(Image.Transpose.ROTATE_90)
    content = post(client, encode(turned, "JPEG", exif=exif), "image/jpeg").json
    assert (content["text"], content["size"]) == ("17", [400, 200])


def test_health(client):
    answer = client.get("/healthz")
    assert answer.json == {"status": "ok", "version": skdigits.__version__}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/pen.js", "text/javascript; charset=utf-8"),
        ("/reading.js", "text/javascript; charset=utf-8"),
        ("/sheet.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "image/svg+xml; charset=utf-8"),
        ("/api/schema", "application/schema+json"),
    ],
)
def test_files_of_the_page(client, address, kind):
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.content_type == kind
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_all_files_are_served(client):
    folder = Path(skdigits.__file__).parent / "app" / "page"
    answers = [
        client.get(rule.rule) for rule in client.application.url_map.iter_rules()
    ]
    bodies = {answer.data for answer in answers}
    assert {path.read_bytes() for path in folder.iterdir()} <= bodies


# Models.


def test_several_threads_read_at_once(app, picture, encode):
    texts = ["17", "71", "7", "11", "177"] * 4
    bodies = {text: encode(picture(text, (500, 200))) for text in set(texts)}
    expected = {text: post(app.test_client(), bodies[text]).json for text in bodies}
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda text: post(app.test_client(), bodies[text]), texts)
        for text, answer in zip(texts, answers, strict=True):
            assert answer.json == expected[text]


def test_a_reader_as_model(picture, encode):
    reader = DigitReader(min_confidence=1)
    content = post(create_app(reader).test_client(), encode(picture("17"))).json
    assert content["text"] == ""
    assert [thing["label"] for thing in content["rejected"]] == [1, 7]


def test_another_classifier_as_model(picture, encode):
    X, y = load_digits(return_X_y=True)
    images = np.kron(X.reshape(-1, 8, 8)[:300], np.ones((3, 3), np.uint8))
    X = np.pad(images, ((0, 0), (2, 2), (2, 2))).reshape(300, -1)
    model = KNeighborsClassifier().fit(X, y[:300])
    answer = post(create_app(model).test_client(), encode(picture("17")))
    assert answer.status_code == 200


def test_models_that_cannot_be_used():
    X, y = load_digits(return_X_y=True)
    with pytest.raises(ValueError, match="must take images of 784 pixels"):
        create_app(KNeighborsClassifier().fit(X, y))
    with pytest.raises(ValueError, match="predict_proba"):
        create_app(Perceptron())


def test_flask_is_named_if_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "flask", None)
    with pytest.raises(ImportError, match=r'needs flask.*pip install "\.\[serve\]"'):
        create_app()


# What is refused.


def test_headers(client):
    for address in ("/", "/page.js", "/healthz", "/nowhere", "/api/read"):
        answer = client.get(address, headers={"Origin": "https://example.org"})
        headers = answer.headers
        policy = dict(
            part.split(" ", 1)
            for part in headers["Content-Security-Policy"].split("; ")
        )
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert not any("unsafe" in sources for sources in policy.values())
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert not [name for name, _ in headers if name.startswith("Access-Control")]
        assert "Set-Cookie" not in headers


def test_a_foreign_page_is_not_allowed_to_post(client):
    """What a browser asks before it sends an image for another page."""
    answer = client.options(
        "/api/read",
        headers={
            "Origin": "https://example.org",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    assert not [name for name, _ in answer.headers if "Access-Control" in name]


@pytest.mark.parametrize(
    "host",
    ["example.org", "127.0.0.1.example.org", "localhost.example.org", "8.8.8.8", "a b"]
    + ["[::2]", "[::1", "[::1].example.org", "", "localhost:x", ".", "localhost.."],
)
@pytest.mark.parametrize("address", ["/", "/healthz", "/nowhere", "/api/read"])
def test_other_hosts_are_refused(client, host, address):
    answer = client.get(address, headers={"Host": host})
    assert_refused(answer, 400, "")


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "127.0.0.1:1", "LOCALHOST", "LocalHost:8000"]
    + ["localhost.", "[::1]", "[::1]:8000", "[0:0:0:0:0:0:0:1]"],
)
def test_this_host_is_trusted(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_trusted_hosts():
    hosts = ["digits.example:8000", "MyComputer"]
    client = create_app(trusted_hosts=hosts).test_client()
    names = {"digits.example": 200, "mycomputer": 200, "localhost": 400}
    names |= {"Digits.EXAMPLE": 200, "MYCOMPUTER:80": 200, "sub.digits.example": 400}
    for host, status in names.items():
        assert client.get("/healthz", headers={"Host": host}).status_code == status
    for wrong in ([], "localhost"):
        with pytest.raises(ValueError, match="trusted_hosts must be a list"):
            create_app(trusted_hosts=wrong)


def test_names_that_end_in_a_trusted_one():
    client = create_app(trusted_hosts=[".example.org"]).test_client()
    names = {"a.example.org": 200, "EXAMPLE.org": 200, "badexample.org": 400}
    for host, status in names.items():
        assert client.get("/healthz", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "application/json",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "image/gif",
        "image/svg+xml",
        "multipart/form-data; boundary=x",
        "text/plain",
    ],
)
def test_other_types_are_refused(client, picture, encode, kind):
    answer = post(client, encode(picture("7")), kind)
    assert_refused(answer, 415, "must be one of: image/png, image/jpeg")


def test_large_bodies_are_refused(client):
    assert_refused(post(client, bytes(MAX_BYTES + 1)), 413, "")
    assert_refused(post(client, bytes(MAX_BYTES)), 400, "neither a PNG nor a JPEG")


def test_only_these_methods(client):
    assert_refused(client.get("/api/read"), 405, "")
    for address in ("/", "/page.js", "/healthz", "/api/schema"):
        assert_refused(client.post(address, data=b"x"), 405, "")
        assert_refused(client.put(address, data=b"x"), 405, "")


@pytest.mark.parametrize(
    "address",
    [
        "/../_create.py",
        "/..%2f_create.py",
        "/%2e%2e/_create.py",
        "/..\\_create.py",
        "/etc/passwd",
        "/page/index.html",
        "/index.html",
        "/static/page.js",
        "/page.js/../../_create.py",
        "/page.js%00.html",
        "/api/model",
        "/model.skops",
    ],
)
def test_no_other_path_leads_anywhere(client, address):
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = client.open(address, method=method)
        assert answer.status_code in (308, 404, 405)
        assert b"import" not in answer.data


def chunk(kind, content):
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png(width, height, *chunks, bits=8):
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    chunks = (chunk(b"IHDR", header), *chunks, chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_bombs_are_refused_before_they_are_decoded(client):
    side = int(MAX_PIXELS**0.5)
    data = chunk(b"IDAT", zlib.compress(bytes((side + 1) * (side + 2))))
    assert len(data) < 100_000
    assert_refused(post(client, png(side + 1, side + 1, data)), 413, "pixels")
    for size in ((2**31 - 1, 2**31 - 1), (30_000, 30_000), (2**31 - 1, 1)):
        assert_refused(post(client, png(*size, data)), 413, "pixels")
    # A text that is a gigabyte when it is unpacked.
    text = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(100_000_000), 9))
    answer = post(client, png(8, 8, text, chunk(b"IDAT", zlib.compress(bytes(72)))))
    assert_refused(answer, 400, "cannot be decoded")


def test_jpegs_that_take_hours_are_refused_before_they_are_decoded(client, encode):
    image = Image.new("L", (64, 64), 255)
    body = encode(image, "JPEG", progressive=True)
    assert post(client, body, "image/jpeg").status_code == 200
    assert post(client, body, "image/jpg").status_code == 200
    scan = body[body.rindex(b"\xff\xda") : -2]
    many = body[:-2] + 80 * scan + body[-2:]
    assert post(client, many, "image/jpeg").status_code == 200
    too_many = body[:-2] + 100_000 * scan + body[-2:]
    assert_refused(post(client, too_many, "image/jpeg"), 400, "more than 100 scans")


def test_the_largest_image(client, encode):
    image = Image.new("L", (MAX_PIXELS, 1), 255)
    assert post(client, encode(image)).status_code == 200


@pytest.mark.parametrize(("kind", "type_"), [("PNG", "png"), ("JPEG", "jpeg")])
def test_truncated_images_are_refused(client, picture, encode, kind, type_):
    body = encode(picture("17"), kind)
    for length in range(0, len(body) - 30, len(body) // 20):
        answer = post(client, body[:length], f"image/{type_}")
        assert_refused(answer, 400, "")


def test_other_formats_are_refused(client, picture, encode):
    for kind in ("GIF", "BMP", "TIFF", "WEBP", "PPM", "ICO", "PDF"):
        answer = post(client, encode(picture("17"), kind))
        assert_refused(answer, 400, "neither a PNG nor a JPEG")


def test_an_empty_body_is_refused(client):
    assert_refused(post(client, b""), 400, "The body is empty")


def bad_bodies():
    """Bytes, and images in which a few bytes were changed, put in or left out."""
    image = Image.fromarray(np.tri(20, 30, dtype=np.uint8) * 255)
    files = []
    for kind in ("PNG", "JPEG"):
        file = BytesIO()
        image.save(file, kind)
        files.append(file.getvalue())
    places = st.tuples(st.floats(0, 1), st.binary(max_size=8), st.integers(0, 40))

    def damage(content, changes):
        for share, new, left_out in changes:
            at = int(share * len(content))
            content = content[:at] + new + content[at + left_out :]
        return content

    damaged = st.builds(
        damage, st.sampled_from(files), st.lists(places, min_size=1, max_size=4)
    )
    headers = st.sampled_from([files[0][:33], files[1][:20]])
    return st.one_of(
        st.binary(max_size=200),
        damaged,
        st.builds(bytes.__add__, headers, st.binary(max_size=200)),
    )


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(bad_bodies(), st.sampled_from(["image/png", "image/jpeg"]))
def test_bad_bodies_are_the_senders_fault(client, body, kind):
    answer = post(client, body, kind)
    # A changed byte may leave the image as good as it was.
    whole = answer.status_code == 200 and is_image(body)
    assert whole or answer.status_code in (400, 413)


def is_image(body):
    try:
        Image.open(BytesIO(body), formats=("PNG", "JPEG")).load()
    except Exception:
        return False
    return True


class Choosy(DigitReader):
    """Refuses all images but those without a digit."""

    def read(self, image):
        reading = super().read(image)
        if reading.text:
            raise ValueError("it has a digit.")
        return reading


def test_what_the_reader_refuses_is_the_senders_fault(picture, encode):
    reader = Choosy(min_confidence=1)
    client = create_app(reader).test_client()
    reader.min_confidence = 0
    answer = post(client, encode(picture("7")))
    assert_refused(answer, 400, "The image cannot be read: it has a digit.")


class Broken(ClassifierMixin, BaseEstimator):
    """A reader's classifier that fails when it is asked."""

    classes_ = np.arange(10)
    is_broken = False

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        if self.is_broken:
            raise RuntimeError("the secret path /home/someone")
        return np.full((len(X), 10), 0.1)

    def __sklearn_is_fitted__(self):
        return True


def test_a_failure_says_nothing_of_what_is_inside(picture, encode, caplog):
    model = Broken()
    client = create_app(model).test_client()
    model.is_broken = True
    with caplog.at_level(logging.ERROR):
        answer = post(client, encode(picture("7")))
    assert_refused(answer, 500, "")
    assert b"secret" not in answer.data
    assert "the secret path" in caplog.text  # for who runs the server
