"""The first images of a test file, with the labels that a submission gives them."""

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits
from skdigits.model_selection import digit_classifiers

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, _ = train_test_split(X, y, stratify=y, random_state=0)
model = digit_classifiers(random_state=0)["SVM (RBF)"].fit(X_train, y_train)
_, axes = plt.subplots(2, 5, figsize=(6, 3.2), layout="constrained")
for image_id, ax in enumerate(axes.flat, 1):
    image = X_test[image_id - 1 : image_id]
    ax.imshow(image.reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{image_id},{model.predict(image)[0]}", fontsize=14)
    ax.set_xticks([])
    ax.set_yticks([])
