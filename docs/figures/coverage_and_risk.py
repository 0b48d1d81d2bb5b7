"""The risk-coverage curves of an SVM, one-vs-one and one-vs-rest."""

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from skdigits.datasets import load_digits
from skdigits.inspection import CoverageRiskDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
figure, ax = plt.subplots(figsize=(5, 4), layout="constrained")
for name, classifier in (
    ("SVC (one-vs-one)", SVC()),
    ("SVC, one-vs-rest", OneVsRestClassifier(SVC())),
):
    classifier.fit(X_train, y_train)
    CoverageRiskDisplay.from_estimator(classifier, X_test, y_test, name=name, ax=ax)
