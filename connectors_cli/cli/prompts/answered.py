"""The answers so far: the label of each question, and the entries of lists and maps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.forms import Kind, Question
from connectors_cli.forms.question_text import answer_text, one_line

Path = tuple[str | int, ...]
Answers = Sequence[tuple[Question, Any]]
INSIDE = " > "
STRUCTURE = (Kind.INCLUDE, Kind.MORE, Kind.BRANCH)


@dataclass(slots=True)
class Entry:
    """An item of a list or an entry of a map, with its answers."""

    step: str | int
    answers: list[tuple[Question, Any]] = field(default_factory=list, repr=False)

    @property
    def summary(self) -> str:
        """The entry on one line, with secrets as dots."""
        texts = [
            answer_text(question, value)
            for question, value in self.answers
            if value is not None and question.kind not in (*STRUCTURE, Kind.KEY)
        ]
        name = f"{one_line(self.step)}: " if isinstance(self.step, str) else ""
        return name + (", ".join(texts) or "…")


def entries(answers: Answers, path: Path) -> list[Entry]:
    """Return the entries of the list or map at a path."""
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
    """Return whether a path leads to something inside another."""
    return len(path) > len(top) and path[: len(top)] == top


def label(question: Question, answers: Answers) -> str:
    """Return a question's title, preceded by those of its containers: `Proxy > Hosts 2 > Port`."""
    titles = _titles(answers)
    path = question.path
    above = [_title(titles, path[:n]) for n in range(1, len(path)) if _is_named(path, n)]
    own = question.title or "value"
    if path and isinstance(path[-1], int) and not own.endswith(f" {path[-1] + 1}"):
        own = f"{own} {path[-1] + 1}"
    return one_line(INSIDE.join(title for title in (*above, own) if title))


def _is_named(path: Path, length: int) -> bool:
    """Return whether a container is named by itself; a list is named by its item, `Hosts 2`."""
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
