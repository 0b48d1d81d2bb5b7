"""The first principal components of the bundled digits, as images."""

import matplotlib.pyplot as plt

from skdigits.datasets import load_digits
from skdigits.preprocessing import PCAFeatures

pca = PCAFeatures(n_components=10).fit(load_digits().data)
figure, axes = plt.subplots(2, 5, figsize=(7, 3.2), layout="constrained")
for ax, component, share in zip(
    axes.flat, pca.components_images_, pca.explained_variance_ratio_, strict=True
):
    limit = abs(component).max()
    ax.imshow(component, cmap="gray_r", vmin=-limit, vmax=limit)
    ax.set_title(f"{share:.0%}", fontsize=14)
    ax.set(xticks=[], yticks=[])
