"""The entry point: the fast lane if it accepts the line, else the Typer app."""

import os
import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m` puts the current folder first: a file there must not stand in for a library
    sys.path.append(sys.path.pop(0))

_JSON = frozenset({"--json", "json", "jsonl", "-ojson", "--output=json", "--output=jsonl"})


def main(arguments: list[str] | None = None) -> int:
    """Run one command line (without the program's name) and return its exit code."""
    line = sys.argv[1:] if arguments is None else arguments
    if arguments is None:  # this process is ours
        sys.unraisablehook = _ignore
    try:
        code = _help(line) if not line or line[-1] in {"--help", "--version"} else None
        if code is None:
            from connectors_cli.cli import fast

            code = fast.run(line)
        if code is None:
            from connectors_cli.system import memory

            memory.protect_environment()  # a form stays for long
            from connectors_cli.cli import app

            code = app.run(line)
    except KeyboardInterrupt:  # outside the lanes, such as during an import
        return 130
    except Exception as error:  # noqa: BLE001 - as above, or while an error was being shown
        return _fail(error, line)
    return code


def _help(line: list[str]) -> int | None:
    from connectors_cli.cli import help_texts

    return help_texts.show(line)


def _ignore(_: object) -> None:
    """Print nothing of an error in a finalizer: a traceback could quote a secret."""


def _fail(error: Exception, line: list[str]) -> int:
    """Report an error that the lanes could not show, in one write; return the exit code.

    Memory or open files ran out during an import, or while the error was being rendered.
    """
    try:
        from connectors_cli.errors import shortage
        from connectors_cli.system import memory

        known = shortage(error)
        if known:
            memory.end_quietly()
        message, hint = (known.message, known.hint or "") if known else ("", "")
    except Exception:  # noqa: BLE001 - not even this can be imported
        message, hint = "not enough memory or open files to start", "raise the limits: see ulimit"
    if not message:
        message = f"unexpected {type(error).__name__} outside any command"
        hint = "this is a bug: please report this line"
    if not _JSON.isdisjoint(line):
        shown = (
            f'{{"error": {{"code": "error", "exit_code": 1, "message": "{message}",'
            f' "details": [], "hint": "{hint}"}}}}\n'
        )
    else:
        shown = f"error: {message}\n  hint: {hint}\n"
    from contextlib import suppress

    with suppress(OSError):
        os.write(2, shown.encode())
    return 1


if __name__ == "__main__":
    sys.exit(main())
