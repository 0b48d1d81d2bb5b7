"""Several classifiers on the same folds: their scores, times and sizes."""
