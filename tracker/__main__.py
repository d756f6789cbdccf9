"""``python -m tracker`` is ``apptrack``."""

from tracker.cli import main

if __name__ == "__main__":
    main()
