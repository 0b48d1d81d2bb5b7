"""Wrong labels that are found among MNIST's, beside cleanlab.

python -m benchmarks.bench_label_errors [--quick] [--only SECTION ...]
"""

from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks._measuring import measure
from benchmarks._result import Goal, Result
from benchmarks._running import main

OURS, PEER = "find_label_errors", "cleanlab"
N_IMAGES = 10_000
SHARES = (0.015, 0.05)
# The digit that each is taken for most easily.
CONFUSABLE = np.array([6, 7, 3, 5, 9, 3, 0, 1, 3, 4])
# Test images of MNIST whose labels people contest (Northcutt et al., 2021).
CONTESTED = np.array(
    [947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527]
    + [9679, 9729]
)


def classifiers() -> dict:
    """Return the classifiers that judge labels, by name."""
    from benchmarks._pipelines import deskewed_forest
    from skdigits.model_selection import mnist_recipes

    return {
        "forest": deskewed_forest(),
        "network": mnist_recipes(random_state=0)["default"].estimator,
    }


def plant(y: np.ndarray, kind: str, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return labels of which a share is wrong, and whether each is."""
    rng = np.random.default_rng(0)
    is_wrong = np.zeros(len(y), bool)
    is_wrong[rng.choice(len(y), round(share * len(y)), replace=False)] = True
    others = CONFUSABLE[y]
    if kind == "uniform":
        others = (y + rng.integers(1, 10, len(y))) % 10
    return np.where(is_wrong, others, y), is_wrong


def sides(given: np.ndarray, probabilities: np.ndarray) -> Iterator[tuple]:
    """Yield the name of a side, a function that finds rows, and all scores."""
    from skdigits._evaluation.label_errors import label_errors

    def ours() -> np.ndarray:
        return label_errors(given, probabilities).indices

    yield OURS, ours, label_errors(given, probabilities).scores
    if find_spec("cleanlab") is None:
        return
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    def theirs() -> np.ndarray:
        return find_label_issues(
            given, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1
        )

    yield PEER, theirs, get_label_quality_scores(given, probabilities)


def judge(found: np.ndarray, scores: np.ndarray, is_wrong: np.ndarray) -> dict:
    """Return how well the suspected rows, and all scores, tell of wrong labels."""
    n_right = is_wrong[found].sum()
    precision, recall = n_right / max(1, len(found)), n_right / is_wrong.sum()
    return {
        "suspected": len(found),
        "precision": float(precision),
        "recall": float(recall),
        "F1": float(2 * n_right / (len(found) + is_wrong.sum())),
        "average precision": float(average_precision_score(is_wrong, -scores)),
    }


def note_on_cleanlab() -> dict[str, str]:
    """Say which settings the peer has, or why there is none."""
    if find_spec("cleanlab") is None:
        return {PEER: "skipped, because it is not installed"}
    return {PEER: "its defaults, prune_by_noise_rate and self_confidence"}


def planted(quick: bool) -> Result:
    """Planted errors, from the same probabilities for both sides."""
    from skdigits.datasets import fetch_mnist
    from skdigits.model_selection import find_label_errors

    X, y = fetch_mnist(subset="train", return_X_y=True)
    n_images = 1_000 if quick else N_IMAGES
    rows = np.random.default_rng(0).permutation(len(y))[:n_images]
    X, y = X[rows], y[rows]
    seconds, figures = {}, {}
    for share in SHARES[1:] if quick else SHARES:
        for kind in ("uniform", "confusable"):
            given, is_wrong = plant(y, kind, share)
            for name, classifier in classifiers().items():
                errors = find_label_errors(classifier, X, given)
                probabilities = errors.probabilities.astype(float)
                probabilities /= probabilities.sum(axis=1, keepdims=True)
                for side, find, scores in sides(given, probabilities):
                    full = f"{kind} {share:.1%}, {name}: {side}"
                    seconds[full] = measure(find, 5)
                    figures[full] = judge(find(), scores, is_wrong)
    columns = {
        column: {side: row[column] for side, row in figures.items()}
        for column in next(iter(figures.values()))
    }
    return Result(
        f"Planted errors among the labels of {n_images:,} training images of MNIST, "
        "with probabilities of 5 folds; seconds are those after the probabilities",
        seconds,
        columns=columns,
        notes=note_on_cleanlab(),
        goals=_goals(columns),
    )


def _goals(columns: dict[str, dict[str, float]]) -> list[Goal]:
    """Compare the means over all kinds of errors with the peer's."""
    if find_spec("cleanlab") is None:
        return []

    def mean(column: str, side: str) -> float:
        values = columns[column]
        return float(np.mean([v for name, v in values.items() if name.endswith(side)]))

    return [
        Goal(f"mean {c}, less cleanlab's", mean(c, OURS) - mean(c, PEER), at_least=0)
        for c in ("precision", "recall", "F1", "average precision")
    ]


def contested(quick: bool) -> Result:
    """Ranks of the contested labels of MNIST's test set, by the pretrained network."""
    from sklearn.frozen import FrozenEstimator

    from skdigits.datasets import fetch_mnist
    from skdigits.model_selection import find_label_errors
    from skdigits.persistence import load_pretrained

    X, y = fetch_mnist(subset="test", return_X_y=True)
    errors = find_label_errors(FrozenEstimator(load_pretrained()), X, y)
    probabilities = errors.probabilities.astype(float)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    figures, notes = {}, note_on_cleanlab()
    for side, find, scores in sides(y, probabilities):
        ranks = 1 + np.argsort(np.argsort(scores, kind="stable"))[CONTESTED]
        figures[side] = {
            "suspected": len(find()),
            "contested ones among them": int(np.isin(find(), CONTESTED).sum()),
            "contested ones of the worst 15": int((ranks <= 15).sum()),
            "of the worst 100": int((ranks <= 100).sum()),
            "median rank": float(np.median(ranks)),
        }
        notes[f"ranks by {side}"] = ", ".join(map(str, sorted(ranks.tolist())))
    return Result(
        "The 15 contested labels of MNIST's 10,000 test images, by the pretrained "
        "network",
        columns={
            column: {side: row[column] for side, row in figures.items()}
            for column in next(iter(figures.values()))
        },
        notes=notes,
    )


SECTIONS = {section.__name__: section for section in (planted, contested)}


if __name__ == "__main__":
    main("label_errors", SECTIONS, __doc__)
