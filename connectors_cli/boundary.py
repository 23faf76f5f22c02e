"""The one error boundary: what went wrong as one sentence, with its exit code."""

import errno
import os

import typer
from typer.exceptions import TyperException

from connectors_cli import streams
from connectors_cli.context import Run
from connectors_cli.errors import Cancelled, ConnectorsError, NoTenant, UsageError


def fail_early(error: BaseException, *, json: bool) -> int:
    """Show an error that the fast lane met after its first byte; return the exit code."""
    state = Run()
    state.options["errors_as_json"] = json
    return fail(error, state)


def fail(error: BaseException, state: Run) -> int:
    """Show an error as standard error is to have it; return the exit code."""
    from connectors_cli import render

    if _is_help(error) and not state.options.get("errors_as_json"):
        return UsageError.exit_code
    known = _as_known(error, state)
    if known is None:
        return streams.broken_pipe()
    try:
        render.error(known, state)
    except OSError:
        streams.silence()
    return known.exit_code


def _as_known(error: BaseException, state: Run) -> ConnectorsError | None:
    """Return an error as one of ours; None for a reader that closed the pipe."""
    match error:
        case NoTenant():
            known = _with_origin(error, state)
        case ConnectorsError():
            known = error
        case TyperException():
            told = _sentence(error.format_message()) or "a command is missing"
            known = UsageError(told, hint=_usage_hint(error))
        case typer.Abort() | KeyboardInterrupt():
            known = Cancelled("left: nothing was saved")
        case BrokenPipeError():
            return None
        case OSError():
            streams.silence()
            known = ConnectorsError(_refusal(error))
        case _:
            known = _unexpected(error, state)
    return known


def _refusal(error: OSError) -> str:
    if streams.is_closed() and error.errno == errno.EBADF:
        return "standard output is closed"
    return f"the operating system refused: {os.strerror(error.errno or 0)}"


def _is_help(error: BaseException) -> bool:
    """Tell whether a line without a command was answered with the help, and so needs no error."""
    return isinstance(error, TyperException) and not error.format_message()


def _with_origin(error: NoTenant, state: Run) -> ConnectorsError:
    """Say where the name of a tenant that is not there came from."""
    told = error.message != f"no tenant {error.tenant}" or error.tenant != state.settings.tenant
    told = told or "tenant_is_argument" in state.options
    return error if told else NoTenant(error.tenant, state.settings.tenant_origin)


def _unexpected(error: BaseException, state: Run) -> ConnectorsError:
    """Name a bug by its type and place: its text could quote a secret."""
    import traceback

    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if "connectors_cli" in f.filename
    ]
    place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "?"
    trail = " < ".join(f"{os.path.basename(f.filename)}:{f.lineno}" for f in reversed(frames))
    where = trail if state.options.get("verbose") else place
    return ConnectorsError(
        f"unexpected {type(error).__name__} at {where}",
        hint="this is a bug: please report it with this line (--verbose tells more)",
    )


def _sentence(text: str) -> str:
    """Return Typer's message as ours; words that are one too many may be a secret."""
    if text.startswith("Got unexpected extra argument"):
        text = text.partition(" (")[0]
    return text[:1].lower() + text[1:].rstrip(".")


def _usage_hint(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"see `{context.command_path if context else 'connectors'} --help`"
