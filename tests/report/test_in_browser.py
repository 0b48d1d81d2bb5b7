"""The report as a reader sees it."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

from skdigits.datasets import fetch_mnist, load_digits
from skdigits.neural_network import NumpyMLPClassifier
from skdigits.preprocessing import PixelScaler
from skdigits.report import write_report

HOSTILE = "<script>document.title = 'owned'</script>"


@pytest.fixture(scope="module")
def digits():
    """A poor classifier, so that many cells have images."""
    X, y = load_digits(return_X_y=True)
    model = make_pipeline(PixelScaler(), LogisticRegression(max_iter=5))
    with pytest.warns(UserWarning, match="lbfgs failed to converge"):
        model.fit(X[:100], y[:100])
    return model, X[100:], y[100:]


@pytest.fixture(scope="module")
def page(digits, tmp_path_factory):
    return write_report(*digits, tmp_path_factory.mktemp("report") / "page.html")


def assert_quiet(browser, page):
    """Nothing was logged, nothing but the page and what is in it was asked for."""
    assert browser.errors() == []
    outside = [url for url in browser.requests() if not url.startswith("data:")]
    assert outside == [page.as_uri()]


def test_nothing_is_requested_and_nothing_goes_wrong(browser, page):
    browser.open(page)
    browser.cell(0, 0).click()
    assert_quiet(browser, page)


def test_the_policy_forbids_requests_and_other_scripts(browser, page):
    browser.open(page)
    browser.run(
        "const image = document.createElement('img');"
        "image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image);"
        "const script = document.createElement('script');"
        "script.textContent = 'document.title = `owned`'; document.body.append(script)"
    )
    messages = "\n".join(entry["message"] for entry in browser.errors())
    assert "http://127.0.0.1:9/x.png" in messages
    assert messages.count("Content Security Policy") >= 2
    assert "owned" not in browser.driver.title


def expected_images(model, X, y, i, j):
    """The images of a cell, the worst first."""
    loss = -model.predict_log_proba(X)[np.arange(len(y)), y]
    counted = np.flatnonzero((y == i) & (model.predict(X) == j))
    return counted[np.argsort(-loss[counted], kind="stable")].tolist()


def test_every_cell_opens_exactly_its_images(browser, page, digits):
    browser.open(page)
    opened = browser.run(
        """
        const viewer = document.getElementById("viewer");
        return [...document.querySelectorAll(".cell")].map(cell => {
          cell.click();
          const digits = [...viewer.querySelectorAll(".digit")];
          const title = document.getElementById("viewer-title").textContent;
          viewer.close();
          return [cell.textContent, title, digits.map(d => Number(d.dataset.index))];
        });
        """
    )
    pairs = [(i, j) for i in range(10) for j in range(10)]
    for (i, j), (text, title, indices) in zip(pairs, opened, strict=True):
        assert indices == expected_images(*digits, i, j)
        assert text == str(len(indices))
        assert title.startswith(f"True {i}, predicted {j}: {text} image")
    assert sum(len(indices) for *_, indices in opened) == len(digits[2])


@pytest.mark.parametrize(
    ("key", "pair"), [("mouse", (0, 0)), (Keys.ENTER, (8, 1)), (Keys.SPACE, (0, 1))]
)
def test_mouse_and_keys_open_a_cell_and_escape_closes_it(
    browser, page, digits, key, pair
):
    browser.open(page)
    cell = browser.cell(*pair)
    if key == "mouse":
        cell.click()
    else:
        cell.send_keys(key)
    assert browser.viewer_is_open
    assert browser.indices("#viewer") == expected_images(*digits, *pair)
    ActionChains(browser.driver).send_keys(Keys.ESCAPE).perform()
    assert not browser.viewer_is_open
    assert browser.run("return document.activeElement") == cell  # as before


def test_digits_look_as_they_are(browser, page, digits):
    """The pixels on the screen are those of the image with that number."""
    _, X, _ = digits
    browser.open(page)
    browser.run("arguments[0].click()", browser.cell(8, 8))
    for element in browser.find_all("#viewer .digit")[:5]:
        assert_shows(browser, element, X)
    browser.find("#viewer-close").click()
    elements = browser.find_all("#mistakes .digit, .examples .digit")[::9]
    assert len(elements) > 8
    for element in elements:
        assert_shows(browser, element, X)


def assert_shows(browser, element, X):
    browser.run("arguments[0].scrollIntoView({block: 'center'})", element)
    picture = Image.open(io.BytesIO(base64.b64decode(element.screenshot_as_base64)))
    small = np.asarray(picture.convert("L").resize((8, 8), Image.Resampling.BOX))
    row = int(element.get_attribute("data-index"))
    expected = X[row].reshape(8, 8) * (255 / 16)
    np.testing.assert_allclose(small, expected, atol=2)


def test_keyboard_alone(browser, page):
    browser.open(page)
    keys = ActionChains(browser.driver)
    keys.send_keys(Keys.TAB).perform()
    for _ in range(40):  # links and scrolling boxes come first
        if "cell" in browser.run("return document.activeElement.className"):
            break
        keys.send_keys(Keys.TAB).perform()
    focused = "return ['true', 'predicted'].map(n => document.activeElement.dataset[n])"
    assert browser.run(focused) == ["0", "0"]
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert browser.run(outline) == "solid"
    keys.send_keys(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT).perform()
    assert browser.run(focused) == ["1", "2"]
    keys.send_keys(Keys.ARROW_UP, Keys.ARROW_UP, Keys.ARROW_UP).perform()
    assert browser.run(focused) == ["0", "2"]
    keys.send_keys(Keys.ENTER).perform()
    assert browser.viewer_is_open
    keys.send_keys(Keys.ESCAPE).perform()
    assert not browser.viewer_is_open
    assert browser.run(focused) == ["0", "2"]


def test_the_viewer_closes_by_its_button_and_by_a_click_beside_it(browser, page):
    browser.open(page)
    browser.cell(0, 0).click()
    browser.find("#viewer-close").click()
    assert not browser.viewer_is_open
    browser.cell(0, 0).click()
    # In the corner of the window, wherever the mouse was before.
    actions = ActionBuilder(browser.driver)
    actions.pointer_action.move_to_location(3, 3).click()
    actions.perform()
    WebDriverWait(browser.driver, 5).until(lambda _: not browser.viewer_is_open)


@pytest.mark.parametrize("width", [375, 1280])
def test_the_page_never_scrolls_sideways(browser, page, width):
    browser.open(page, width)
    overflow = "return document.documentElement.scrollWidth - innerWidth"
    assert browser.run(overflow) <= 0
    browser.run("arguments[0].click()", browser.cell(0, 0))
    assert browser.run(overflow) <= 0
    right = "return document.getElementById('viewer').getBoundingClientRect().right"
    assert browser.run(right) <= width


def test_20_labels_of_text_scroll_inside_their_box(browser, tmp_path):
    rng = np.random.default_rng(0)
    X = rng.random((200, 64))
    y = np.array([f"a rather long label, number {i:02}" for i in range(20)])[
        np.arange(200) % 20
    ]
    model = KNeighborsClassifier(3).fit(X, y)
    page = write_report(model, X, y, tmp_path / "page.html")
    browser.open(page, 375)
    assert browser.run("return document.documentElement.scrollWidth") <= 375
    assert len(browser.find_all(".cell")) == 400
    true, predicted = (
        np.unique(z, return_inverse=True)[1] for z in (y, model.predict(X))
    )
    browser.run("arguments[0].click()", browser.cell(19, 7))
    counted = np.flatnonzero((true == 19) & (predicted == 7))
    assert sorted(browser.indices("#viewer")) == counted.tolist()
    assert_quiet(browser, page)


class Remembering(ClassifierMixin, BaseEstimator):
    """Predicts the labels it is given, in the order in which it got them."""

    def __init__(self, name=None):
        self.name = name

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.labels_ = np.asarray(y)
        return self

    def predict(self, X):
        check_is_fitted(self)
        return np.roll(self.labels_[: len(X)], 1)


def test_hostile_text_is_shown_as_text(browser, tmp_path):
    X = np.random.default_rng(0).random((30, 64))
    y = np.array([HOSTILE, "</script><b id=owned>", "'\"&{{ 7 * 7 }}"])[
        np.arange(30) % 3
    ]
    model = Remembering(name=HOSTILE).fit(X, y)
    page = write_report(model, X, y, tmp_path / "page.html", title=f"On {HOSTILE}")
    browser.open(page)
    assert browser.driver.title == f"On {HOSTILE}"
    assert browser.find("h1").text == f"On {HOSTILE}"
    rows = [header.text for header in browser.find_all(".confusion th[scope=row]")]
    assert rows == sorted(set(y))
    assert HOSTILE in browser.find("#model").text
    browser.run("arguments[0].click()", browser.cell(2, 1))
    assert HOSTILE in browser.find("#viewer-title").text
    assert browser.find_all("#owned") == []
    assert len(browser.find_all("script")) == 2
    assert_quiet(browser, page)


def test_the_calibration_curve_and_the_history_are_drawn(browser, digits, tmp_path):
    _, X, y = digits
    model = MLPClassifier((8,), max_iter=3, early_stopping=True, random_state=0)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    browser.open(write_report(model, X, y, tmp_path / "page.html"))
    widths = browser.run(
        "return [...document.querySelectorAll('img')].map(i => i.naturalWidth)"
    )
    assert len(widths) == 2
    assert min(widths) > 300


@pytest.mark.slow
def test_mnist(browser, mnist_home, tmp_path):
    X, y = fetch_mnist(subset="train", data_home=mnist_home, return_X_y=True)
    # Not a network of Keras, whose start takes longer than all of this.
    model = make_pipeline(PixelScaler(), NumpyMLPClassifier(random_state=0))
    model.fit(X[:2000], y[:2000])
    X, y = fetch_mnist(subset="test", data_home=mnist_home, return_X_y=True)
    page = write_report(model, X, y, tmp_path / "page.html")
    assert page.stat().st_size < 5e6
    browser.open(page)
    predicted = model.predict(X)
    for i, j in [(1, 1), (4, 9), (9, 4)]:
        browser.run("arguments[0].click()", browser.cell(i, j))
        counted = np.flatnonzero((y == i) & (predicted == j))
        assert sorted(browser.indices("#viewer")) == counted.tolist()
        browser.run("document.getElementById('viewer').close()")
    assert_quiet(browser, page)
