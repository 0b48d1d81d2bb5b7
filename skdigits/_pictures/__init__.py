"""Pictures: which files of a folder are some, how they are opened, what they show.

`opening` and `grey` import Pillow, so import them inside functions only; `files` looks
at names alone.
"""

# A larger image is refused before it is decoded: a bomb, or no photo.
MAX_PIXELS = 100_000_000
