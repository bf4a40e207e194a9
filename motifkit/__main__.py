"""Runs the command line as `python -m motifkit`."""

from motifkit.cli import main

if __name__ == "__main__":
    main()
