"""`python -m model train|evaluate|describe`."""

import sys

if __name__ == "__main__":
    try:
        from model.commands import main  # torch loads here, and Ctrl-C may come while it does

        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
