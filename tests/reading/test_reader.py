import json
import sys
import warnings

import numpy as np
import pytest
from PIL import Image, ImageDraw
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from skdigits.datasets import load_digits, make_numbers
from skdigits.reading import DigitReader
from synthetic import prints, scans


@pytest.fixture(scope="module")
def page(digits):
    return scans.page_of_numbers(digits, np.random.RandomState(3), n_lines=2, height=40)


@pytest.fixture(scope="module")
def reading(reader, page):
    return reader.read(page.pixels)


# What is read


def right_digits(reading, scan):
    """Count the digits that are read where they are."""
    texts = [text for text in scan.text if text.isdigit()]
    read = [(np.array(digit.box), str(digit.label)) for digit in reading.digits]
    return sum(
        any(label == text and overlap(box, true) > 0.4 for box, label in read)
        for text, true in zip(texts, scan.boxes, strict=True)
    )


def overlap(first, second):
    """Return the intersection of two boxes over their union."""
    low, high = np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])
    common = np.prod(np.maximum(high - low, 0))
    area = sum(np.prod(box[2:] - box[:2]) for box in (first, second))
    return common / (area - common)


@pytest.mark.parametrize("kind", scans.OWN_IMAGES)
def test_own_image(reader, digits, kind):
    X, y = digits
    images = scans.own_images(X[10:20], y[10:20], kind, np.random.RandomState(0))
    right = [reader.read(scan.pixels).text == scan.text for scan in images]
    assert np.sum(right) >= 9


@pytest.mark.parametrize("kind", scans.PAGES)
def test_page(reader, digits, kind):
    options = {**scans.PAGES[kind], "n_lines": 2, "n_digits": 5}
    options["height"] = min(options.get("height", 40), 40)
    scan = scans.page_of_numbers(digits, np.random.RandomState(4), **options)
    reading = reader.read(scan.pixels)
    assert right_digits(reading, scan) >= 9
    assert len(reading.lines) == 2


def test_place_and_order(reading, page):
    assert reading.text == page.text
    assert [len(line.numbers) for line in reading.lines] == [1, 1]
    overlaps = [
        overlap(np.array(digit.box), true)
        for digit, true in zip(reading.digits, page.boxes, strict=True)
    ]
    assert min(overlaps) > 0.7


def test_spaces_part_numbers(reader):
    numbers = make_numbers(3, n_digits=3, random_state=0)
    space = np.zeros((numbers.images[0].shape[0], 12), np.uint8)
    height = max(image.shape[0] for image in numbers.images)
    parts = [
        np.pad(image, ((0, height - image.shape[0]), (0, 0)))
        for image in numbers.images
    ]
    space = np.zeros((height, 10), np.uint8)
    line = np.hstack([parts[0], space, parts[1], space, parts[2]])
    reading = reader.read(255 - line)
    assert [number.text for number in reading.lines[0].numbers] == list(numbers.target)


@pytest.mark.parametrize("row", range(7))
def test_single_digit_as_it_comes(reader, digits, row):
    X, y = digits
    assert reader.read(X[row]).text == str(y[row])


def test_8x8_digits(reader):
    X, y = load_digits(return_X_y=True)
    bordered = np.pad(X[:20].reshape(-1, 8, 8) / 16, ((0, 0), (3, 3), (3, 3)))
    read = [reader.read(image).text for image in bordered]
    assert np.sum(np.array(read) == y[:20].astype(str)) >= 19


def test_digits_that_fill_most_of_a_picture(reader, monkeypatch):
    monkeypatch.setitem(scans.OWN_IMAGES, "tight", {"margins": (0.0, 0.0)})
    X, y = load_digits(return_X_y=True)
    X, y, random = X[590:610].reshape(-1, 8, 8), y[590:610], np.random.RandomState(0)
    images = scans.own_images(X, y, "tight", random)
    right = [reader.read(scan.pixels).text == scan.text for scan in images]
    assert np.sum(right) >= 19


def test_8x8_digits_that_fill_the_frame(reader):
    X, y = load_digits(return_X_y=True)
    read = [reader.read(image).text for image in X[:20].reshape(-1, 8, 8) / 16]
    assert np.sum(np.array(read) == y[:20].astype(str)) >= 18


@pytest.mark.parametrize("kind", prints.PRINTS)
def test_print_is_rejected(reader, kind):
    random = np.random.RandomState(0)
    pages = [prints.printed_page(random, **prints.PRINTS[kind])]
    n_accepted = sum(len(reader.read(pixels).digits) for pixels, _ in pages)
    assert n_accepted <= sum(n for _, n in pages) / 20


def test_lines_dots_and_frames_are_rejected(reader):
    picture = Image.new("L", (500, 400), 240)
    draw = ImageDraw.Draw(picture)
    draw.line((20, 50, 480, 54), 40, 3)
    for k in range(8):
        draw.ellipse((40 + 50 * k, 100, 46 + 50 * k, 106), 40)
        draw.rectangle((30 + 55 * k, 200, 70 + 55 * k, 250), outline=40, width=2)
    reading = reader.read(picture)
    assert reading.text == ""
    assert len(reading.rejected) >= 17
    assert "a line" in {rejected.reason for rejected in reading.rejected}


def test_digit_in_a_frame(reader, digits):
    X, y = digits
    page = np.zeros((120, 120))
    page[30:86, 34:90] = scans.scale(X[4] / 255, 56)
    page[[10, 11, 108, 109], 10:110] = 0.9
    page[10:110, [10, 11, 108, 109]] = 0.9
    assert reader.read(1 - page).text == str(y[4])


def test_touching(reader, digits):
    random = np.random.RandomState(0)
    right = n = 0
    for _ in range(4):
        scan = scans.page_of_numbers(
            digits, random, n_lines=2, n_digits=(2, 4), spacing=(-0.1, 0.0)
        )
        right += right_digits(reader.read(scan.pixels), scan)
        n += len(scan.boxes)
    assert right >= 0.85 * n


# What comes back


def test_results(reading):
    digit = reading.digits[0]
    assert digit.probabilities.shape == (10,)
    assert digit.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert digit.probabilities.argmax() == digit.label
    assert 0.5 <= digit.confidence <= 1
    assert digit.image.shape == (28, 28)
    assert digit.image.dtype == np.uint8
    with pytest.raises(AttributeError):
        digit.label = 3
    number = reading.lines[0].numbers[0]
    assert number.box[0] == number.digits[0].box[0]
    assert reading.lines[0].box == number.box


def test_to_dict_is_json(reader, page, reading):
    found = json.loads(json.dumps(reading.to_dict()))
    assert found["text"] == page.text
    assert found["size"] == [page.pixels.shape[1], page.pixels.shape[0]]
    assert found["lines"][0]["numbers"][0]["digits"][0]["label"] in range(10)
    pixels, _ = prints.printed_page(np.random.RandomState(0), size=26)
    rejected = json.loads(json.dumps(reader.read(pixels).to_dict()))["rejected"]
    assert rejected
    assert all(one["reason"] and len(one["box"]) == 4 for one in rejected)


def test_plot(reading):
    plt = pytest.importorskip("matplotlib.pyplot")
    figure, ax = plt.subplots()
    assert reading.plot(ax) is ax
    assert len(ax.texts) == len(reading.digits)
    assert len(ax.patches) == len(reading.digits) + len(reading.rejected)
    plt.close(figure)


def test_boxes_of_a_reduced_image(reader, digits):
    X, y = digits
    scan = scans.own_images(X[:1], y[:1], "large", np.random.RandomState(0))[0]
    large = np.pad(scan.pixels, ((0, 100), (0, 1500)), mode="edge")
    reading = reader.read(large)
    assert reading.text == scan.text
    assert reading.size == large.shape[::-1]
    assert overlap(np.array(reading.digits[0].box), scan.boxes[0]) > 0.85


# What may be read


def test_kinds_of_images_agree(reader, page, reading, tmp_path):
    grey = page.pixels
    path = tmp_path / "page.png"
    Image.fromarray(grey).save(path)
    images = [
        path,
        str(path),
        Image.fromarray(grey),
        grey[..., np.newaxis],
        np.stack([grey] * 3, axis=2),
        np.dstack([grey, grey, grey, np.full_like(grey, 255)]),
        grey / 255,
        grey.astype(np.float32),
        grey.astype(np.int64),
        grey.astype(np.uint16) * 257,
    ]
    assert {reader.read(image).text for image in images} == {reading.text}


def test_exif_rotation(reader, page, reading, tmp_path):
    picture = Image.fromarray(page.pixels).transpose(Image.Transpose.ROTATE_90)
    exif = picture.getexif()
    exif[274] = 6  # turn clockwise to see it upright
    path = tmp_path / "turned.jpg"
    picture.save(path, exif=exif, quality=95)
    turned = reader.read(path)
    assert turned.text == reading.text
    assert turned.size == reading.size
    assert turned.digits[0].box == pytest.approx(reading.digits[0].box, abs=3)


def test_colour(reader, digits):
    scan = scans.page_of_numbers(
        digits, np.random.RandomState(3), n_lines=2, n_digits=5
    )
    ink = 1 - scan.pixels / scan.pixels.max()
    for paper, pen in (
        ((250, 240, 150), (40, 60, 190)),
        ((250, 250, 250), (240, 200, 20)),
        ((30, 90, 60), (240, 250, 240)),
    ):
        colours = np.array(paper) + ink[..., np.newaxis] * np.subtract(pen, paper)
        reading = reader.read(np.rint(colours).clip(0, 255).astype(np.uint8))
        assert right_digits(reading, scan) >= 9


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((1, 1), np.uint8),
        np.full((1, 1), 255, np.uint8),
        np.zeros((28, 28)),
        np.full((300, 5), 128, np.uint8),
        np.full((5, 300), 255, np.uint8),
        np.ones((600, 750), np.uint8) * 200,
        np.zeros((40, 40), bool),
    ],
    ids=lambda image: f"{image.shape}-{image.dtype}-{image.flat[0]}",
)
def test_blank(reader, image):
    reading = reader.read(image)
    assert reading.text == ""
    assert reading.digits == ()
    assert reading.size == image.shape[::-1]


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_no_digit(reader, seed):
    noise = np.random.RandomState(seed).normal(180, 15, (200, 300)).clip(0, 255)
    assert len(reader.read(noise.astype(np.uint8)).digits) <= 1


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.full((5, 5), np.nan), ValueError, "finite pixels"),
        (np.full((5, 5), -1.0), ValueError, "from 0"),
        (np.zeros((2, 3, 4, 5)), ValueError, "shape"),
        (np.zeros((3, 4, 2)), ValueError, "shape"),
        (np.zeros((0, 4)), ValueError, "empty"),
        (np.array([["a"]]), TypeError, "path"),
        (None, TypeError, "path"),
        ("nowhere.png", FileNotFoundError, "nowhere.png"),
    ],
)
def test_no_image(reader, image, error, message):
    with pytest.raises(error, match=message):
        reader.read(image)


def test_scikit_image_is_named_if_it_is_missing(reader, monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(ImportError, match=r"\.\[reading\]"):
        reader.read(np.zeros((28, 28)))


@pytest.mark.parametrize("gap", [0, 4])
def test_digit_in_two_parts(reader, gap):
    """A 1 that is broken, one part above the other."""
    picture = np.full((140, 90), 240, np.uint8)
    picture[30:66, 42:49] = 40
    picture[66 + gap : 104, 42:49] = 40
    assert reader.read(picture).text == "1"


def test_no_image_file(reader, tmp_path):
    path = tmp_path / "text.png"
    path.write_text("no image")
    with pytest.raises(ValueError, match=r"text\.png"):
        reader.read(path)


def test_bomb(reader, tmp_path):
    path = tmp_path / "bomb.png"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.new("1", (20_000, 20_000)).save(path)
    with pytest.raises(ValueError, match="pixels"):
        reader.read(path)


# The classifier


def test_own_classifier(digits, page):
    X, y = digits
    classifier = LogisticRegression(max_iter=8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        classifier.fit(X.reshape(-1, 784), y.astype(str))
    reading = DigitReader(classifier, min_confidence=0).read(page.pixels)
    assert right_digits(reading, page) >= 0.6 * len(page.boxes)


def test_bad_classifiers():
    image = np.zeros((28, 28), np.uint8)
    X, y = load_digits(return_X_y=True)
    small = LogisticRegression(max_iter=5000).fit(X[:50], y[:50])
    with pytest.raises(ValueError, match=r"784.*64"):
        DigitReader(small).read(image)
    letters = LogisticRegression().fit(np.eye(2, 784), ["a", "b"])
    with pytest.raises(ValueError, match="digits 0 to 9"):
        DigitReader(letters).read(image)
    with pytest.raises(ValueError, match="not fitted"):
        DigitReader(LogisticRegression()).read(image)
    with pytest.raises(ValueError, match="predict_proba"):
        DigitReader("mnist").read(image)
    with pytest.raises(ValueError, match="min_confidence"):
        DigitReader(min_confidence=2).read(image)


def test_parameters():
    reader = DigitReader(min_confidence=0.9)
    assert clone(reader).get_params() == {"classifier": None, "min_confidence": 0.9}
    assert repr(reader) == "DigitReader(min_confidence=0.9)"


def test_min_confidence(page):
    strict = DigitReader(min_confidence=1.0).read(page.pixels)
    assert strict.digits == ()
    assert all(rejected.label in range(10) for rejected in strict.rejected)
