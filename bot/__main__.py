"""`python -m bot`, installed as `namesmith`: starts the bot, or tends its styles."""

import sys


def main() -> None:
    """Run the command line; leaves with 0, 1 (it could not run), 2 (used wrongly) or 130."""
    if sys.argv[1:2] == ["styles"]:  # has no use for Discord or a database, so they are not loaded
        from .shell.styles import main as styles

        sys.exit(styles(sys.argv[2:]))
    from .starting import main as start

    start()


if __name__ == "__main__":
    main()
