"""The end of every command, in both lanes: shows its result, or its error as one sentence."""

from __future__ import annotations

import errno
import os

from connectors_cli.errors import Cancelled, ConnectorsError, NoTenant, UsageError, shortage
from connectors_cli.system import streams

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from connectors_cli.cli.context import CommandContext


def complete(command: Callable[[], Any], context: CommandContext) -> int:
    """Run a command, show what it returns or raises, and return the exit code.

    The only place where errors end. What is shown for programs needs no Rich.
    """
    try:
        if context.is_converted:
            _ = context.jq  # an invalid expression is refused before the command does anything
        return _put_out(command(), context)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the boundary
        return fail(error, context)
    finally:
        context.close()


def _put_out(result: Any, context: CommandContext) -> int:
    """Show a command's result and its notes; return the exit code."""
    try:
        code = _show(result, context)
        streams.flush()
    except (OSError, UsageError) as error:
        if context.has_changed:
            return fail_after_change(error, context)
        raise
    context.release_notes()
    return code


def _show(result: Any, context: CommandContext) -> int:
    """Show a command's result and return the exit code; an integer result is the exit code."""
    if result is None or isinstance(result, int):
        return result or 0
    if context.is_converted and not getattr(result, "streams", False):
        from connectors_cli.cli import conversion

        with conversion.converted(context.jq):
            return _shown(result, context)
    return _shown(result, context)


def _shown(result: Any, context: CommandContext) -> int:
    from connectors_cli.cli.render import machine

    code = machine.show(result, context)
    if code is not None:
        return code
    from connectors_cli.cli.render.show import show_result

    return show_result(result, context)


def fail_after_change(error: OSError | UsageError, context: CommandContext) -> int:
    """Say that a command is done although its output failed; return the exit code."""
    from contextlib import suppress

    from connectors_cli.cli.render.errors import show_error

    if isinstance(error, BrokenPipeError):
        reason, code = "the reader of the output closed the pipe", streams.BROKEN_PIPE
    elif isinstance(error, UsageError):  # what --jq makes of the output fails
        reason, code = error.message, error.exit_code
    else:
        reason, code = _system_error(error), ConnectorsError.exit_code
    done = ConnectorsError(
        f"done; but {reason}", hint="the change is saved: do not repeat it to see the output"
    )
    done.exit_code = code
    streams.silence()
    with suppress(OSError):
        show_error(done, context, changed=True)
    return code


def fail(error: BaseException, context: CommandContext) -> int:
    """Show an error on standard error; return the exit code."""
    from connectors_cli.cli.render.errors import show_error

    known = _as_known(error, context)
    if known is None:
        return streams.broken_pipe()
    try:
        show_error(known, context)
    except OSError:
        streams.silence()
    return known.exit_code


def _as_known(error: BaseException, context: CommandContext) -> ConnectorsError | None:
    """Return an error as one of ours; None if the reader closed the pipe."""
    if not isinstance(error, ConnectorsError) and (short := shortage(error)):
        from connectors_cli.system import memory

        memory.end_quietly()
        return short
    match error:
        case NoTenant():
            known = _with_origin(error, context)
        case ConnectorsError():
            known = error
        case KeyboardInterrupt():
            known = Cancelled("Cancelled. Nothing was saved.")
        case BrokenPipeError():
            return None
        case OSError():
            streams.silence()
            known = ConnectorsError(_system_error(error))
        case _:
            known = _unexpected(error, context)
    return known


def _system_error(error: OSError) -> str:
    if streams.is_closed() and error.errno == errno.EBADF:
        return "standard output is closed"
    return f"operating system error: {os.strerror(error.errno or 0)}"


def _with_origin(error: NoTenant, context: CommandContext) -> ConnectorsError:
    """Add to an unknown tenant where its name comes from: an option, a variable, `tenant use`."""
    settings = context.settings
    is_plain = error.message == f"no tenant {error.tenant}" and error.tenant == settings.tenant
    if context.names_tenant or not is_plain:
        return error
    return NoTenant(error.tenant, settings.tenant_origin)


def _unexpected(error: BaseException, context: CommandContext) -> ConnectorsError:
    """Report a bug by its type and place only: its text could quote a secret."""
    import traceback

    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if "connectors_cli" in f.filename
    ]
    place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "?"
    stack = " < ".join(f"{os.path.basename(f.filename)}:{f.lineno}" for f in reversed(frames))
    where = stack if context.verbose else place
    return ConnectorsError(
        f"unexpected {type(error).__name__} at {where}",
        hint="this is a bug: please report this line (--verbose adds the call stack)",
    )
