"""The rows of a form: every field that the values so far call for, one under the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors_cli.catalog.entry import Part
from connectors_cli.errors import InvalidAnswer
from connectors_cli.forms.page import Page, PageField, State
from connectors_cli.forms.paths import ABSENT, Path
from connectors_cli.forms.question import Kind, Question
from connectors_cli.forms.question_text import answer_text, one_line
from connectors_cli.services.type_form import PARTS, TypeForm

MANY = 40
"""From this many optional fields on, those that are empty are folded."""
_TITLES: dict[Part, str] = {"config": "Settings", "auth": "Credentials"}
_LEFT_OUT = "More fields"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a form.

    `kind`: a `title` of a part, a `group` that folds, a `branch` to choose, a `field` with a value,
    a `container` (object, list or map) with rows under it, or a `detail` of the connector itself.
    `union` counts the unions at a place. `text` is the value as it may be shown.
    """

    kind: str
    part: Part
    path: Path
    title: str
    depth: int = 0
    question: Question | None = None
    page_field: PageField | None = None
    union: int = 0
    text: str = ""
    required: bool = False
    is_folded: bool = False
    can_fold: bool = False
    may_add: bool = False
    value: Any = field(default=None, repr=False)
    is_hidden: bool = False
    """Whether the value is never shown."""

    @property
    def key(self) -> tuple[str, str, Path, int, str]:
        """What names the row, whatever its value."""
        group = self.title if self.kind in {"group", "title", "detail"} else ""
        return (self.kind, self.part, self.path, self.union, group)

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a list or an entry of a map, which can be moved and dropped."""
        return self.page_field is not None and bool(self.path) and self._is_inside

    @property
    def _is_inside(self) -> bool:
        return isinstance(self.path[-1], int) or (
            self.page_field is not None and self.page_field.question.kind is Kind.KEY
        )


class FormRows:
    """The rows of a type's form, and which of them are folded."""

    def __init__(self, form: TypeForm, ages: Mapping[str, str] | None = None) -> None:
        self.form = form
        self._ages = ages or {}
        self._folds: dict[tuple[str, str, Path, int, str], bool] = {}
        self._first: dict[tuple[Part, Path], set[Path]] = {}

    def toggle(self, row: Row) -> None:
        """Fold a row's own rows away, or show them; so they stay, whatever is typed into them."""
        self._folds[row.key] = not row.is_folded

    def unfold(self, part: Part, path: Path) -> None:
        """Show what is folded above a path."""
        for _ in range(len(path) + 2):
            closed = [
                row
                for row in self.rows()
                if row.is_folded and row.part == part and self._leads_to(row, path)
            ]
            if not closed:
                return
            self.toggle(closed[0])

    def rows(self) -> Iterator[Row]:
        """Yield the rows of both parts, in the order of the schemas."""
        for part in PARTS:
            page = self.form.forms[part].page()
            if page.fields or page.branches or page.may_add:
                yield Row("title", part, (), _TITLES[part])
                yield from self._inside(part, page, 0)

    def _inside(self, part: Part, page: Page, depth: int) -> Iterator[Row]:
        """Yield the rows of a place: its unions, its plain fields, and its groups."""
        yield from _branches(part, page.path, page.branches, depth)
        for name, fields in self._grouped(part, page):
            if not name:
                for one in fields:
                    yield from self._field(part, one, depth)
                continue
            group = Row("group", part, page.path, name, depth, can_fold=True)
            is_folded = self._is_folded(group, by_default=not _is_answered(fields))
            yield _with_fold(group, f"{len(fields)} fields", is_folded=is_folded)
            if not is_folded:
                for one in fields:
                    yield from self._field(part, one, depth + 1)

    def _field(self, part: Part, one: PageField, depth: int) -> Iterator[Row]:
        yield from _branches(part, one.path, one.branches, depth)
        if one.branches and one.question.kind is Kind.BRANCH and one.container is None:
            return  # the choice is all that is asked
        title = _title(one)
        if one.container is None and not _may_hold(one):
            hidden = self.form.hider(part)(one.question, one.state)
            yield Row(
                "field",
                part,
                one.path,
                title,
                depth,
                one.question,
                one,
                text=self._text(one, is_hidden=hidden),
                required=one.required,
                value=None if hidden else one.value,
                is_hidden=hidden,
            )
            return
        page = self._page(part, one.path)
        is_there = one.value is not ABSENT and page is not None
        row = Row(
            "container",
            part,
            one.path,
            title,
            depth,
            one.question,
            one,
            required=one.required,
            can_fold=is_there,
            may_add=page is not None and page.may_add,
        )
        is_folded = is_there and self._is_folded(row, by_default=False)
        yield _with_fold(row, _size(one, page), is_folded=is_folded)
        if page is not None and is_there and not is_folded:
            inner = Page(page.path, page.title, page.help, page.container, page.fields)
            yield from self._inside(part, inner, depth + 1)

    def _text(self, one: PageField, *, is_hidden: bool) -> str:
        """Return a value as it may be shown; of a hidden one that is kept, since when it is set."""
        text = _shown(one, is_hidden=is_hidden)
        since = self._ages.get(str(one.path[0]), self._ages.get("", "")) if one.path else ""
        return f"{text}, {since}" if text == "set" and since else text

    def _grouped(self, part: Part, page: Page) -> Iterator[tuple[str, tuple[PageField, ...]]]:
        """Yield the fields by group; of many, those that are empty and optional are groups too.

        A field stays in its group when it is answered there.
        """
        for name, fields in page.groups:
            if name or page.container != "object" or len(fields) <= MANY:
                yield name, fields
                continue
            answered = {one.path for one in fields if _is_answered((one,))}
            ahead = self._first.setdefault((part, page.path), answered)
            first = tuple(one for one in fields if one.required or one.path in ahead)
            yield "", first
            left = tuple(one for one in fields if one not in first)
            for number in range(0, len(left), MANY):
                some = f" {number // MANY + 1}" if len(left) > MANY else ""
                yield f"{_LEFT_OUT}{some}", left[number : number + MANY]

    def _leads_to(self, row: Row, path: Path) -> bool:
        """Whether a folded row is above a path."""
        if len(path) <= len(row.path) or path[: len(row.path)] != row.path:
            return False
        if row.kind != "group":
            return row.kind == "container"
        step = path[: len(row.path) + 1]
        groups = dict(self._grouped(row.part, self.form.forms[row.part].page(row.path)))
        return any(one.path == step for one in groups.get(row.title, ()))

    def _page(self, part: Part, path: Path) -> Page | None:
        try:
            return self.form.forms[part].page(path)
        except InvalidAnswer:
            return None  # nothing is asked there yet

    def _is_folded(self, row: Row, *, by_default: bool) -> bool:
        return self._folds.setdefault(row.key, by_default)


def _branches(
    part: Part, path: Path, branches: tuple[tuple[Question, int | None], ...], depth: int
) -> Iterator[Row]:
    for union, (question, chosen) in enumerate(branches):
        labels = {choice.value: choice.label for choice in question.choices}
        yield Row(
            "branch",
            part,
            path,
            one_line(question.title) or "Kind",
            depth,
            question,
            union=union,
            text=one_line(labels.get(chosen, "")),
            required=question.required,
            value=chosen,
        )


def _is_answered(fields: tuple[PageField, ...]) -> bool:
    return any(one.state in {State.ANSWERED, State.INHERITED} for one in fields)


def _with_fold(row: Row, text: str, *, is_folded: bool) -> Row:
    return replace(row, text=text, is_folded=is_folded)


def _title(one: PageField) -> str:
    step = one.path[-1] if one.path else ""
    if isinstance(step, int):
        return f"{step + 1}"
    if one.question.kind is Kind.KEY:
        return one_line(str(step))
    return one_line(one.question.title) or one_line(str(step))


def _may_hold(one: PageField) -> bool:
    """Whether a field that is open leads to an object, list or map."""
    return one.question.kind in {Kind.INCLUDE, Kind.MORE, Kind.KEY}


def _size(one: PageField, page: Page | None) -> str:
    if one.value is ABSENT or page is None:
        return "not filled in: Enter does"
    if page.container in {"list", "map"}:
        count = len(page.fields)
        return f"{count} {'item' if page.container == 'list' else 'entry'}{_s(count, page)}"
    return ""


def _s(count: int, page: Page) -> str:
    if count == 1:
        return ""
    return "s" if page.container == "list" else " in all"


def _shown(one: PageField, *, is_hidden: bool) -> str:
    if one.value is ABSENT or one.state is State.OPEN:
        return ""
    if is_hidden:
        return "set" if one.state is State.INHERITED else "••••••"
    text = answer_text(one.question, one.value)
    return f"{text} (default)" if one.state is State.DEFAULT else text
