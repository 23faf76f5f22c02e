"""Takes a line or a text, and answers to yes or no."""

from collections.abc import Callable
from dataclasses import dataclass, field

import questionary
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from connectors_cli.prompts.screen import Back, Fragments, Screen, going_back


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above an answer: the title, and lines that explain."""

    title: str
    lines: tuple[str, ...] = ()

    @property
    def fragments(self) -> Fragments:
        told = "".join(f"{line}\n" for line in self.lines)
        return [("class:qmark", "? "), ("class:question", self.title), ("", "\n"), ("", told)]

    @property
    def instruction(self) -> str:
        """The lines as questionary puts them behind the title."""
        return "".join(f"\n{line}" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Line:
    """How a line is taken: what Up brings, whether it may be left out, when Enter ends it."""

    recalled: tuple[str, ...] = ()
    can_leave_out: bool = False
    many_lines: bool = False
    complete: Callable[[str], bool] | None = field(default=None)


class LeftOut(Exception):
    """The person wants no value here though one is offered."""


def ask_line(screen: Screen, heading: Heading, line: Line, *, back: bool) -> str:
    """Return what was typed; raises Back and LeftOut where those may be wanted."""
    prompt = questionary.text(
        heading.title,
        qmark="?",
        instruction=f"{heading.instruction}\n  >",
        history=InMemoryHistory(list(line.recalled)),
        multiline=line.many_lines or line.complete is not None,
        **screen.settings,
    )
    bindings = [_pasting(line.many_lines)]
    if back:
        bindings.append(going_back())
    if line.can_leave_out:
        bindings.append(_leaving_out())
    if line.many_lines:
        bindings.append(_ending())
    if line.complete is not None:
        bindings.append(_ending_when(line.complete))
    text = str(screen.ask(prompt.application, *bindings))
    if back and text.strip() == "<":
        raise Back
    return text


def ask_yes(screen: Screen, heading: Heading, *, default: bool, back: bool) -> bool:
    """Return the answer to a question of yes or no; Enter alone takes the default."""
    prompt = questionary.confirm(
        heading.title,
        default=default,
        auto_enter=False,
        instruction=f"{heading.instruction}\n  {'(Y/n)' if default else '(y/N)'} >"
        if heading.lines
        else None,
        **screen.settings,
    )
    bindings = KeyBindings()

    @bindings.add("<")
    def _back(event: KeyPressEvent) -> None:
        event.app.exit(exception=Back)

    wanted = [going_back(), bindings] if back else []
    return bool(screen.ask(prompt.application, *wanted))


def _pasting(many_lines: bool) -> KeyBindings:
    """A pasted line comes without its line end; a pasted text stays as it is."""
    bindings = KeyBindings()

    @bindings.add(Keys.BracketedPaste, eager=True)
    def _paste(event: KeyPressEvent) -> None:
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        if text.count("\n") == 1 and not many_lines:
            text = text.removesuffix("\n")
        event.current_buffer.insert_text(text)

    return bindings


def _leaving_out() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("c-x", eager=True)
    def _leave_out(event: KeyPressEvent) -> None:
        event.app.exit(exception=LeftOut)

    return bindings


def _ending() -> KeyBindings:
    """Ctrl-D ends a text of many lines, as it does everywhere."""
    bindings = KeyBindings()

    @bindings.add("c-d", eager=True)
    def _end(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return bindings


def _ending_when(complete: Callable[[str], bool]) -> KeyBindings:
    """Enter ends the text once it is complete, and makes a new line before."""
    bindings = KeyBindings()

    @bindings.add("enter", eager=True)
    def _enter(event: KeyPressEvent) -> None:
        if complete(event.current_buffer.text):
            event.current_buffer.validate_and_handle()
        else:
            event.current_buffer.insert_text("\n")

    return bindings
