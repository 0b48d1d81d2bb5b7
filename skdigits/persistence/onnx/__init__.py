"""Fitted classifiers as ONNX files, which predict without Python.

skl2onnx converts LogisticRegression, LinearSVC, MLPClassifier and PCA: in float64 they
differ from scikit-learn by less than 1e-7. All else is written node by node, as
skl2onnx 1.20 does not keep the labels and the 1e-5. Fitted to 2,000 images of MNIST and
given float32 test images, it changes the labels of

- 8 of 5,000 by a forest of 100 trees, where as many trees vote for two labels (in
  float64 that is right, but single and extra trees give models that do not load);
- 5 to 10 of 2,000, and probabilities by up to 3e-2, by a forest behind a MinMaxScaler,
  StandardScaler or RobustScaler, in one of the two types or in both;
- 4 of 1,000 by ``SVC(break_ties=True)``, whose decisions differ by 5e-6;
- 20 of 1,000 by neighbours weighted by distance, and 3 by isotonic calibration.

Soft votes and temperature scaling are not converted. Of estimators of skdigits, a
registered converter would write the same nodes.
"""

from skdigits.persistence.onnx._export import export_onnx

__all__ = ["export_onnx"]
