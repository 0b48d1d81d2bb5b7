"""The option ``--data`` of the commands, and the images that it stands for."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self
from zipfile import BadZipFile, ZipFile

import typer

from skdigits._commands._image_files import find_other_pictures
from skdigits._commands._labelled_images import LabelledImages, draw
from skdigits._commands._pixel_tables import is_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from sklearn.utils import Bunch

    from skdigits._images import ImageShape

MNIST_TRAIN_SIZE = 10_000


class Data(StrEnum):
    """The data sets that the commands know."""

    digits = "digits"
    mnist = "mnist"


@dataclass(frozen=True)
class DataSource:
    """Data that the value of ``--data`` stands for.

    Parameters
    ----------
    name : str
        The value.

    paths : tuple of pathlib.Path, default=()
        One file or folder, or a pair of IDX files; none of the known data sets.
    """

    name: str
    paths: tuple[Path, ...] = ()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def parse(cls, value: str | Self) -> Self:
        """Understand what a user typed, or the default.

        Parameters
        ----------
        value : str or DataSource
            The text after ``--data``.

        Returns
        -------
        source : DataSource
            The data; all of its files are there.

        Raises
        ------
        typer.BadParameter
            If it stands for nothing.
        """
        name = str(value)
        if name in list(Data):
            return cls(name)
        path = Path(name).expanduser()
        if name and path.exists():
            return cls(name, (path,))
        pair = tuple(Path(part).expanduser() for part in name.split(","))
        if len(pair) == 2 and all(path.is_file() for path in pair):
            return cls(name, pair)
        raise typer.BadParameter(
            f"{name!r} is neither {' nor '.join(Data)}, nor a file or folder that is "
            "there, nor a pair of such files with a comma between."
        )

    @property
    def short_name(self) -> str:
        """The name without the folders in which the files lie."""
        return ",".join(path.resolve().name for path in self.paths) or self.name

    @property
    def has_test_part(self) -> bool:
        """Whether images for training and for testing are told apart."""
        if self.name == Data.mnist:
            return True
        found = [path.name for path in self._idx_files()]
        # A damaged file has no names; the error comes when it is loaded.
        if self.is_npz:
            with suppress(BadZipFile), ZipFile(self.paths[0]) as archive:
                found = archive.namelist()
        elif self.is_mat:
            from skdigits._mat_file import opened

            with suppress(ValueError), opened(self.paths[0]) as file:
                found = [variable.name for variable in file.variables]
        names = " ".join(found).lower()
        return "train" in names and ("test" in names or "t10k" in names)

    @property
    def is_image_folder(self) -> bool:
        """Whether it is a folder of image files, which must be framed."""
        is_folder = bool(self.paths) and self.paths[0].is_dir()
        return is_folder and not self._idx_files()

    @property
    def is_csv(self) -> bool:
        """Whether it is a CSV file, which does not say how its images are shaped."""
        return len(self.paths) == 1 and is_table(self.paths[0])

    @property
    def is_npz(self) -> bool:
        """Whether it is a file of arrays."""
        return len(self.paths) == 1 and self.paths[0].suffix.lower() == ".npz"

    @property
    def is_mat(self) -> bool:
        """Whether it is a MATLAB file."""
        return len(self.paths) == 1 and self.paths[0].suffix.lower() == ".mat"

    def load(
        self,
        part: str,
        image_shape: ImageShape | None = None,
        frame: Callable[[list[np.ndarray]], np.ndarray] | None = None,
        classes: Iterable | None = None,
    ) -> LabelledImages:
        """Load the images.

        Parameters
        ----------
        part : {"train", "test"}
            Which of them, if they are told apart; otherwise all.

        image_shape : tuple (h, w), default=None
            Height and width of the images of a CSV file. None means square.

        frame : callable, default=None
            Turns the images of a folder into an array of shape (n, h, w). None means
            that they are framed as MNIST's are.

        classes : iterable, default=None
            The labels of a model. None means that there is none yet.

        Returns
        -------
        images : LabelledImages
            Those.

        Raises
        ------
        OSError
            If a file cannot be opened or fetched.
        ValueError
            If a file is not as it must be, if there are no labels, if a sub-folder of
            images is no label, or if `image_shape` is given for anything but a CSV
            file.
        """
        from skdigits import datasets

        if image_shape is not None and not self.is_csv:
            raise ValueError(
                f"--image-shape is for CSV files; '{self}' says itself how large its "
                "images are. Leave it out."
            )
        subset = part if self.has_test_part else "all"
        if self.name == Data.digits:
            bunch = datasets.load_digits()
        elif self.name == Data.mnist:
            bunch = datasets.fetch_mnist(subset=subset)
        elif self.is_image_folder:
            return self._load_folder(frame or _frame_as_mnist, classes)
        elif self.paths[0].is_dir():
            bunch = datasets.load_idx(self.paths[0], subset=subset)
        elif self.is_csv:
            bunch = self._load_csv(image_shape)
        elif self.is_npz:
            bunch = datasets.load_npz(self.paths[0], subset=subset)
        elif self.is_mat:
            bunch = self._load_mat(subset)
        else:
            labels = self.paths[1] if len(self.paths) == 2 else self._labels_path()
            bunch = datasets.load_idx(self.paths[0], labels)
        self._check_labels(bunch.target)
        y = bunch.target
        if self.is_csv and bunch.target_names.dtype.kind != "i":
            y = bunch.target_names[y]
        return LabelledImages(bunch.data, y, bunch.images.shape[1:])

    def _load_csv(self, image_shape: ImageShape | None) -> Bunch:
        from skdigits._images import ImageShapeError
        from skdigits.datasets import load_csv

        try:
            return load_csv(self.paths[0], image_shape=image_shape)
        except ImageShapeError as error:
            message = f"{error} Here, that is --image-shape HEIGHTxWIDTH."
            raise ValueError(message) from error

    def _load_mat(self, subset: str) -> Bunch:
        from skdigits._mat_file import ChoiceError
        from skdigits.datasets import load_mat

        try:
            return load_mat(self.paths[0], subset=subset)
        except ValueError as error:
            if not isinstance(error.__cause__, ChoiceError):
                raise
            raise ValueError(
                f"{error} The command cannot: load the file by load_mat in Python, and "
                "save its images and labels by numpy.savez('own.npz', x=..., y=...)."
            ) from error

    def _idx_files(self) -> list[Path]:
        if len(self.paths) == 1 and self.paths[0].is_dir():
            return sorted(self.paths[0].glob("*idx[0-9]-*"))
        return []

    def _labels_path(self) -> Path:
        images = self.paths[0]
        name = images.name.replace("images", "labels").replace("idx3", "idx1")
        if name == images.name or not images.with_name(name).is_file():
            raise ValueError(
                f"'{images}' is no folder, no .csv, .npz or .mat file, and no IDX "
                "file of labels lies beside it. Name a pair of IDX files: --data "
                "IMAGES,LABELS"
            )
        return images.with_name(name)

    def _load_folder(
        self, frame: Callable[[list[np.ndarray]], np.ndarray], classes: Iterable | None
    ) -> LabelledImages:
        import numpy as np

        from skdigits.datasets import load_image_folder

        if others := find_other_pictures(self.paths[0]):
            raise ValueError(
                f"'{self.name}' holds pictures in formats that are not read: "
                f"{_some(others)}. Convert them to PNG or JPEG, or take them out of "
                "the folder."
            )
        bunch = load_image_folder(self.paths[0])
        self._check_labels(bunch.target)
        names = np.asarray(bunch.target_names)
        if names.dtype.kind != "i":
            self._check_names(names.tolist(), classes)
        y = bunch.target if names.dtype.kind == "i" else names[bunch.target]
        images = frame(list(bunch.images))
        return LabelledImages(
            images.reshape(len(y), -1), y, images.shape[1:], bunch.filenames
        )

    def _check_names(self, names: list[str], classes: Iterable | None) -> None:
        """Refuse sub-folders that are no labels; not all names are numbers."""
        if classes is not None:
            known = [str(label) for label in classes]
            wrong = [name for name in names if name not in known]
            labels = f"among the labels of the model ({', '.join(known)})"
        elif any(name.isdecimal() for name in names):
            # Letters may stand beside digits.
            wrong = [name for name in names if not name.isdecimal() and len(name) > 1]
            labels = "digits or letters as the others are"
        else:
            return
        if wrong:
            raise ValueError(
                f"Every sub-folder of '{self.name}' is a label, but these are not "
                f"{labels}: {_some(wrong)}. Move them elsewhere."
            )

    def _check_labels(self, y: np.ndarray | None) -> None:
        if y is None:
            raise ValueError(
                f"'{self.name}' has no labels. A CSV file needs a column 'label', a "
                ".npz or .mat file an array 'y' beside 'x', a folder of images a "
                "sub-folder for each label."
            )


def _some(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more


def _frame_as_mnist(images: list[np.ndarray]) -> np.ndarray:
    from skdigits.preprocessing import DigitNormalizer

    return DigitNormalizer().fit_transform(images).reshape(-1, 28, 28)


DIGITS = DataSource(Data.digits.value)
DataOption = Annotated[
    DataSource,
    typer.Option(
        "--data",
        parser=DataSource.parse,
        metavar="DATA",
        help="digits: the bundled 8x8 digits. mnist: MNIST, which is downloaded unless "
        "it is in the data home (SKDIGITS_DATA). Or a path: a CSV file with a column "
        "'label', or any other that load_csv reads; a .npz file like that of Keras; a "
        "MATLAB file, .mat; a folder of IDX files, or a pair IMAGES,LABELS; a folder "
        "of images with one subfolder per label, which are framed like those of MNIST.",
    ),
]


def parse_image_shape(value: str) -> ImageShape:
    """Understand a height and a width.

    Parameters
    ----------
    value : str
        Such as "28x20".

    Returns
    -------
    image_shape : tuple (h, w)
        Both positive.

    Raises
    ------
    typer.BadParameter
        If it is something else.
    """
    height, _, width = str(value).lower().partition("x")
    if height.isdecimal() and width.isdecimal() and int(height) and int(width):
        return int(height), int(width)
    raise typer.BadParameter(f"{value!r} is no height and width such as 28x20.")


ImageShapeOption = Annotated[
    # The type of what typer is given, which checks it; the parser returns a pair.
    tuple | None,
    typer.Option(
        "--image-shape",
        parser=parse_image_shape,
        metavar="HEIGHTxWIDTH",
        help="Size of the images of a CSV file, in pixels.",
        show_default="square",
    ),
]


def draw_training_images(
    data: DataSource,
    train_size: int | None,
    seed: int,
    image_shape: ImageShape | None = None,
) -> LabelledImages:
    """Draw images to train on, in random order, each label in its proportion.

    Parameters
    ----------
    data : DataSource
        Where from.

    train_size : int or None
        Number of images; None means all, but 10,000 of MNIST.

    seed : int
        Draws them.

    image_shape : tuple (h, w), default=None
        Of the images of a CSV file. None means square.

    Returns
    -------
    images : LabelledImages
        Of data that tell training and testing apart, those for training only.

    Raises
    ------
    OSError
        If the data cannot be had.
    ValueError
        If they are not as they must be, or fewer than `train_size`.
    """
    images = data.load("train", image_shape)
    n_all = MNIST_TRAIN_SIZE if data.name == Data.mnist else len(images.X)
    return draw(images, train_size or n_all, seed, str(data))
