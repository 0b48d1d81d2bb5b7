"""The classifiers that ``skdigits train`` and ``skdigits demo`` train."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from skdigits._commands._paths import parse_path

if TYPE_CHECKING:
    from rich.progress import Progress
    from sklearn.base import BaseEstimator
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline

    from skdigits._commands._labelled_images import LabelledImages
    from skdigits._images import ImageShape

N_FOLDS = 3
# Images of at least this height and width have strokes whose slant can be measured.
DESKEWED_SIDE = 16


class Kind(StrEnum):
    """The classifiers that the command knows by name."""

    cnn = "cnn"
    svm = "svm"
    forest = "forest"
    knn = "knn"
    logistic = "logistic"
    mlp = "mlp"


def parse_model(value: str) -> Kind | Path:
    """Understand the name of a kind, or the path of a model.

    Parameters
    ----------
    value : str
        The text that was typed, or the default.

    Returns
    -------
    model : Kind or pathlib.Path
        The path of a file that is there.

    Raises
    ------
    typer.BadParameter
        If it is neither.
    """
    if value in list(Kind):
        return Kind(value)
    path = parse_path(value)
    if path.is_file():
        return path
    raise typer.BadParameter(
        f"{value!r} is none of {', '.join(Kind)}, nor a file that is there."
    )


_NAMES = {
    Kind.cnn: "CNN",
    Kind.svm: "SVM (RBF)",
    Kind.forest: "Random forest",
    Kind.knn: "k-NN",
    Kind.logistic: "Logistic regression",
    Kind.mlp: "MLP",
}
GRIDS: dict[str, dict[str, list]] = {
    Kind.cnn: {
        "clf__conv_blocks": [((32,), (64,)), ((32, 32), (64,))],
        "clf__learning_rate": [3e-3, 6e-3],
    },
    Kind.svm: {"clf__C": [1, 10, 100]},
    Kind.forest: {"clf__max_features": ["sqrt", 0.1, 0.2]},
    Kind.knn: {"clf__n_neighbors": [1, 3, 5]},
    Kind.logistic: {"clf__C": [0.03, 0.3, 3]},
    Kind.mlp: {"clf__alpha": [1e-3, 1e-2, 1e-1]},
}


def make_pipeline(kind: Kind, seed: int) -> Pipeline:
    """Return a pipeline that suits digits of any size.

    Parameters
    ----------
    kind : Kind
        The kind of the classifier.

    seed : int
        Seed of the classifier.

    Returns
    -------
    pipeline : Pipeline
        Not fitted. Its steps are called "scale" and "clf".
    """
    from skdigits.model_selection import digit_classifiers

    return digit_classifiers(random_state=seed)[_NAMES[kind]]


def make_classifier(kind: Kind, image_shape: ImageShape, seed: int) -> Pipeline:
    """Return a pipeline with settings that suit images of a size.

    Parameters
    ----------
    kind : Kind
        The kind of the classifier.

    image_shape : tuple (h, w)
        Of the images.

    seed : int
        Seed of the classifier.

    Returns
    -------
    pipeline : Pipeline
        Not fitted. Its last step is called "clf".
    """
    from sklearn.pipeline import Pipeline

    from skdigits.preprocessing import Deskewer, PCAFeatures

    pipeline = make_pipeline(kind, seed)
    if kind in (Kind.svm, Kind.knn) and min(image_shape) >= DESKEWED_SIDE:
        # They compare images pixel by pixel, so what a slant moves is lost to them.
        pipeline = Pipeline(
            [
                *pipeline.steps[:-1],
                ("deskew", Deskewer()),
                ("pca", PCAFeatures(0.9)),
                pipeline.steps[-1],
            ]
        )
    return with_image_shape(pipeline, image_shape)


def make_untrained(model: Kind | Path, image_shape: ImageShape, seed: int) -> Any:
    """Return a classifier to train, of a kind or with the settings of a saved one.

    Parameters
    ----------
    model : Kind or pathlib.Path
        The kind, or a .skops file.

    image_shape : tuple (h, w)
        Of the images.

    seed : int
        Seed of a kind; a saved model keeps its own.

    Returns
    -------
    classifier : classifier
        Not fitted.

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If the file is refused, or holds no classifier.
    """
    from sklearn.base import clone

    from skdigits._commands._model_option import load_classifier

    if isinstance(model, Kind):
        return make_classifier(model, image_shape, seed)
    return with_image_shape(clone(load_classifier(model)), image_shape)


def with_image_shape(estimator: BaseEstimator, image_shape: ImageShape) -> Any:
    """Tell every part of a classifier what its rows of pixels stand for.

    Parameters
    ----------
    estimator : estimator
        Changed.

    image_shape : tuple (h, w)
        Of the images.

    Returns
    -------
    estimator : estimator
        The same.
    """
    names = _parameters(estimator, "image_shape")
    return estimator.set_params(**dict.fromkeys(names, tuple(image_shape)))


def with_augmentation(estimator: BaseEstimator, seed: int) -> Any:
    """Let a classifier train on changed copies of its images, too.

    Parameters
    ----------
    estimator : estimator
        Networks of skdigits in it get an augmenter that draws anew for every epoch.

    seed : int
        Of the copies that others get.

    Returns
    -------
    estimator : estimator
        The same, or an AugmentedClassifier around it.
    """
    from skdigits.augmentation import AugmentedClassifier, RandomAugmenter

    augmenter = RandomAugmenter(shift=0.05)
    names = _parameters(estimator, "augmenter")
    if names:
        return estimator.set_params(**dict.fromkeys(names, augmenter))
    return AugmentedClassifier(estimator, augmenter, random_state=seed)


def _parameters(estimator: BaseEstimator, ending: str) -> list[str]:
    names = estimator.get_params()
    return [name for name in names if name.rpartition("__")[2] == ending]


def search_grid(
    kind: Kind,
    estimator: BaseEstimator,
    images: LabelledImages,
    bars: Progress,
    *,
    description: str = "searching",
    grid: dict[str, list] | None = None,
    refit: bool = False,
) -> GridSearchCV:
    """Find good settings by cross-validation on training images.

    Parameters
    ----------
    kind : Kind
        The kind of the classifier.

    estimator : estimator
        From :func:`make_classifier`, perhaps with augmentation.

    images : LabelledImages
        To train on.

    bars : rich.progress.Progress
        A bar of the fits is added to them.

    description : str, default="searching"
        Text beside the bar.

    grid : dict of str to list, default=None
        Settings to try; None means those that suit the kind.

    refit : bool, default=False
        Whether to fit the best settings on all images.

    Returns
    -------
    search : GridSearchCV
        The finished search.
    """
    from sklearn.model_selection import GridSearchCV, ParameterGrid

    prefix = "estimator__" if hasattr(estimator, "estimator") else ""
    settings = GRIDS[kind] if grid is None else grid
    settings = {prefix + name: values for name, values in settings.items()}
    n_fits = len(ParameterGrid(settings)) * N_FOLDS + refit
    task = bars.add_task(description, total=n_fits)

    def score_and_advance(estimator: Any, X: Any, y: Any) -> float:
        bars.advance(task)
        return estimator.score(X, y)

    search = GridSearchCV(
        estimator, settings, cv=N_FOLDS, scoring=score_and_advance, refit=refit
    )
    search.fit(images.X, images.y)
    bars.update(task, completed=n_fits)
    return search
