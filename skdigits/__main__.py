"""`python -m skdigits`: the same as the command `skdigits`."""

from skdigits.cli import main

main()
