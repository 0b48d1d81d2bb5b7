import numpy as np
import pytest

from skdigits.reading import DigitReader, _network
from skdigits.reading._as_one import label_as_one, shows_one_stroke
from skdigits.reading._grey import to_dark_on_bright
from skdigits.reading._labelling import (
    FAR_TOO_HIGH,
    HEIGHT,
    LabelledPage,
    _scales,
    doubt_lone_rules,
    height_of_pieces,
    label_page,
    read_dark_areas,
)
from skdigits.reading._labels import N_LABELS, Label
from skdigits.reading._network import label_pixels, make_features, to_onnx
from synthetic.labelled.pages import page_of
from synthetic.sheets import Sheet


@pytest.fixture(scope="module")
def sheet(digits):
    sheet = Sheet(digits, (300, 560))
    sheet.write("52374", 60, 60)
    sheet.write("86 30", 60, 170)
    return sheet


def heights(page):
    """Return the heights of what is labelled as digits."""
    from scipy import ndimage

    labels, _ = ndimage.label(page.probabilities[Label.DIGIT] > 0.5, np.ones((3, 3)))
    places = ndimage.find_objects(labels)
    return np.array([rows.stop - rows.start for rows, _ in places])


@pytest.mark.parametrize("factor", [1, 2, 5])
def test_digits_come_to_the_height_that_the_network_knows(sheet, factor):
    grey = sheet.photograph().astype(np.float32) / 255
    page = label_page(grey.repeat(factor, axis=0).repeat(factor, axis=1))
    assert np.median(heights(page)) == pytest.approx(HEIGHT, rel=0.25)


@pytest.mark.parametrize("turns", range(4))
def test_page_comes_upright(sheet, turns):
    grey = np.rot90(sheet.photograph().astype(np.float32) / 255, turns)
    assert label_page(grey).turns == turns


def test_labels_of_what_is_drawn(digits):
    sheet = Sheet(digits, (160, 420))
    sheet.write("47", 40, 50, height=26)
    sheet.rule((20, 120), (400, 120))
    grey = 1 - 0.9 * sheet.ink
    grey[:, 360:] = 0.1
    page = read_dark_areas(LabelledPage(grey, label_pixels(grey)))
    found = page.probabilities.argmax(axis=0)
    is_digit = found[50:76, 40:90][sheet.ink[50:76, 40:90] > 0.6] == Label.DIGIT
    assert is_digit.mean() > 0.9
    assert np.mean(found[120, 40:340] == Label.RULE) > 0.9
    assert np.mean(found[:, 380:] == Label.DARK) > 0.9
    assert np.mean(found[5:40, 5:340] == Label.PAPER) > 0.99


@pytest.mark.parametrize("is_bright", [False, True])
def test_all_ink_as_one_has_the_height_of_a_digit(is_bright):
    grey = np.full((140, 90), 0.95, np.float32)
    grey[30:104, 42:49] = 0.1
    pages = label_as_one(1 - grey if is_bright else grey)
    ink = [page.probabilities[Label.DIGIT] > 0 for page in pages]
    heights = [np.count_nonzero(each.any(axis=1)) for each in ink]
    assert any(
        abs(height - HEIGHT) <= 2 and each.mean() < 0.2
        for height, each in zip(heights, ink, strict=True)
    )


def test_beside_a_shadow_ink_is_darker_than_the_paper_near_it():
    grey = np.full((80, 80), 0.9, np.float32)
    grey[:, 40:] *= 0.5
    grey[20:60, 60:64] *= 0.4
    shares = []
    for page in label_as_one(grey):
        is_ink = page.probabilities[Label.DIGIT] > 0
        shares.append(is_ink.mean())
    # Of all that is darker than the brightest paper, then of what is near darker.
    assert shares[0] > 0.4
    assert shares[1] < 0.3


@pytest.mark.parametrize("label", [Label.RULE, Label.DARK])
def test_rule_that_stands_alone_and_is_as_high_as_a_digit_may_be_a_1(label):
    labels = np.zeros((120, 200), int)
    labels[20:46, 20:23] = label
    labels[20:100, 60:63] = labels[98:100, 60:160] = Label.RULE
    labels[20:22, 100:126] = Label.RULE
    page = page_of(labels)
    found = doubt_lone_rules(page).probabilities.argmax(axis=0)
    assert (found[20:46, 20:23] == Label.WRITING).all()
    # What is longer, or lies down, stays a rule.
    assert (found[:, 50:] == labels[:, 50:]).all()
    assert (page.probabilities.argmax(axis=0) == labels).all()


def test_a_blank_picture_has_no_ink_to_take_for_one_digit():
    assert list(label_as_one(np.full((40, 40), 0.7, np.float32))) == []


@pytest.mark.parametrize("shape", [(1, 1), (7, 300), (64, 64), (65, 129)])
def test_pages_of_any_size(shape):
    probabilities = label_pixels(np.full(shape, 0.8, np.float32))
    assert probabilities.shape == (N_LABELS, *shape)
    assert probabilities.sum(axis=0) == pytest.approx(np.ones(shape), abs=1e-5)


def test_features_do_not_depend_on_the_light(sheet):
    grey = sheet.photograph().astype(np.float32) / 255
    missing, _, light = make_features(grey)
    missing_in_half, _, half_of_it = make_features(0.5 * grey)
    assert missing_in_half == pytest.approx(missing, abs=1e-5)
    assert half_of_it == pytest.approx(light, abs=1e-5)


def test_bands_of_a_large_page_fit_together(sheet, monkeypatch):
    grey = np.tile(sheet.photograph().astype(np.float32) / 255, (2, 1))
    at_once = label_pixels(grey)
    monkeypatch.setattr(_network, "MOST_AT_ONCE", 200_000)
    in_bands = label_pixels(grey)
    assert np.mean(in_bands.argmax(axis=0) == at_once.argmax(axis=0)) > 0.999


def test_logits_beyond_the_powers_of_float32_are_sure():
    from importlib.resources import files

    import onnxruntime

    weights = dict(np.load(files("skdigits.reading") / "ink.npz"))
    weights["labels/bias"] = np.tile([500, 0, 0, 0, 0, -500], 4)
    session = onnxruntime.InferenceSession(to_onnx(weights).SerializeToString())
    [[found]] = session.run(None, {"features": np.zeros((1, 3, 8, 8), np.float32)})
    assert found[:, 0, 0] == pytest.approx([1, 0, 0, 0, 0, 0], abs=1e-9)


def test_weights_of_other_shapes_are_refused():
    weights = {"half_1/kernel": np.zeros((5, 5, 3, 16)), "half_1/bias": np.zeros(16)}
    with pytest.raises(ValueError, match=r"half_1.*\(3, 3, 3, 16\)"):
        to_onnx(weights)


@pytest.mark.parametrize(
    ("paper", "pen"),
    [
        ((250, 240, 150), (40, 60, 190)),
        ((250, 250, 250), (240, 200, 20)),
        ((30, 90, 60), (240, 250, 240)),
    ],
)
def test_ink_of_any_colour_is_dark(sheet, paper, pen):
    colours = paper + sheet.ink[..., np.newaxis] * np.subtract(pen, paper)
    grey = to_dark_on_bright(np.rint(colours).astype(np.uint8))
    is_ink = sheet.ink > 0.9
    assert grey[is_ink].mean() < grey[~is_ink].mean() - 0.3


def test_a_lone_digit_needs_no_network(digits, monkeypatch):
    def fail(grey):
        raise AssertionError("labelled")

    sheet = Sheet(digits, (300, 400))
    sheet.write("6", 150, 50, height=200)
    monkeypatch.setattr("skdigits.reading._labelling.label_pixels", fail)
    assert DigitReader().read(sheet.photograph()).text == "6"


def test_a_table_is_not_one_stroke(digits):
    sheet = Sheet(digits, (300, 300))
    sheet.write("8", 120, 60, height=180)
    assert shows_one_stroke(1 - sheet.ink)
    sheet.grid((40, 110, 180, 250), (40, 110, 180, 250), width=6)
    assert not shows_one_stroke(1 - sheet.ink)


def test_faint_digits_beside_a_bold_one_are_other_strokes(digits):
    bold, faint = Sheet(digits, (400, 500)), Sheet(digits, (400, 500))
    bold.write("3", 380, 150, height=90)
    faint.write("52", 60, 160, height=60)
    assert shows_one_stroke(1 - bold.ink)
    assert not shows_one_stroke(1 - np.maximum(bold.ink, 0.3 * faint.ink))


def test_the_scale_of_a_plain_page_is_guessed(sheet, monkeypatch):
    def fail(grey, lowest):
        raise AssertionError("searched")

    monkeypatch.setattr("skdigits.reading._labelling._find_scale", fail)
    label_page(1 - sheet.ink)


def test_scales_far_above_the_lowest_ink_are_not_tried(digits):
    sheet = Sheet(digits, (1000, 1000))
    sheet.write("3", 100, 300, height=500)
    scales = list(_scales(1 - sheet.ink, FAR_TOO_HIGH / 500))
    assert scales
    assert max(scales) <= FAR_TOO_HIGH / 500


def test_pale_squares_that_connect_all_digits_do_not_hide_their_scale(
    digits, monkeypatch
):
    monkeypatch.setattr("skdigits.reading._labelling._guess_scale", lambda *_: None)
    sheet = Sheet(digits, (400, 600), seed=1)
    sheet.grid(range(5, 600, 37), range(5, 400, 37))
    sheet.ink *= 0.25
    for k, number in enumerate(("320511", "88115", "706936")):
        sheet.write(number, 40, 40 + 110 * k, height=60)
    page = label_page(1 - sheet.ink)
    assert height_of_pieces(page.probabilities[Label.DIGIT] > 0.5) > HEIGHT / 2
