"""Set before anything imports SciPy: lets scikit-learn's array API check run."""

import os

os.environ.setdefault("SCIPY_ARRAY_API", "1")
