"""Cross-validated accuracy of an RBF SVM over its two parameters."""

import matplotlib.pyplot as plt
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.svm import SVC

from skdigits.datasets import load_digits

X, y = load_digits(return_X_y=True)
X_part, _, y_part, _ = train_test_split(
    X / 16, y, train_size=500, stratify=y, random_state=0
)
C, gamma = [0.1, 1, 10, 100], [0.0001, 0.001, 0.01, 0.1, 1]
search = GridSearchCV(SVC(), {"C": C, "gamma": gamma}, cv=3).fit(X_part, y_part)
scores = search.cv_results_["mean_test_score"].reshape(len(C), len(gamma))
_, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
ax.imshow(scores, cmap="Blues", vmin=0, vmax=1.1, aspect="auto")
for row, column in [(i, j) for i in range(len(C)) for j in range(len(gamma))]:
    score = scores[row, column]
    style = {"color": "white" if score > 0.7 else "black", "fontsize": 13}
    ax.text(column, row, f"{score:.2f}", ha="center", va="center", **style)
ax.set_xticks(range(len(gamma)), gamma, fontsize=12)
ax.set_yticks(range(len(C)), C, fontsize=12)
ax.set_xlabel("gamma", fontsize=12)
ax.set_ylabel("C", fontsize=12)
