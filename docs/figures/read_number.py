"""A number with a line below it, as DigitReader reads them."""

import matplotlib.pyplot as plt
import numpy as np

from skdigits.datasets import make_numbers
from skdigits.reading import DigitReader

paper = 255 - make_numbers(1, n_digits=5, random_state=0).images[0]
page = np.pad(paper, 5, constant_values=255).repeat(4, axis=0).repeat(4, axis=1)
page[76:80, 10:190] = 0  # a line below the number
figure, ax = plt.subplots(figsize=(4.5, 2.4), layout="constrained")
DigitReader().read(page).plot(ax=ax)
