import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def planted():
    """Make n images of which image i has pixels that spell i + 1, and no other."""

    def make(n, shape=(4, 6)):
        images = np.zeros((n, *shape), dtype=np.uint8)
        images[:] = np.arange(1, n + 1)[:, np.newaxis, np.newaxis]
        return images

    return make


@pytest.fixture
def assert_nothing_cut_off():
    """Check that all artists of a display are on its figure, and tiles do not touch."""

    def check(display):
        display.figure_.draw_without_rendering()
        inside = display.figure_.bbox.padded(1)
        box = display.figure_.get_tightbbox().transformed(
            display.figure_.dpi_scale_trans
        )
        assert inside.x0 <= box.x0 <= box.x1 <= inside.x1
        assert inside.y0 <= box.y0 <= box.y1 <= inside.y1
        for artists in (
            getattr(display, "texts_", []),
            getattr(display, "images_", []),
        ):
            extents = [
                artist.get_window_extent() for artist in artists if _is_drawn(artist)
            ]
            for i, extent in enumerate(extents):
                assert not any(extent.padded(-1).overlaps(o) for o in extents[:i])

    return check


def _is_drawn(artist):
    return not hasattr(artist, "get_text") or artist.get_text()
