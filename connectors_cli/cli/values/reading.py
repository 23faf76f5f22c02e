"""The order in which given values are read: checked first, then agreed to, then read."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors_cli.catalog.entry import Entry
from connectors_cli.cli.confirm import confirm_sources
from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.values.options import ValueOptions, collect
from connectors_cli.documents.sources import KINDS, Sources, references_in, unread_in
from connectors_cli.services.given import Given
from connectors_cli.system.record import replace

IN_DRY_RUN = frozenset({"env"})
"""What a dry run reads: it runs no command, opens no file and leaves standard input alone."""


def read_values(
    context: CommandContext,
    entry: Entry,
    options: ValueOptions,
    document: Mapping[str, Any] | None,
    preset: Mapping[str, Any] | None,
    check: Callable[[Given], None],
) -> Given:
    """Return the values given for a type, as `collect` does.

    Sources are read after `check` has accepted the values without them, and after the person has
    agreed to those of a file. A dry run leaves them unread; a note says so.
    """

    def collected(kinds: frozenset[str]) -> Given:
        sources = Sources(context.environ, kinds)
        return collect(entry, options, context.environ, document, preset, sources)

    draft = collected(IN_DRY_RUN)
    check(draft)
    if not draft.unread:
        return draft
    if options.dry_run:
        return replace(draft, notes=[*draft.notes, *_not_read(draft)])
    if options.file is not None and not options.allow_commands:
        named = "standard input" if options.file == "-" else options.file
        confirm_sources(context, named, references_in(document))
    return collected(KINDS)


def _not_read(given: Given) -> list[str]:
    values = {**given.config, **given.auth}
    return [
        f"note: {name}: {', '.join(dict.fromkeys(unread_in(value)))}, not read in a dry run"
        for name, value in values.items()
        if name in given.unread
    ]
