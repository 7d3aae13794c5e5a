"""`namesmith train|evaluate|describe`; in the repository also `python -m model`."""

import sys

from model import missing_package

if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):  # its encoding may lack letters of samples
        sys.stdout.reconfigure(errors="replace")
    try:
        from model.cli import main  # importing torch takes seconds, so Ctrl-C must work here too

        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except ModuleNotFoundError as error:
        sys.stderr.write(missing_package(error))
        sys.exit(2)
