"""Settings of the gallery, made anew before each example."""

import warnings


def warnings_are_errors(gallery_conf: dict, fname: str) -> None:
    """Let an example fail that warns.

    Parameters
    ----------
    gallery_conf, fname
        What sphinx-gallery hands over.
    """
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message=".*is non-interactive")  # plt.show()
