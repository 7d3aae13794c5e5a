"""`python -m bot`, installed as the command `namesmith`."""

from .process import prepare_process


def main() -> None:
    """Run the command line, which is imported once Ctrl-C is quiet."""
    prepare_process()
    from .cli import main as run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
