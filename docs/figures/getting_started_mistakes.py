"""The mistakes of the support vector machine of "Getting started"."""

from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.datasets import load_digits
from skdigits.inspection import MisclassifiedDisplay
from skdigits.preprocessing import PixelScaler

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = make_pipeline(PixelScaler(), SVC(C=10)).fit(X_train, y_train)
MisclassifiedDisplay.from_estimator(model, X_test, y_test)
