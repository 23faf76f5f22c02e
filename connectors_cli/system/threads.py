"""Blocking calls in daemon threads, which asyncio can abandon if they hang."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

AT_ONCE = 16
"""The number of blocking calls, such as token refreshes, that run at the same time."""


async def detached(call: Callable[..., T], *args: Any) -> T:
    """Return the result of a blocking call in a daemon thread; cancelling abandons the thread."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)  # type: ignore[arg-type]  # None is a T if the call returns it

    def work() -> None:
        result, failed = None, None
        try:
            result = call(*args)
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            failed = error
        with suppress(RuntimeError):  # the loop is closed, so no task is waiting
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=work, daemon=True).start()
    return await outcome
