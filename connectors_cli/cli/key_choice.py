"""The check that a key is available, before the first question, and the ways if none is."""

from connectors_cli.cli.context import CommandContext
from connectors_cli.errors import Cancelled, KeyProblem

GENERATE = 'export CONNECTOR_AUTH_ENCRYPTION_KEY="$(connectors key generate)"'


def check_key(context: CommandContext) -> None:
    """Check that what is entered can be saved; at a terminal, offer ways where there is no keyring.

    Raises:
        KeyProblem: no key is available, and nobody can be offered another way.
        Cancelled: the person leaves, or wants to set a variable first.
    """
    from connectors_cli.services.keys import choice  # the vault: not for --help

    db = context.reader()
    try:
        choice.check_usable(db, context.settings)
    except KeyProblem as error:
        if db is not None or choice.is_named(context.settings) or not context.interactive:
            raise
        _offer(context, error)


def _offer(context: CommandContext, problem: KeyProblem) -> None:
    """Let the person choose where the key is kept, and use it."""
    from connectors_cli.cli.prompts import ask
    from connectors_cli.services.keys import choice

    file = choice.own_file(context.settings)
    reason = problem.message
    while True:
        wanted = ask.pick_key_source(reason, file, color=context.color)
        if wanted == "env":
            raise Cancelled(f"Cancelled. Set the key, and run this again: {GENERATE}")
        try:
            choice.choose(None, context.settings, wanted)
        except KeyProblem as error:
            reason = error.message
            continue
        if wanted == "file":
            context.note(f"the key is in {file}, readable only by you")
            context.note("whoever has it and the store has every credential; keep a copy elsewhere")
        return
