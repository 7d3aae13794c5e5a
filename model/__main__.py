"""`namesmith train|evaluate|describe`; in the repository also `python -m model`."""

import sys

if __name__ == "__main__":
    try:
        from model.cli import main  # importing torch takes seconds, so Ctrl-C must work here too

        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
