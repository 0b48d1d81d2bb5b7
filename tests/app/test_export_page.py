"""The page as one file, opened from the disk in a real browser."""

import re
from base64 import b64decode, b64encode
from io import BytesIO
from math import prod

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skdigits.app import _export, export_page
from skdigits.augmentation import AugmentedPredictionClassifier
from skdigits.datasets import fetch_mnist, load_digits
from skdigits.neural_network import (
    KerasClassifier,
    KerasCNNClassifier,
    KerasMLPClassifier,
    NumpyMLPClassifier,
)
from skdigits.persistence import load_pretrained
from skdigits.preprocessing import Deskewer, DigitNormalizer, PixelScaler

# Strokes, as shares of the sheet.
ONE = [(0.2, 0.25), (0.2, 0.5), (0.2, 0.8)]
SEVEN = [(0.4, 0.25), (0.5, 0.25), (0.6, 0.25), (0.55, 0.5), (0.5, 0.8)]
DIGITS, LABELS = load_digits(return_X_y=True)

# Images, row after row in base64, as the script takes them.
PREDICT = """
const [images, n, description] = arguments;
const bytes = Uint8Array.from(atob(images), (c) => c.charCodeAt(0));
const predict = description
  ? skdigits.compile(description.layers, description.frame) : skdigits.predict;
return Array.from({ length: bytes.length / n }, (_, k) =>
  predict(bytes.subarray(k * n, (k + 1) * n)));
"""
# Draws curves on a sheet, and frames it.
FRAME = """
const [width, height, pen, curves, frame] = arguments;
const canvas = document.createElement("canvas");
[canvas.width, canvas.height] = [width, height];
const context = canvas.getContext("2d");
context.fillStyle = "#fff";
context.fillRect(0, 0, width, height);
context.lineWidth = pen;
context.lineCap = context.lineJoin = "round";
for (const [start, ...points] of curves) {
  context.beginPath();
  context.moveTo(...start);
  for (const point of points) context.quadraticCurveTo(...point);
  context.stroke();
}
const { data } = context.getImageData(0, 0, width, height);
const levels = Uint8Array.from({ length: width * height }, (_, k) => data[4 * k]);
const framed =
  skdigits.frameDigit(levels, width, height, frame ?? skdigits.model.frame);
return [canvas.toDataURL(), framed && [framed.box, [...framed.pixels]]];
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """With the pretrained network."""
    return export_page(None, tmp_path_factory.mktemp("exported") / "page.html")


@pytest.fixture(scope="module")
def scripts(browser, file):
    """The browser, whose page is only asked for what its scripts return."""
    browser.open(file)
    return browser


def predict(browser, images, description=None):
    """Return what the script predicts of images, few at a time: scripts have 30 s."""
    rows = np.asarray(images, np.uint8)
    blocks = np.array_split(rows, -(-len(rows) // 20))
    return np.concatenate(
        [
            browser.run(
                PREDICT,
                b64encode(block.tobytes()).decode(),
                rows.shape[1],
                description,
            )
            for block in blocks
        ]
    )


# Networks.


def network(kind, image_shape, **parameters):
    """Return a classifier with random weights, as a file of a model would have it."""
    n_classes = 5
    model = kind(**parameters)
    layers = model._network(image_shape, n_classes, **model._architecture())
    random = np.random.RandomState(0)
    weights = [
        (
            random.normal(scale=2 / prod(shape[:-1]) ** 0.5, size=shape)
            if name == "kernel"
            else random.uniform(0.2, 1, shape)
        ).astype(np.float32)
        for name, shape in layers.weight_shapes()
    ]
    state = model.__getstate__() | {
        "classes_": np.arange(n_classes),
        "image_shape_": image_shape,
        "n_features_in_": image_shape[0] * image_shape[1],
        "weights_": weights,
        "_fitted_architecture": model._architecture(),
    }
    model.__setstate__(state)
    return model


ACTIVATIONS = ["relu", "elu", "tanh", "sigmoid"]
CNN, MLP = KerasCNNClassifier, KerasMLPClassifier
# In each, one thing is another than in the one before.
ARCHITECTURES = {
    "dense": (MLP, (7, 6), {"hidden_layer_sizes": ()}),
    "log_sigmoid": (
        MLP,
        (7, 6),
        {"hidden_layer_sizes": (), "output_activation": "sigmoid"},
    ),
    "dropout": (MLP, (7, 6), {"hidden_layer_sizes": (9,), "dropout": 0.5}),
    "3x3": (CNN, (8, 8), {"conv_blocks": ((4,),), "dense_units": ()}),
    "3x3 of odd sizes": (CNN, (7, 6), {"conv_blocks": ((3, 5), (6,))}),
    "batch norm": (CNN, (9, 11), {"conv_blocks": ((3,),), "batch_norm": True}),
    "5x5": (CNN, (9, 11), {"conv_blocks": ((3,),), "kernel_size": 5}),
    "even kernel": (CNN, (9, 11), {"conv_blocks": ((3,),), "kernel_size": 4}),
    "stride": (CNN, (9, 12), {"conv_blocks": ((3, 4),), "stem_stride": 2}),
    "valid": (
        CNN,
        (9, 12),
        {"conv_blocks": ((3,), (4,)), "stem_padding": "valid"},
    ),
    "valid with stride": (
        CNN,
        (10, 12),
        {
            "conv_blocks": ((3,), (4,)),
            "kernel_size": (5, 3),
            "stem_stride": 2,
            "stem_padding": "valid",
        },
    ),
    "global pooling": (
        CNN,
        (9, 12),
        {"conv_blocks": ((3,), (4,)), "global_pooling": True, "dense_units": ()},
    ),
    "stride beyond kernel": (
        CNN,
        (9, 12),
        {"conv_blocks": ((3,),), "kernel_size": 1, "stem_stride": 3},
    ),
    "a single row": (CNN, (1, 9), {"conv_blocks": ((3,), (4,))}),
    **{
        name: (CNN, (8, 8), {"conv_blocks": ((4,),), "activation": name})
        for name in ACTIVATIONS
    },
}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_layers_are_those_of_python(scripts, name):
    kind, shape, parameters = ARCHITECTURES[name]
    model = network(kind, shape, **parameters)
    images = np.random.RandomState(1).randint(256, size=(20, prod(shape)))
    scale = {"kind": "PixelScaler", "offset": 0, "scale": 255}
    description = {
        "layers": [scale, *_export._layers(model)],
        "frame": {"height": shape[0], "width": shape[1]},
    }
    found = np.log(predict(scripts, images, description))
    expected = model.predict_log_proba(images / 255)
    assert expected.std(axis=0).max() > 0.02  # images differ
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("hidden", [(), (20,), (20, 11)])
@pytest.mark.parametrize("method", ["unit", "minmax", "standard"])
def test_numpy_networks_and_scalers(scripts, hidden, method):
    X = (DIGITS * 15).astype(np.uint8)
    mlp = NumpyMLPClassifier(hidden, max_epochs=2, random_state=0)
    model = make_pipeline(
        DigitNormalizer(output_shape=(8, 8)), PixelScaler(method), mlp
    )
    model.fit(X[:300], LABELS[:300])
    framed = model[0].transform(X[300:400])
    found = predict(scripts, framed, _export._describe(model))
    np.testing.assert_allclose(found, model[1:].predict_proba(framed), atol=1e-5)


@pytest.mark.slow
def test_the_pretrained_network_on_a_thousand_images(scripts, request):
    try:
        home = request.getfixturevalue("mnist_home")
        X = fetch_mnist(subset="test", data_home=home).data[:1000]
    except pytest.skip.Exception:
        X = DigitNormalizer().fit_transform((DIGITS[:1000] * 15).astype(np.uint8))
    found = predict(scripts, X)
    expected = load_pretrained().predict_proba(X)
    assert np.abs(found - expected).max() < 1e-5
    assert len(np.unique(found.argmax(axis=1))) == 10


# Framing.


def sheets():
    """Yield sizes of sheets, pens and curves: some leave the sheet."""
    random = np.random.RandomState(0)
    for size in [(400, 300)] * 12 + [(60, 80), (20, 31)]:
        pens = [0.7, 2, 11, 22] if size == (400, 300) else [0.7, 2]
        for outside in (0, 0.15):
            corner, extent = random.uniform(-outside, 0.5, 2), random.uniform(0.1, 0.6)
            n_curves = random.randint(1, 3)
            curves = [
                [
                    [*(size * (corner + extent * random.rand(2)))],
                    *(
                        [*np.ravel(size * (corner + extent * random.rand(2, 2)))]
                        for _ in range(random.randint(1, 4))
                    ),
                ]
                for _ in range(n_curves)
            ]
            yield size, random.choice(pens), curves
            if pens == [0.7, 2]:  # and something faint all along the border: noise
                far = [side + 0.975 for side in size]
                corners = [(-0.975, -0.975), (far[0], -0.975), far, (-0.975, far[1])]
                rim = [[*corners[k - 1], *corners[k]] for k in range(4)]
                yield size, 2, [*curves, *([[x, y], [x, y, *to]] for x, y, *to in rim)]
    # 50x80 pixels: a width of 12.5 is rounded to an even number.
    yield (90, 100), 10, [[[15, 15], [15, 50, 15, 85]], [[15, 15], [30, 15, 55, 15]]]


def test_strokes_are_framed_as_in_python(scripts):
    normalizer = DigitNormalizer(polarity="dark").fit([[[0]]])
    n_digits = 0
    for size, pen, curves in sheets():
        url, framed = scripts.run(FRAME, *size, float(pen), curves)
        sheet = Image.open(BytesIO(b64decode(url.partition(",")[2]))).convert("L")
        expected = normalizer.transform([np.asarray(sheet)])[0]
        found = np.zeros(784, int) if framed is None else np.array(framed[1])
        assert np.abs(found - expected).max() <= 1
        n_digits += framed is not None
        if framed is not None:
            left, top, right, bottom = framed[0]
            assert 0 <= left < right <= size[0]
            assert 0 <= top < bottom <= size[1]
    assert n_digits > 20


@pytest.mark.parametrize(("shape", "box_size"), [((8, 8), 6), ((40, 20), 20)])
def test_other_frames(scripts, shape, box_size):
    normalizer = DigitNormalizer(
        output_shape=shape, box_size=box_size, polarity="dark"
    ).fit([[[0]]])
    frame = {"height": shape[0], "width": shape[1], "box_size": box_size}
    for size, pen, curves in [*sheets()][:6]:
        url, framed = scripts.run(FRAME, *size, float(pen), curves, frame)
        sheet = Image.open(BytesIO(b64decode(url.partition(",")[2]))).convert("L")
        expected = normalizer.transform([np.asarray(sheet)])[0]
        assert np.abs(np.array(framed[1]) - expected).max() <= 1


# The page.


@pytest.fixture
def page(open_page, file):
    page = open_page(file)
    yield page
    assert page.browser.errors() == []
    for address in page.browser.requests():
        assert address.startswith(("data:image/", file.as_uri()))


# Strokes and how they are drawn: the second leaves the sheet.
@pytest.mark.parametrize(
    ("stroke", "kind"),
    [(SEVEN, "mouse"), ([(x + 0.395, y - 0.24) for x, y in SEVEN], "touch")],
)
def test_a_seven_is_a_seven(page, stroke, kind, record_property):
    assert page.text == "No digit"
    page.draw(stroke, kind=kind)
    page.wait_for("7")
    assert page.summary.endswith("% sure.")
    sheet = page.browser.run("return document.getElementById('sheet').toDataURL()")
    pixels = np.asarray(Image.open(BytesIO(b64decode(sheet.partition(",")[2]))))
    seen = DigitNormalizer().fit_transform([pixels[..., 0]])
    # The browser writes what is shown in colour.
    assert np.abs(page.seen()[..., 0].ravel() - seen[0].astype(int)).max() <= 1
    expected = load_pretrained().predict_proba(seen)[0]
    bars = [float(bar.removesuffix(" %")) for bar in page.bars()]
    np.testing.assert_allclose(bars, 100 * expected, atol=0.051)
    box = page.browser.find("#boxes div")
    assert box.get_attribute("data-label") == "7"
    inked = np.argwhere(pixels[..., 0] < 128)
    centre = (
        box.rect["x"] + box.rect["width"] / 2,
        box.rect["y"] + box.rect["height"] / 2,
    )
    sheet = page.browser.find("#sheet").rect
    scale = sheet["width"] / pixels.shape[1]
    for k, side in enumerate("xy"):
        middle = inked[:, 1 - k].min() / 2 + inked[:, 1 - k].max() / 2
        assert centre[k] == pytest.approx(sheet[side] + scale * middle, abs=3)
    seconds = "return performance.getEntriesByName('answer')[0].duration / 1000"
    record_property("seconds of the first answer", page.browser.run(seconds))


def test_undo_clear_and_keys(page):
    page.draw(ONE)
    page.wait_for("1")
    page.click("#clear")
    page.wait_for("No digit")
    page.click("#undo")
    page.wait_for("1")
    page.press(Keys.DELETE)
    page.wait_for("No digit")
    assert page.summary == "The sheet is empty."
    page.browser.run("document.getElementById('sheet').focus()")
    page.press(Keys.SPACE, *[Keys.ARROW_DOWN] * 30, Keys.SPACE)
    page.wait_for("1")
    assert page.browser.find("#answer").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("width", [375, 1280])
def test_the_page_never_scrolls_sideways(open_page, file, width):
    page = open_page(file, width)
    overflow = "return document.documentElement.scrollWidth - innerWidth"
    page.draw(SEVEN)
    page.wait_for("7")
    assert page.browser.run(overflow) <= 0


def test_size_and_policy(file):
    assert file.stat().st_size < 3_000_000
    policy = re.search(
        r'http-equiv="Content-Security-Policy" content="([^"]*)"',
        file.read_text(encoding="utf-8"),
    )[1]
    sources = dict(part.split(" ", 1) for part in policy.split("; "))
    assert sources["default-src"] == sources["base-uri"] == "'none'"
    for kind in ("script-src", "style-src"):
        assert re.fullmatch(r"'sha256-[\w+/]{43}='", sources[kind])
    assert "unsafe" not in policy
    assert "connect-src" not in sources


def test_the_policy_forbids_other_scripts_and_requests(browser, file):
    browser.open(file)
    browser.run(
        "const image = document.createElement('img');"
        "image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image);"
        "const script = document.createElement('script');"
        "script.textContent = 'document.title = `owned`'; document.body.append(script);"
        "fetch('http://127.0.0.1:9/').catch(() => {})"
    )
    messages = "\n".join(entry["message"] for entry in browser.errors())
    assert "http://127.0.0.1:9/x.png" in messages
    assert messages.count("Content Security Policy") >= 3
    assert "owned" not in browser.driver.title


@pytest.mark.parametrize(
    "label",
    [
        "</script><script>document.title = 'owned'</script>",
        "<!--<script>",
        "<img src=x onerror=\"document.title = 'owned'\">",
        "{{ 7 * 7 }}",
        "'\"&\\\u2028",
    ],
)
def test_labels_are_texts(open_page, tmp_path, label):
    labels = [label, "null"]
    y = np.array(labels)[LABELS % 2]
    model = make_pipeline(
        DigitNormalizer(), PixelScaler(), NumpyMLPClassifier(max_epochs=1)
    )
    page = open_page(export_page(model.fit(DIGITS, y), tmp_path / "page.html"))
    shown = "return [...document.querySelectorAll('#bars th')].map(e => e.textContent)"
    assert page.browser.run(shown) == sorted(labels)
    page.draw(SEVEN)
    page.wait_until(lambda: page.summary.endswith("% sure."))
    assert page.browser.find("tr.largest th").text in labels
    assert page.browser.errors() == []
    assert "owned" not in page.browser.driver.title


# What is refused.

X8, X28 = (
    DIGITS[:50],
    np.pad(DIGITS[:50].reshape(-1, 8, 8) * 15, ((0, 0), (10, 10), (10, 10))),
)
Y = LABELS[:50]


def mlp():
    return NumpyMLPClassifier(max_epochs=1)


REFUSED = {
    "another classifier": (
        lambda: LogisticRegression().fit(X8, Y),
        "cannot export LogisticRegression. It takes a pipeline of a DigitNormalizer",
    ),
    "another network": (lambda: KerasClassifier(len), "cannot export KerasClassifier"),
    "another step": (
        lambda: make_pipeline(Deskewer(), PixelScaler(), mlp()).fit(X28, Y),
        "cannot export Deskewer. It takes",
    ),
    "steps in another order": (
        lambda: make_pipeline(PixelScaler(), DigitNormalizer(), mlp()).fit(X8, Y),
        "cannot export DigitNormalizer. It takes",
    ),
    "a network inside": (
        lambda: AugmentedPredictionClassifier(mlp()).fit(X28, Y),
        "cannot export AugmentedPredictionClassifier. It takes a pipeline of a "
        "DigitNormalizer, PixelScalers or both, then a KerasCNNClassifier, "
        "KerasMLPClassifier or NumpyMLPClassifier. Try the classifier inside,"
        r" model\.estimator_\.",
    ),
    "a network inside the last step": (
        lambda: make_pipeline(PixelScaler(), AugmentedPredictionClassifier(mlp())).fit(
            X28, Y
        ),
        "Try the classifier inside, "
        r"make_pipeline\(\*model\[:-1\], model\[-1\]\.estimator_\)\.",
    ),
    "a template inside": (
        lambda: RandomForestClassifier(1).fit(X8, Y),
        "NumpyMLPClassifier\\.$",
    ),
    "no estimator": (lambda: 7, "cannot export int. It takes"),
    "not fitted": (mlp, "not fitted"),
    "a network alone": (
        lambda: mlp().fit(X28 / 255, Y),
        "which pixels it was trained on. Train it in a pipeline",
    ),
    "a pipeline that is not fitted": (
        lambda: make_pipeline(PixelScaler(), mlp()),
        "not fitted",
    ),
    "other images": (
        lambda: make_pipeline(PixelScaler(), mlp()).fit(X8, Y),
        "images of 8x8, but digits are framed in 28x28.* that begins with "
        r"DigitNormalizer\(output_shape=\(8, 8\)\)",
    ),
    "other pixels": (
        lambda: make_pipeline(PixelScaler(), mlp()).fit(X28 / 240, Y),
        "trained on pixels from 0 to 1, but digits are framed from 0 to 255",
    ),
    "dark ink": (
        lambda: make_pipeline(PixelScaler(), mlp()).fit(255 - X28, Y),
        "dark ink on a bright background",
    ),
    "labels that are no integers": (
        lambda: make_pipeline(PixelScaler(), mlp()).fit(X28, Y % 2 == 0),
        "must be integers or strings; got bool such as False",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_models_that_cannot_be_exported(tmp_path, name):
    make, message = REFUSED[name]
    path = tmp_path / "page.html"
    path.write_text("before")
    with pytest.raises(ValueError, match=message):
        export_page(make(), path)
    assert path.read_text() == "before"
    assert [*tmp_path.iterdir()] == [path]


def test_network_that_scales_is_a_scaler_and_a_network():
    model = network(CNN, (28, 28), conv_blocks=((3,),), dense_units=())
    scaler = PixelScaler(white_level=255).fit(X28)
    described = _export._describe(make_pipeline(scaler, model))
    model.white_level_ = 255.0
    model._training_pixels = {"max": 240.0, "background": "dark"}
    assert _export._describe(model) == described
    model._training_pixels["max"] = 16.0
    with pytest.raises(ValueError, match="trained on pixels from 0 to 16"):
        _export._describe(model)


def test_places_that_cannot_be_written_to(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder"):
        export_page(None, tmp_path)
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        export_page(None, tmp_path / "nowhere" / "page.html")
