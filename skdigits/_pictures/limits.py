"""The size of the largest picture."""

# A larger image is refused before it is decoded: a bomb, or no photo.
MAX_PIXELS = 100_000_000
