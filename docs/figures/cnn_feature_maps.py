"""A digit, and what the blocks of the pretrained network make of it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import onnx
import onnxruntime

from skdigits.datasets import load_digits
from skdigits.persistence import export_onnx, load_pretrained
from skdigits.preprocessing import DigitNormalizer

N_MAPS = 4

digit = DigitNormalizer(polarity="bright").fit_transform(load_digits().data[2:3])
with TemporaryDirectory() as folder:
    model = onnx.load(export_onnx(load_pretrained(), Path(folder, "network.onnx")))
blocks = [node.output[0] for node in model.graph.node if node.op_type == "MaxPool"]
model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in blocks)
session = onnxruntime.InferenceSession(
    model.SerializeToString(), providers=["CPUExecutionProvider"]
)
(name,) = (node.name for node in session.get_inputs())
maps = session.run(blocks, {name: digit.astype("float32")})
figure, axes = plt.subplots(
    N_MAPS, 1 + len(blocks), figsize=(6, 5.4), layout="constrained"
)
axes[0, 0].imshow(digit.reshape(28, 28), cmap="gray_r")
axes[0, 0].set_title("image\n28x28", fontsize=12)
for k, (column, (filters,)) in enumerate(zip(axes.T[1:], maps, strict=True), 1):
    strongest = sorted(filters, key=lambda values: -values.std())[:N_MAPS]
    for ax, values in zip(column, strongest, strict=True):
        ax.imshow(values, cmap="gray_r")
    n_filters, height, width = filters.shape
    column[0].set_title(f"block {k}\n{n_filters} x {height}x{width}", fontsize=12)
for ax in axes.flat:
    ax.set_axis_off()
