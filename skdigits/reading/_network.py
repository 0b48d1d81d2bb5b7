"""The network that labels the ink of a page, one description for two frameworks.

It is fully convolutional: a page of any size goes in, a label for each pixel comes out.
``benchmarks/train_ink.py`` trains it with Keras, ONNX Runtime runs it.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Protocol, TypeVar

import numpy as np
import onnx
from scipy import ndimage

from skdigits._onnx_graph import Graph, tensor_info
from skdigits._onnxruntime import onnxruntime
from skdigits._threads import n_threads
from skdigits.reading._labels import N_LABELS

# Channels at half, a quarter and an eighth of the resolution.
CHANNELS = (16, 32, 64)
N_FEATURES = 3
# Sides of what goes in are multiples of this.
MULTIPLE = 8
# Side of the neighbourhood, in pixels, whose brightest part is the paper.
PAPER = 61
# Quantile of a page's light that is its brightest paper.
BRIGHTEST = 0.95
# Pixels of a page that are labelled at once, and the rows seen beside them.
MOST_AT_ONCE, AROUND = 800_000, 8 * MULTIPLE
INPUT = "features"
# Powers of e stay finite; those of the network that is shipped go up to about 20.
LARGEST_LOGIT = 50

Tensor = TypeVar("Tensor")


class Operations(Protocol[Tensor]):
    """What a framework has to offer."""

    def convolve(
        self,
        x: Tensor,
        name: str,
        shape: tuple[int, int, int],
        *,
        stride: int = 1,
        dilation: int = 1,
        is_last: bool = False,
    ) -> Tensor:
        """Convolve; ``shape`` is (side of the kernel, channels in, channels out).

        All but the last convolution are followed by a batch normalization, which is
        folded into the weights after training, and by a ReLU.
        """

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        """Add."""

    def concatenate(self, x: Tensor, y: Tensor) -> Tensor:
        """Join channels."""

    def enlarge(self, x: Tensor) -> Tensor:
        """Repeat each pixel in a square of 2x2."""


def connect(operations: Operations[Tensor], features: Tensor) -> Tensor:
    """Build the network: a U-Net of three levels [1]_ with dilated residuals [2]_.

    Parameters
    ----------
    operations : Operations
        Of a framework.

    features : Tensor
        Of a page: three channels.

    Returns
    -------
    logits : Tensor
        Four pixels of labels in each pixel, at half the resolution.

    References
    ----------
    .. [1] O. Ronneberger, P. Fischer and T. Brox, "U-Net: convolutional networks for
       biomedical image segmentation", MICCAI 2015.
    .. [2] F. Yu and V. Koltun, "Multi-scale context aggregation by dilated
       convolutions", ICLR 2016.
    """
    convolve = operations.convolve
    fine, middle, coarse = CHANNELS
    half = convolve(features, "half_1", (3, N_FEATURES, fine), stride=2)
    half = convolve(half, "half_2", (3, fine, fine))
    quarter = convolve(half, "quarter_1", (3, fine, middle), stride=2)
    quarter = convolve(quarter, "quarter_2", (3, middle, middle))
    eighth = convolve(quarter, "eighth_1", (3, middle, coarse), stride=2)
    for dilation in (1, 2, 4, 8):
        context = convolve(
            eighth, f"context_{dilation}", (3, coarse, coarse), dilation=dilation
        )
        eighth = operations.add(eighth, context)
    up = operations.enlarge(convolve(eighth, "up_1", (1, coarse, middle)))
    up = operations.concatenate(up, quarter)
    up = convolve(up, "quarter_3", (3, 2 * middle, middle))
    up = operations.enlarge(convolve(up, "up_2", (1, middle, fine)))
    up = operations.concatenate(up, half)
    up = convolve(up, "half_3", (3, 2 * fine, 24))
    return convolve(up, "labels", (1, 24, 4 * N_LABELS), is_last=True)


class _OnnxOperations:
    """Operations of ONNX, channels first, with weights by name."""

    def __init__(self, graph: Graph, weights: Mapping[str, np.ndarray]):
        self._graph, self._weights = graph, weights

    def convolve(
        self,
        x: str,
        name: str,
        shape: tuple[int, int, int],
        *,
        stride: int = 1,
        dilation: int = 1,
        is_last: bool = False,
    ) -> str:
        side, n_in, n_out = shape
        kernel, bias = self._weights[f"{name}/kernel"], self._weights[f"{name}/bias"]
        expected = (side, side, n_in, n_out)
        if kernel.shape != expected or bias.shape != (n_out,):
            raise ValueError(
                f"{name} must have a kernel of shape {expected}, got {kernel.shape}, "
                f"and a bias of shape ({n_out},), got {bias.shape}."
            )
        # As TensorFlow pads even sides: nothing before them where the stride is 2.
        around = dilation * (side - 1) // 2
        before = around if stride == 1 else 0
        x = self._graph(
            "Conv",
            x,
            kernel.astype(np.float32).transpose(3, 2, 0, 1),
            bias.astype(np.float32),
            strides=[stride] * 2,
            dilations=[dilation] * 2,
            pads=[before, before, around, around],
        )
        return x if is_last else self._graph("Relu", x)

    def add(self, x: str, y: str) -> str:
        return self._graph("Add", x, y)

    def concatenate(self, x: str, y: str) -> str:
        return self._graph("Concat", x, y, axis=1)

    def enlarge(self, x: str) -> str:
        twice = np.array([1, 1, 2, 2], np.float32)
        nearest = {"mode": "nearest", "nearest_mode": "floor"}
        return self._graph(
            "Resize",
            x,
            "",
            twice,
            coordinate_transformation_mode="asymmetric",
            **nearest,
        )


def to_onnx(weights: Mapping[str, np.ndarray]) -> onnx.ModelProto:
    """Write the network as an ONNX model.

    Parameters
    ----------
    weights : mapping of str to ndarray
        Kernels and biases, as ``half_1/kernel`` and ``half_1/bias``.

    Returns
    -------
    model : onnx.ModelProto
        Takes features of shape (1, 3, h, w), gives probabilities of the labels of
        shape (1, 6, h, w); h and w are multiples of 8.
    """
    graph = Graph()
    logits = connect(_OnnxOperations(graph, weights), INPUT)
    # TensorFlow's order: the four pixels come first, then the labels of each.
    logits = graph("DepthToSpace", logits, blocksize=2, mode="DCR")
    # ONNX Runtime's Softmax over channels takes longer than all convolutions.
    bound = np.float32(LARGEST_LOGIT)
    powers = graph("Exp", graph("Clip", logits, -bound, bound))
    total = graph("ReduceSum", powers, np.array([1]), keepdims=1)
    probabilities = graph("Div", powers, total)
    float32 = np.dtype(np.float32)
    return graph.model(
        [tensor_info(INPUT, float32, [1, N_FEATURES, "h", "w"])],
        [tensor_info(probabilities, float32, [1, N_LABELS, "h", "w"])],
    )


def missing_light(grey: np.ndarray) -> np.ndarray:
    """Return which share of the light of the paper around each pixel is missing.

    Parameters
    ----------
    grey : ndarray of shape (h, w), float32
        From 0 (black) to 1 (white): dark ink on bright paper.

    Returns
    -------
    missing : ndarray of shape (h, w), float32
        0 is paper, 1 is black.
    """
    height, width = grey.shape
    half = ndimage.uniform_filter(grey, 3, mode="nearest")[::2, ::2]
    paper = ndimage.grey_closing(half, size=(PAPER // 2 + 1,) * 2, mode="nearest")
    paper = ndimage.uniform_filter(paper, 9, mode="nearest")
    paper = paper.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return 1 - grey / np.maximum(paper, 0.05)


def make_features(grey: np.ndarray) -> np.ndarray:
    """Return what the network sees of a page.

    Parameters
    ----------
    grey : ndarray of shape (h, w), float32
        From 0 (black) to 1 (white): dark ink on bright paper.

    Returns
    -------
    features : ndarray of shape (3, h, w), float32
        How much of the light of the paper around is missing; how far each pixel is
        below the mean around it, in standard deviations; and its light as a share of
        the brightest paper's, which tells dark areas and shadows.
    """
    missing = missing_light(grey)
    mean = ndimage.uniform_filter(grey, 41, mode="reflect")
    square = ndimage.uniform_filter(grey * grey, 41, mode="reflect")
    deviation = np.sqrt(np.maximum(square - mean * mean, 0)) + 0.015
    below = (mean - grey) / deviation
    light = grey / max(float(np.quantile(grey[::4, ::4], BRIGHTEST)), 0.05)
    features = np.empty((N_FEATURES, *grey.shape), np.float32)
    np.clip(2 * missing, -0.4, 2, out=features[0])
    np.clip(0.5 * below, -1.5, 2.5, out=features[1])
    np.clip(light, 0, 1.2, out=features[2])
    return features


def label_pixels(grey: np.ndarray) -> np.ndarray:
    """Label each pixel of a page.

    Parameters
    ----------
    grey : ndarray of shape (h, w), float32
        From 0 (black) to 1 (white): dark ink on bright paper, digits about 26 pixels
        high.

    Returns
    -------
    probabilities : ndarray of shape (6, h, w), float32
        Of each :class:`~skdigits.reading._labels.Label`.
    """
    height, width = grey.shape
    # Paper around, so that ink at the edge has a neighbourhood.
    after = [2 * MULTIPLE + -side % MULTIPLE for side in grey.shape]
    margins = [(2 * MULTIPLE, rest) for rest in after]
    features = make_features(np.pad(grey, margins, mode="edge"))
    probabilities = np.empty((N_LABELS, *features.shape[1:]), np.float32)
    is_large = features[0].size > MOST_AT_ONCE
    for rows, first, last in _bands(*features.shape[1:]):
        band = features[np.newaxis, :, rows]
        options = _run_options() if is_large and last == features.shape[1] else None
        [labelled] = _session().run(None, {INPUT: band}, options)
        inside = slice(first - rows.start, last - rows.start)
        probabilities[:, first:last] = labelled[0, :, inside]
    inside = slice(2 * MULTIPLE, 2 * MULTIPLE + height)
    return probabilities[:, inside, 2 * MULTIPLE : 2 * MULTIPLE + width]


def _bands(height: int, width: int) -> Iterator[tuple[slice, int, int]]:
    """Yield the rows that the network sees, and the first and last that it labels.

    All at once would take 250 MB for the largest page.
    """
    n_bands = -(-height * width // MOST_AT_ONCE)
    step = MULTIPLE * -(-height // (MULTIPLE * n_bands))
    for first in range(0, height, step):
        last = min(first + step, height)
        rows = slice(max(first - AROUND, 0), min(last + AROUND, height))
        yield rows, first, last


@cache
def _session() -> "onnxruntime.InferenceSession":
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads()
    options.inter_op_num_threads = 1
    # Threads that wait for work give their core to others.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    with (files(__package__) / "ink.npz").open("rb") as file:
        weights = dict(np.load(file, allow_pickle=False))
    return onnxruntime.InferenceSession(
        to_onnx(weights).SerializeToString(),
        options,
        providers=["CPUExecutionProvider"],
    )


@cache
def _run_options() -> "onnxruntime.RunOptions":
    """Return options of a run that gives back the 150 MB that large pages take."""
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options
