"""The full-screen interface without a terminal: driven by Textual's pilot, read as text."""

import asyncio
from collections.abc import Awaitable, Callable

from textual.pilot import Pilot

from connectors_cli.settings import Settings
from connectors_cli.ui.app import ConnectorsApp
from connectors_cli.ui.session import Session

_TRIES = 100
Scenario = Callable[[Pilot[None]], Awaitable[None]]


def drive(
    settings: Settings,
    scenario: Scenario,
    *,
    tab: str = "installed",
    size: tuple[int, int] = (80, 24),
) -> None:
    """Run the interface, and a scenario with its pilot; an error in the interface is raised."""

    async def run() -> None:
        session = Session(settings)
        app = ConnectorsApp(session, tab)
        try:
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                await scenario(pilot)
        finally:
            session.close()

    asyncio.run(run())


def lines(pilot: Pilot[None]) -> list[str]:
    """Return the screen as lines of text, without the spaces at their ends."""
    strips = pilot.app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips]


def text(pilot: Pilot[None]) -> str:
    """Return the screen as text."""
    return "\n".join(lines(pilot))


def toasts(pilot: Pilot[None]) -> str:
    """Return what the toasts say, which break their lines anywhere on the screen."""
    return "\n".join(toast.message for toast in pilot.app._notifications)


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Wait until a condition holds; fail with the screen if it never does."""
    for _ in range(_TRIES):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen; the screen:\n" + text(pilot))


async def shows(pilot: Pilot[None], *words: str) -> None:
    """Wait until the screen or its toasts show all of these words."""
    await until(pilot, lambda: all(word in text(pilot) + toasts(pilot) for word in words))


async def hides(pilot: Pilot[None], *words: str) -> None:
    """Wait until the screen shows none of these words."""
    await until(pilot, lambda: not any(word in text(pilot) for word in words))


async def type_in(pilot: Pilot[None], typed: str) -> None:
    """Press a key for each character."""
    await pilot.press(*(_KEYS.get(char, char) for char in typed))


_KEYS = {" ": "space", "/": "slash", ".": "full_stop", ":": "colon", ",": "comma", "-": "minus"}
