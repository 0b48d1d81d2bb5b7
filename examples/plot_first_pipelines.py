"""
=============================================
An SVM, a forest and a CNN in three pipelines
=============================================

A Keras network that is a scikit-learn classifier takes the place of an SVM or a random
forest anywhere: here as the last step of a pipeline, under cross-validation.
"""

# %%
# The digits
# ----------
# 1,797 real handwritten digits of 8x8 pixels come with scikit-learn.

from skdigits.datasets import load_digits

digits = load_digits()
print(digits.data.shape, digits.data.dtype, "up to", digits.data.max())

# %%
# The pipelines
# -------------
# Only the last step differs.

from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.neural_network import KerasCNNClassifier
from skdigits.preprocessing import PixelScaler

classifiers = {
    "SVM": SVC(),
    "random forest": RandomForestClassifier(random_state=0),
    "CNN": KerasCNNClassifier(max_epochs=10, random_state=0),
}
pipelines = {
    name: make_pipeline(PixelScaler(), classifier)
    for name, classifier in classifiers.items()
}

# %%
# The comparison
# --------------
# Three folds each. The first fit of the network takes seconds longer than the others,
# because it imports TensorFlow.

from sklearn.model_selection import cross_validate

for name, pipeline in pipelines.items():
    result = cross_validate(pipeline, digits.data, digits.target, cv=3)
    accuracy = result["test_score"]
    print(
        f"{name:<14} accuracy {accuracy.mean():.3f} +- {accuracy.std():.3f}, "
        f"median fit {sorted(result['fit_time'])[1]:.2f} s"
    )
