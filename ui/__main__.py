"""``python -m ui`` is ``nutgraf``."""

from .cli import main

if __name__ == "__main__":
    main()
