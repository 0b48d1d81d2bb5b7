"""The size of the largest picture."""

# A larger image is refused before it is decoded: a bomb, or no photo.
MAX_PIXELS = 100_000_000
# Pictures of a single digit are reduced to less than four times this side, in pixels:
# framing takes ten times the memory.
OF_A_DIGIT = 1000
