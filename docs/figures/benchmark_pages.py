"""Digits and cells of real pages that are right: DigitReader and PP-OCRv6."""

import matplotlib.pyplot as plt
from _results import OURS, THEIRS, WIDTH, result

PAGES = {
    "wild_pages": "small pages",
    "wild_marksheets": "mark sheets",
    "wild_sudoku": "Sudoku puzzles",
}
READERS = {"DigitReader": ("DigitReader", OURS), "RapidOCR": ("PP-OCRv6", THEIRS)}

rows = []
for name, pages in PAGES.items():
    content = result(name)
    for column, shares in content["columns"].items():
        rows.append((f"{column}, {content['notes']['pages']} {pages}", shares))

figure, ax = plt.subplots(figsize=(WIDTH, 4.8), layout="constrained")
for row, (text, shares) in enumerate(rows):
    for place, (reader, (label, style)) in enumerate(READERS.items()):
        height = row + 0.3 * place
        ax.barh(height, 100 * shares[reader], 0.28, label=label, **style)
        ax.text(101, height, f"{100 * shares[reader]:.1f}", va="center", fontsize=9)
    ax.text(0, row - 0.28, text[0].upper() + text[1:], va="center", fontsize=9)
handles, labels = ax.get_legend_handles_labels()
figure.legend(handles[:2], labels[:2], loc="outside upper left", ncols=2)
ax.set(xlim=(0, 112), xlabel="% right", yticks=[], xticks=range(0, 101, 20))
ax.spines["left"].set_visible(False)
ax.invert_yaxis()
