"""The program's entry: the fast lane if it takes the line, else the Typer app."""

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command line (without the program's name) and return its exit code."""
    from connectors_cli import fast

    line = sys.argv[1:] if arguments is None else arguments
    code = fast.run(line)
    if code is None:
        from connectors_cli import app

        code = app.run(line)
    return code


if __name__ == "__main__":
    sys.exit(main())
