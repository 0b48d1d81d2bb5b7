"""Arrays whose indices compiled code follows without looking.

skops sees that a file holds a tree of decisions, not that its branches lead somewhere:
one that leads out of the tree would make the prediction read foreign memory, or end the
process. Here all that scikit-learn's compiled predictions rely on is looked at, before
anyone can predict.

Each family of estimators has a room, a module of its own: it is imported for models of
that family only, and so are the private names of scikit-learn that it needs.
"""

from skdigits.persistence.skops._compiled._check import check_compiled

__all__ = ["check_compiled"]
