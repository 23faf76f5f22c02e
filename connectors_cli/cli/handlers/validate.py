"""Checks of connectors, or of values to install, against their schemas: `validate`."""

from __future__ import annotations

from connectors_cli.cli.values.options import value_options
from connectors_cli.errors import UsageError
from connectors_cli.services import validate as service

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.results import Validations


def validate(
    context: CommandContext,
    names: list[str] | None,
    everything: bool,
    type_key: str | None,
    name: str | None,
    sets: list[str] | None,
    set_json: list[str] | None,
    secrets: list[str] | None,
    from_file: str | None,
) -> Validations:
    """Return what is wrong with connectors, or with values for a type.

    Raises UsageError unless either of them is named.
    """
    options = value_options(sets, set_json, secrets, from_file, None, keep_newline=False)
    if options.any or type_key is not None:
        if names or everything:
            raise UsageError("values are checked for --type TYPE, not for installed connectors")
        from connectors_cli.cli.values import install

        entry, given = install.values_to_check(context, type_key, options)
        name = given.name if name is None else name
        if name is not None and install.type_of_name(context, name) is not None:
            context.note(f"note: {name!r} is taken; install --upsert changes it")
            name = None
        title = from_file or entry.key
        return service.validate_values(entry, title, given.config, given.auth, name=name)
    if everything == bool(names):
        raise UsageError("name connectors, or use --all, --from-file FILE or --type TYPE --set ...")
    ws = context.existing_workspace()
    return service.validate_connectors(ws, None if everything else names)
