"""Make `python -m trafficopt` the command line."""

from trafficopt.cli import main

if __name__ == "__main__":
    main()
