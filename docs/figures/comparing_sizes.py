"""Cross-validated accuracy of quick classifiers against their size."""

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits
from skdigits.inspection import ModelComparisonDisplay
from skdigits.model_selection import compare_classifiers, digit_classifiers

X, y = load_digits(return_X_y=True)
X_train, _, y_train, _ = train_test_split(X, y, stratify=y, random_state=0)
ready = digit_classifiers(random_state=0)
chosen = ["k-NN", "SVM (linear)", "SVM (RBF)", "Logistic regression", "Random forest"]
comparison = compare_classifiers(
    {name: ready[name] for name in chosen}, X_train, y_train, cv=4
)
plt.rcParams |= {"font.size": 13, "legend.fontsize": 11}
_, ax = plt.subplots(figsize=(6, 4.4), layout="constrained")
ModelComparisonDisplay.from_comparison(comparison, against="size", ax=ax)
