"""Whether it is meant: asked of somebody at the terminal, or said by an option."""

from connectors_cli.context import Run
from connectors_cli.errors import Cancelled, InputNeeded, UsageError


def confirm(run: Run, question: str) -> None:
    """Return when --yes or somebody at the terminal says yes.

    Raises Cancelled for a no, and InputNeeded where nobody can be asked.
    """
    if run.yes:
        return
    if not run.interactive:
        raise InputNeeded(f"{question} Nobody can be asked here", hint="add --yes")
    from connectors_cli import prompts

    if not prompts.confirm(question, default=False, color=run.color):
        raise Cancelled("left: nothing was changed")


def confirm_by_name(run: Run, what: str, name: str, given: str | None) -> None:
    """Return when the name is given again, by option or by somebody at the terminal.

    Raises UsageError for another name, Cancelled, and InputNeeded where nobody can be asked.
    """
    if given is not None:
        if given != name:
            raise UsageError(f"--confirm names {given[:64]!r}, and not {name[:64]!r}")
        return
    if not run.interactive:
        raise InputNeeded(f"{what} Nobody can be asked here", hint=f"add --confirm {name}")
    from connectors_cli import prompts

    run.note(what)
    if not prompts.type_to_confirm(name, color=run.color):
        raise Cancelled("left: nothing was changed")
