"""The program's entry: the fast lane if it takes the line, else the Typer app."""

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command line (without the program's name) and return its exit code."""
    line = sys.argv[1:] if arguments is None else arguments
    try:
        from connectors_cli import fast

        code = fast.run(line)
        if code is None:
            from connectors_cli import app

            code = app.run(line)
    except KeyboardInterrupt:  # anywhere before the lanes can say more, such as in an import
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
