"""`python -m gate` is `gate`."""

from gate.cli.main import main

main()
