"""Tests of connections as they happen: each connector's steps, and what came of them."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from connectors_cli.errors import ConnectorsError
from connectors_cli.services.checks.results import Checks
from connectors_cli.services.checks.run import Options, check_connectors
from connectors_cli.services.checks.select import Choice
from connectors_cli.services.host_key import host_key_question, pin_host_key
from connectors_cli.services.results import STEPS, Check
from connectors_cli.system.text import printable
from connectors_cli.system.threads import detached
from connectors_cli.ui.dialogs import ConfirmScreen
from connectors_cli.ui.lines import KeyLine
from connectors_cli.ui.page import page_of
from connectors_cli.ui.session import Session

_PAUSE = 0.1
"""How often the screen is drawn while tests run, in seconds."""


class CheckScreen(ModalScreen[None]):
    """The tests of these connectors; Escape stops those that still run."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "Stop or close")]

    def __init__(self, session: Session, names: Sequence[str]) -> None:
        super().__init__()
        self._session = session
        self._reached: dict[str, str] = dict.fromkeys(names, "")
        self._results: dict[str, Check] = {}
        self._stop = threading.Event()
        self._is_done = False
        self._drawn: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield Static("", id="check-title", markup=False)
        yield OptionList(*(Option(self._line(name), id=name) for name in self._reached))
        yield Static("", id="check-detail", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        self._run()
        self.set_interval(_PAUSE, self._draw)
        self._draw()

    @work
    async def _run(self) -> None:
        page = page_of(self)
        options = Options(follow=self._follow, stop=self._stop)
        try:
            found = await self._checked(tuple(self._reached), options)
            for item in [one for one in found.results if one.host_key is not None]:
                if await page.push_screen_wait(ConfirmScreen(host_key_question(item))):
                    await page.change(partial(pin_host_key, item=item))
                    again = replace(options, accept_new_host_key=True)
                    await self._checked((item.name,), again)
        except ConnectorsError as error:
            page.refuse(error)
        self._is_done = True
        page.show_changes()
        self._draw()

    async def _checked(self, names: tuple[str, ...], options: Options) -> Checks:
        found = await detached(check_connectors, self._session.settings, Choice(names), options)
        self._results |= {item.name: item for item in found.results}
        return found

    def _follow(self, name: str, step: str) -> None:
        """Note the step that a test has reached; called in the thread of the tests."""
        self._reached[name] = step

    def _draw(self) -> None:
        """Show what has changed since it was last drawn."""
        listed = self.query_one(OptionList)
        for name in self._changed():
            listed.replace_option_prompt(name, self._line(name))
        self.query_one("#check-title", Static).update(self._title())
        at = listed.highlighted
        name = "" if at is None else listed.get_option_at_index(at).id or ""
        self.query_one("#check-detail", Static).update(self._detail(name))

    def _changed(self) -> Iterable[str]:
        for name, step in self._reached.items():
            state = f"{step} {name in self._results}"
            if self._drawn.get(name) != state:
                self._drawn[name] = state
                yield name

    def _title(self) -> str:
        done = sum(1 for step in self._reached.values() if step and step not in STEPS)
        bad = sum(1 for item in self._results.values() if item.exit_code)
        if not self._is_done:
            return f"Testing: {done:,} of {len(self._reached):,} done"
        good = len(self._results) - bad
        left = len(self._reached) - len(self._results)
        words = [
            f"{good:,} work",
            f"{bad:,} failed" if bad else "",
            f"{left:,} left" if left else "",
        ]
        return "Tested: " + ", ".join(word for word in words if word)

    def _line(self, name: str) -> Text:
        item = self._results.get(name)
        step = self._reached.get(name, "")
        text = Text(f"{printable(name)}  ", "bold", no_wrap=True)
        if item is not None:
            return text.append(_result(item), "bold red" if item.exit_code else "green")
        if step in STEPS:
            return text.append(" > ".join(STEPS[: STEPS.index(step) + 1]) + " ...", "not bold")
        return text.append(step.replace("_", " ") or "waiting", "not bold dim")

    def _detail(self, name: str) -> Text:
        item = self._results.get(name)
        if item is None:
            return Text("")
        steps = "  ".join(f"{step}: {result}" for step, result in item.steps)
        lines = [steps, item.message, f"server: {item.detail}" if item.detail else ""]
        lines.append(f"next: {item.hint}" if item.hint else "")
        return Text("\n".join(printable(line) for line in lines if line))

    def on_unmount(self) -> None:
        """Stop what runs if the whole interface is ended."""
        self._stop.set()

    def action_leave(self) -> None:
        """Stop what still runs; close the screen once nothing does."""
        self._stop.set()
        if self._is_done:
            self.dismiss(None)


def _result(item: Check) -> str:
    account = f" as {item.account}" if item.account else ""
    said = "works" if item.state == "ok" else item.state.replace("_", " ")
    time = f", {item.latency_ms} ms" if item.latency_ms is not None else ""
    return printable(f"{said}{account}{time}")
