"""The connector to install: its values from options and files, or from a form at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from connectors_cli.audit import gate, log
from connectors_cli.audit.roles import Action
from connectors_cli.catalog import sign_in
from connectors_cli.catalog.entry import Entry, limit_of
from connectors_cli.cli.confirm import confirm
from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.prompts.details import ACTIVE, INACTIVE, Details
from connectors_cli.cli.values.complete import complete
from connectors_cli.cli.values.options import ValueOptions, collect, read_file
from connectors_cli.cli.values.reading import IN_DRY_RUN, read_values
from connectors_cli.documents.sources import Sources
from connectors_cli.errors import Cancelled, Conflict, InputNeeded, NotFound, UsageError
from connectors_cli.services import connector_row, types
from connectors_cli.services.connectors import (
    Edits,
    Wanted,
    update_connector,
    validate_config,
)
from connectors_cli.services.given import Given
from connectors_cli.services.names import check_name, check_new_name, free_name
from connectors_cli.services.output import Document
from connectors_cli.services.results import Change
from connectors_cli.store.read import connectors
from connectors_cli.store.read.presets import no_preset, preset
from connectors_cli.store.read.rows import TEXT
from connectors_cli.store.read.types import entry_with_key, find_entry
from connectors_cli.system.record import Record, replace
from connectors_cli.system.text import command_line

if TYPE_CHECKING:
    from connectors_cli.services.drafts import Draft  # it loads the forms

Values = tuple[dict[str, Any], dict[str, Any]]
Install = Callable[[Wanted], Change]


def pick_entry(
    context: CommandContext, key: str | None, document: Mapping[str, Any] | None
) -> Entry:
    """Return the type named on the command line or in the file, or picked at the terminal.

    Raises:
        InputNeeded: if no type is named and there is no terminal.
    """
    named = key or (document or {}).get("type")
    if isinstance(named, str):
        return find_entry(context.reader(), context.settings.tenant, named)
    if not context.interactive:
        raise InputNeeded(
            "no service given, and there is no terminal to ask on",
            hint="connectors install TYPE; connectors catalog lists the types",
        )
    from connectors_cli.cli.prompts import ask

    key = ask.pick_type(
        types.entries(context.reader(), context.settings.tenant), color=context.color
    )
    return find_entry(context.reader(), context.settings.tenant, key)


def find_preset(context: CommandContext, name: str) -> tuple[str, dict[str, Any]]:
    """Return a preset's type and config; raises NotFound."""
    db = context.reader()
    if db is None:
        raise no_preset(name)
    return preset(db, context.settings.tenant, name)


def _preset(
    context: CommandContext, entry: Entry, options: ValueOptions, document: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    name = options.preset or (document or {}).get("preset")
    if not isinstance(name, str):
        return None
    key, config = find_preset(context, name)
    if key != entry.key:
        raise UsageError(f"the preset {name!r} is of type {key}, not {entry.key}")
    return config


class DetailOptions(Record):
    """The options for what a connector has next to its values.

    `may_exist`: a connector of this name may exist already; `keeps`: it then stays as it is.
    """

    name: str | None = None
    tags: tuple[str, ...] = ()
    activate: bool = False
    may_exist: bool = False
    keeps: bool = False


def install_from_options(
    context: CommandContext,
    key: str | None,
    details: DetailOptions,
    options: ValueOptions,
    method: str | None,
    install: Install,
) -> Change:
    """Install the connector of the command line with `install`; return what it did.

    At a terminal, a form asks for what is missing. If `install` fails, the form stays. Credentials
    that a sign-in with this method fills in later are not asked for.

    Raises:
        InputNeeded: if a value is missing and there is no terminal.
        Conflict: if the person would fill in a form for a name that is taken.
        Cancelled: if the person leaves the form.
    """
    document = read_file(options)
    entry = pick_entry(context, key, document)
    later = method is not None and _signs_in_later(entry, method)
    entry = sign_in.before_sign_in(entry) if later else entry
    _check_permission(context, details.name or entry.key)
    preset = _preset(context, entry, options, document)

    def check(draft: Given) -> None:
        _warn_of_lifecycle(context, entry)
        _check_draft(context, entry, draft)
        if draft.unread:  # nothing runs for a name that cannot be installed
            _check_new_name(context, details, draft.name or entry.key, entry)

    kept = _kept_name(context, details, document, entry) if details.keeps else None
    if kept is not None:
        read_values(context, entry, replace(options, dry_run=True), document, preset, check)
        return install(Wanted(type=entry.key, name=kept, config={}, auth={}))
    given = read_values(context, entry, options, document, preset, check)
    form = _Form(context, entry, given, details, signs_in=later)
    run = form.ask if context.interactive and not options.any else form.complete
    done = run(install)
    return replace(done, notes=(*done.notes, *given.notes))


def _signs_in_later(entry: Entry, method: str) -> bool:
    """Check a sign-in method; return whether credentials are missing until the sign-in."""
    from connectors_cli.oauth.actions import methods  # only to sign in
    from connectors_cli.services.auth import login

    login.check_method(entry, method)
    return method != "token" and bool(methods(entry))


def _check_permission(context: CommandContext, name: str) -> None:
    """Check that the user may install connectors, before anything is read or asked."""
    db = context.reader()
    if db is not None:
        actor = log.find_actor(context.settings, db.principal)
        gate.allow(context.settings, actor, Action.CONNECTOR_INSTALL, name)


def _kept_name(
    context: CommandContext,
    details: DetailOptions,
    document: Mapping[str, Any] | None,
    entry: Entry,
) -> str | None:
    """Return the name of a connector that exists and stays as it is, so that no source is read."""
    named = (document or {}).get("name") if details.name is None else details.name
    name = named if isinstance(named, str) else entry.key
    return None if type_of_name(context, check_name(name)) is None else name


def _check_new_name(
    context: CommandContext, details: DetailOptions, default: str, entry: Entry
) -> None:
    """Check a connector's name; one that exists is checked where that is no mistake."""
    name = default if details.name is None else details.name
    there = type_of_name(context, check_name(name))
    if there is None:
        check_new_name(name, mixed=context.yes)
        if (db := context.reader()) is not None:
            connector_row.check_free(db, context.settings.tenant, name)
    elif not details.may_exist:
        raise _taken(name)
    elif there != entry.key:
        raise connector_row.of_another_type(name)


def _taken(name: str) -> Conflict:
    return Conflict(f"{name!r} is taken", hint="choose another --name, or add --upsert")


def _check_draft(context: CommandContext, entry: Entry, draft: Given) -> None:
    """Check values before their sources are read; a form asks for those that are missing."""
    try:
        config, auth = complete(entry, draft)
    except InputNeeded:
        if not context.interactive:
            raise
    else:
        validate_config(entry, config, auth)


def offer_activation(context: CommandContext, done: Change, method: str | None) -> Change:
    """Ask whether to publish with a connector that has just been signed in; return the change.

    The form asks this of connectors that need no sign-in.
    """
    entry = _signed_in_type(context, done)
    signs_in = method not in {None, "token"} or (entry and entry.auth_type == "oauth")
    if entry is None or not signs_in or (done.connector or {})["status"] == ACTIVE:
        return done
    from connectors_cli.cli.prompts import ask

    try:
        wanted = ask.confirm(f"Publish with {done.name} now?", default=True, color=context.color)
    except Cancelled:
        return done  # it is installed and signed in all the same
    if not wanted:
        return done
    edits = Edits(status="active")
    return replace(
        done, connector=update_connector(context.workspace(), done.name, edits).connector
    )


def with_next_step(context: CommandContext, done: Change) -> Change:
    """Return an install with a note for the person at the terminal: what to type next."""
    shown = done.connector
    if shown is None or _signed_in_type(context, done) is None:
        return done
    is_active = shown["status"] == ACTIVE
    step = ("test", done.name) if is_active else ("edit", done.name, "--activate")
    return replace(done, notes=(*done.notes, f"next: {command_line(*step)}"))


def _signed_in_type(context: CommandContext, done: Change) -> Entry | None:
    """Return the type of what a person has installed; None if it still has to be signed in."""
    shown = done.connector
    for_people = context.interactive and context.output is None
    if not for_people or shown is None or done.dry_run or done.change != "installed":
        return None
    entry = entry_with_key(context.reader(), context.settings.tenant, shown["catalog_key"])
    return None if sign_in.needs_sign_in(entry, shown["auth_fields"] or ()) else entry


def questions(context: CommandContext, key: str | None, options: ValueOptions) -> Document:
    """Return questions, answers and problems of the given values, without asking anything.

    An answer that is refused is a problem among the others.
    """
    document = read_file(options)
    entry = pick_entry(context, key, document)
    preset = _preset(context, entry, options, document)
    sources = Sources(context.environ, IN_DRY_RUN)
    unanswered = replace(options, answers=None)
    given = collect(entry, unanswered, context.environ, document, preset, sources)
    from connectors_cli.cli.values.answers import checked  # they load the forms
    from connectors_cli.services.type_form import TypeForm

    form = TypeForm(entry, given)
    return Document(entry.name, checked(form, options.answers, context.environ), as_json=True)


def values_to_check(
    context: CommandContext, key: str | None, options: ValueOptions
) -> tuple[Entry, Given]:
    """Return the type and the values of options and files; only the type may be asked for.

    No command runs, and no file or variable that a value refers to is read.
    """
    document = read_file(options)
    entry = pick_entry(context, key, document)
    sources = Sources(context.environ, IN_DRY_RUN)
    return entry, collect(entry, options, context.environ, document, sources=sources)


class _Form:
    """The values and details of a connector to install: given ones, and the form for the rest."""

    def __init__(
        self,
        context: CommandContext,
        entry: Entry,
        given: Given,
        options: DetailOptions,
        *,
        signs_in: bool,
    ) -> None:
        self.context = context
        self.entry = entry
        self.given = given
        self.may_exist = options.may_exist
        self.named = options.name if options.name is not None else given.name
        active = options.activate or given.active
        self.details = Details(
            self.named if self.named is not None else entry.key,
            status=ACTIVE if active else INACTIVE,
            tags=(*given.tags, *options.tags),
            # before a sign-in it cannot publish
            asks_status=not (active or signs_in or entry.auth_type == "oauth"),
        )
        self.signs_in = signs_in
        self.draft: Draft | None = None

    def complete(self, install: Install) -> Change:
        """Install with the given values and defaults; ask at a terminal if some are missing."""
        known = frozenset((*self.given.config, *self.given.auth))
        try:
            values = complete(self.entry, self.given)
        except InputNeeded:
            if not self.context.interactive:
                raise
        else:
            return install(self._wanted(values, known))
        self._begin()
        return self._ask_values(install, known)

    def ask(self, install: Install) -> Change:
        """Ask for the name, unless it is given, and for all values; install with them."""
        from connectors_cli.cli.prompts import ask

        self._begin()
        if self.named is None:
            wanted = self.draft.name if self.draft else self.entry.key
            default = free_name(wanted, self.details.taken.__contains__)
            name = ask.ask_name(default, self.details.problem, color=self.context.color)
            self.details = replace(self.details, name=name)
        return self._ask_values(install, None)

    def _begin(self) -> None:
        """Check the key and the name before the form, and offer its draft."""
        from connectors_cli.cli.key_choice import check_key

        check_key(self.context)
        self._check_name()
        self.draft = self._offered_draft()

    def _wanted(self, values: Values, known: frozenset[str] | None) -> Wanted:
        config, auth = values
        return Wanted(
            type=self.entry.key,
            name=check_name(self.details.name),
            config=config,
            auth=auth,
            tags=self.details.tags,
            status="active" if self.details.status == ACTIVE else "inactive",
            given=known,
            signs_in=self.signs_in,
            mixed=self.context.yes,
        )

    def _check_name(self) -> None:
        """Look for a name that is taken before the person fills in a form."""
        if self.may_exist:
            return
        self.details.taken = taken_names(self.context)
        if self.named is not None and check_name(self.named) in self.details.taken:
            raise _taken(self.named)

    def _ask_values(self, install: Install, known: frozenset[str] | None) -> Change:
        from connectors_cli.cli.prompts import ask
        from connectors_cli.cli.prompts.review import DraftKeeper
        from connectors_cli.services import drafts

        done: list[Change] = []

        def save(values: Values) -> None:
            done.append(install(self._wanted(values, known)))

        keeper = DraftKeeper(self.draft.answers if self.draft else (), self._keep)
        color = self.context.color
        ask.ask_new_values(self.entry, self.given, self.details, save, keeper, color=color)
        if not done[0].dry_run:
            drafts.remove_draft(self.context.settings, self.entry)
        return done[0]

    def _offered_draft(self) -> Draft | None:
        """Return the draft that the person wants to continue; one that is declined is removed."""
        from connectors_cli.cli.prompts import ask
        from connectors_cli.services import drafts

        draft = drafts.find_draft(self.context.settings, self.entry)
        if draft is None:
            return None
        if ask.confirm(draft.question, default=True, color=self.context.color):
            return draft
        drafts.remove_draft(self.context.settings, self.entry)
        return None

    def _keep(self, answers: list[dict[str, Any]]) -> str | None:
        """Keep a draft of answers, or remove it without any; return what to say."""
        from connectors_cli.services import drafts

        settings = self.context.settings
        if not drafts.without_secrets(self.entry, answers):
            drafts.remove_draft(settings, self.entry)
            return None
        path = drafts.save_draft(settings, self.entry, self.details.name, answers)
        line = command_line("install", self.entry.key)
        return f"Cancelled. A draft without secrets is in {path}; continue with: {line}"


def taken_names(context: CommandContext) -> frozenset[str]:
    """Return the names of the tenant's connectors."""
    db = context.reader()
    if db is None:
        return frozenset()
    found = connectors.list_installed(db, context.settings.tenant, (("name", TEXT),)).rows
    return frozenset(name for (name,) in found)


def type_of_name(context: CommandContext, name: str) -> str | None:
    """Return the type of the tenant's connector with this name, None without one."""
    db = context.reader()
    if db is None:
        return None
    columns = (("catalog_key", TEXT),)
    try:
        shown = connectors.show_connector(db, context.settings.tenant, name, columns, by=("name",))
    except NotFound:
        return None
    return str(next(shown.rows)[0])


def _warn_of_lifecycle(context: CommandContext, entry: Entry) -> None:
    """Show the notice of a type, and ask before installing one that is limited or closed."""
    if entry.notice:
        context.note(f"note: {entry.notice}")
    if entry.lifecycle != "active":
        question = f"{entry.name} {limit_of(entry)}. Install anyway?"
        confirm(context, question, f"installing {entry.name}")
