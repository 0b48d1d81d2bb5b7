"""The gallery: its sections, their order, and settings made anew for each example."""

import warnings
from pathlib import Path

# Folders of examples/, each with its scripts in the order of the page.
SECTIONS = {
    "first_steps": [
        "plot_first_look",
        "plot_three_way_split",
        "plot_files_of_digits",
        "plot_kaggle",
    ],
    "preparing_images": [
        "plot_scaling",
        "plot_own_images",
        "plot_deskew_and_pca",
        "plot_augmentation_without_leaks",
        "plot_augmentation_engines",
    ],
    "classifiers": [
        "plot_neighbours_and_forests",
        "plot_svm_kernels",
        "plot_detector_of_twos",
        "plot_searches",
        "plot_from_8x8_to_mnist",
    ],
    "neural_networks": [
        "plot_one_hot_labels",
        "plot_network_from_scratch",
        "plot_convolutional_networks",
        "plot_without_backpropagation",
    ],
    "judging": [
        "plot_cross_validation",
        "plot_comparing_mistakes",
        "plot_where_it_looked",
        "plot_reject_option",
        "plot_wrong_labels",
        "plot_report",
    ],
    "using_a_model": [
        "plot_reading_a_photo",
        "plot_drawing_page",
        "plot_saving_and_onnx",
    ],
}
_ORDER = [name for section in SECTIONS.values() for name in section]


def place_of(path: str) -> int:
    """Return the place of an example among all, by which a section is sorted."""
    return _ORDER.index(Path(path).stem)


def warnings_are_errors(gallery_conf: dict, fname: str) -> None:
    """Let an example fail that warns.

    Parameters
    ----------
    gallery_conf, fname
        What sphinx-gallery hands over.
    """
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message=".*is non-interactive")  # plt.show()
