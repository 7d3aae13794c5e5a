"""`python -m bot`, installed as the command `namesmith`."""

from .cli import main

if __name__ == "__main__":
    main()
