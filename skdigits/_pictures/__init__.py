"""Pictures: which files of a folder are some, how they are opened, what they show.

`opening` and `grey` import Pillow, so import them inside functions only; `files` looks
at names alone.
"""
