"""The command palette: every action, found by its words."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider


class Command(NamedTuple):
    """An action: its title, what it does, and how it is begun."""

    title: str
    help: str
    begin: Callable[[], Any]


class HasCommands(Protocol):
    """What offers actions."""

    def commands(self) -> Iterator[Command]: ...


class CommandProvider(Provider):
    """The actions that the page offers now."""

    @property
    def _commands(self) -> Iterator[Command]:
        return cast("HasCommands", self.app).commands()

    async def discover(self) -> Hits:
        for title, help_, begin in self._commands:
            yield DiscoveryHit(title, begin, help=help_)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, help_, begin in self._commands:
            by_title, by_help = matcher.match(title), matcher.match(f"{title} {help_}")
            if score := max(by_title, by_help / 2):
                shown = matcher.highlight(title) if by_title else title
                yield Hit(score, shown, begin, text=title, help=help_)
