"""A line that the user pastes while the browser's redirect is waited for."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from connectors_cli.oauth.callback import Query

_LARGEST = 64 * 1024


async def first_of(redirect: Coroutine[Any, Any, Query], descriptor: int) -> Query | str:
    """Return what comes first: the redirect's parameters, or a line from a file descriptor."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()
    waiting = asyncio.ensure_future(redirect)
    with _unechoed(descriptor), _reading(loop, descriptor, line):
        try:
            await asyncio.wait((waiting, line), return_when=asyncio.FIRST_COMPLETED)
            return await waiting if waiting.done() else line.result()
        finally:
            waiting.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await waiting


@contextmanager
def _reading(
    loop: asyncio.AbstractEventLoop, descriptor: int, line: "asyncio.Future[str]"
) -> Iterator[None]:
    """Set `line` to the first line that is not empty; nothing if the descriptor cannot be read."""
    held = bytearray()

    def readable() -> None:
        data = os.read(descriptor, _LARGEST)
        held.extend(data)
        text = held.decode("utf-8", "replace")
        is_whole = "\n" in text.lstrip() or len(held) > _LARGEST
        if not data or is_whole:
            loop.remove_reader(descriptor)
        if text.strip() and (is_whole or not data) and not line.done():
            line.set_result(text.strip().splitlines()[0])

    try:
        loop.add_reader(descriptor, readable)
    except (OSError, NotImplementedError):  # a file, /dev/null, or Windows
        yield
        return
    try:
        yield
    finally:
        loop.remove_reader(descriptor)


@contextmanager
def _unechoed(descriptor: int) -> Iterator[None]:
    """Keep a terminal from showing what is pasted."""
    if not os.isatty(descriptor):
        yield
        return
    import termios

    before = termios.tcgetattr(descriptor)
    silent = [*before]
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
