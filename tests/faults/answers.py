"""The answer of each family: its rows, or why it stopped; each runs in a process of its own."""

import multiprocessing
import os
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from figures import Family, Row

_FORK = multiprocessing.get_context("fork")


@dataclass
class Answer:
    """The rows of a family, and why it stopped before its end (empty if it did not)."""

    name: str
    rows: list[Row] = field(default_factory=list)
    error: str = "it ended without an answer"


def run_all(families: Sequence[Family], short: bool, cores: int = 0) -> Iterator[Answer]:
    """Run families, one per core; yield one answer for each, in the order given.

    A family that raises, or whose process dies, is an answer with an error; the others go on.
    """
    waiting, running = list(range(len(families))), {}
    done: dict[int, Answer] = {}
    for number in range(len(families)):
        while number not in done:
            while waiting and len(running) < (cores or os.cpu_count() or 1):
                running.update(_start(waiting[0], families[waiting.pop(0)], short))
            for place in wait(list(running)):
                position, process = running.pop(place)  # type: ignore[call-overload]
                done[position] = _read(place, families[position].name)  # type: ignore[arg-type]
                process.join()
        yield done[number]


def _start(position: int, family: Family, short: bool) -> dict[Connection, tuple]:
    here, there = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_answer, args=(there, family, short))
    process.start()
    there.close()
    return {here: (position, process)}


def _answer(place: Connection, family: Family, short: bool) -> None:
    answer = Answer(family.name)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        try:
            for row in family.make(family.short if short else family.full, Path(folder)):
                answer.rows.append(row)
            answer.error = "" if answer.rows else "it has no rows"
        except BaseException:  # noqa: BLE001  # whatever stops it, the others go on
            answer.error = traceback.format_exc()
        place.send(answer)


def _read(place: Connection, name: str) -> Answer:
    with place:
        try:
            answer = place.recv()
        except EOFError:
            return Answer(name)
    return answer if isinstance(answer, Answer) else Answer(name)
