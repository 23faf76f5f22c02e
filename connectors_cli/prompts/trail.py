"""What was answered so far: titles, entries of lists and maps, and dropping one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.forms import Form, Kind, Question
from connectors_cli.prompts.wording import answered, clean

Path = tuple[str | int, ...]
Answers = Sequence[tuple[Question, Any]]
INSIDE = " > "
STRUCTURE = (Kind.INCLUDE, Kind.MORE, Kind.BRANCH)


@dataclass(slots=True)
class Entry:
    """One item of a list or entry of a map, with its answers."""

    step: str | int
    answers: list[tuple[Question, Any]] = field(default_factory=list, repr=False)

    @property
    def summary(self) -> str:
        """The entry on one line, secrets as dots."""
        said = [
            answered(question, value)
            for question, value in self.answers
            if value is not None and question.kind not in (*STRUCTURE, Kind.KEY)
        ]
        name = f"{clean(self.step)}: " if isinstance(self.step, str) else ""
        return name + (", ".join(said) or "…")


def entries(answers: Answers, path: Path) -> list[Entry]:
    """The entries that were made of a list or map."""
    found: dict[str | int, Entry] = {}
    for question, value in answers:
        if question.kind is Kind.KEY and question.path == path:
            found.setdefault(value, Entry(value))
        elif is_below(question.path, path):
            step = question.path[len(path)]
            if isinstance(step, int) or step in found:
                found.setdefault(step, Entry(step)).answers.append((question, value))
    return list(found.values())


def is_below(path: Path, top: Path) -> bool:
    """Whether a path leads inside another."""
    return len(path) > len(top) and path[: len(top)] == top


def label(question: Question, answers: Answers) -> str:
    """A question's title after those of what it stands in: `Proxy > Hosts 2 > Port`."""
    titles = _titles(answers)
    path = question.path
    above = [_title(titles, path[:n]) for n in range(1, len(path)) if _counts(path, n)]
    own = question.title or "value"
    if path and isinstance(path[-1], int) and not own.endswith(f" {path[-1] + 1}"):
        own = f"{own} {path[-1] + 1}"
    return clean(INSIDE.join(part for part in (*above, own) if part))


def _counts(path: Path, length: int) -> bool:
    """A list is named by its item, `Hosts 2`, and so not on its own."""
    return not isinstance(path[length], int) or length == len(path)


def _titles(answers: Answers) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for question, _ in answers:
        if question.kind in STRUCTURE and question.title:
            found.setdefault(question.path, question.title)
    return found


def _title(titles: dict[Path, str], path: Path) -> str:
    if path in titles and not isinstance(path[-1], int):
        return titles[path]
    last = path[-1]
    if isinstance(last, int):
        above = path[:-1]
        named = titles.get(above) or (str(above[-1]) if above else "item")
        return f"{named} {last + 1}"
    return last


def drop(form: Form, path: Path, entry: Entry) -> None:
    """Take one entry out of a list or map; those after it move up."""
    answers = list(form.answers())
    mine = [n for n, answer in enumerate(answers) if _belongs(answer, path, entry.step)]
    if not mine:
        return
    start, end = mine[0], mine[-1] + 1
    if start and answers[start - 1][0].kind is Kind.MORE and answers[start - 1][0].path == path:
        start -= 1
    while len(form.answers()) > start and form.back():
        pass
    _replay(form, path, answers[end:], entry.step)


def _belongs(answer: tuple[Question, Any], path: Path, step: str | int) -> bool:
    question, value = answer
    if question.kind is Kind.KEY and question.path == path:
        return bool(value == step)
    return is_below(question.path, path) and question.path[len(path)] == step


def _replay(form: Form, path: Path, later: Iterable[tuple[Question, Any]], gone: str | int) -> None:
    """Give the answers of the entries after the dropped one again, at their new places."""
    for question, value in later:
        if question.kind is Kind.MORE and question.path == path and not value:
            return
        wanted = _moved(question.path, path, gone)
        now = form.next()
        if now is not None and now.kind is Kind.MORE and now.path == path != wanted:
            form.answer(True)
            now = form.next()
        if now is None or (now.path, now.kind) != (wanted, question.kind):
            if question.kind is Kind.MORE:
                continue
            return
        form.answer(value)


def _moved(found: Path, path: Path, gone: str | int) -> Path:
    if not is_below(found, path):
        return found
    step = found[len(path)]
    if isinstance(step, int) and isinstance(gone, int) and step > gone:
        return (*path, step - 1, *found[len(path) + 1 :])
    return found
