"""`python -m assessor`: the same as the command `assessor`."""

from assessor.cli import main

main()
