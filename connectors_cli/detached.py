"""Blocking calls in threads that nobody has to wait for: what hangs in one is left behind."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def detached(call: Callable[..., T], *args: Any) -> T:
    """Run a blocking call in a daemon thread; a deadline or Ctrl-C leaves it behind at once."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)  # type: ignore[arg-type]  # None is a T where it is returned

    def work() -> None:
        result, failed = None, None
        try:
            result = call(*args)
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            failed = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=work, daemon=True).start()
    return await outcome
