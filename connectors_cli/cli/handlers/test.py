"""Connection tests, once or repeatedly: `test`."""

from __future__ import annotations

from connectors_cli.cli import checks, name_choice
from connectors_cli.cli.durations import parse_duration
from connectors_cli.services.checks.run import Options

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.checks.results import Checks
    from connectors_cli.services.output import Watched


def test(
    context: CommandContext,
    names: list[str] | None,
    everything: bool,
    tag: str | None,
    type_key: str | None,
    timeout: str | None,
    jobs: int,
    record: bool,
    fail_fast: bool,
    watch: str | None,
    ca_file: str | None,
    allow_http: bool,
    accept_new_host_key: bool,
) -> Checks | Watched:
    """Return the results of connection tests; with `watch` round by round, without end."""
    if context.interactive and not (names or everything or tag or type_key):
        names = [name_choice.pick_name(context)]
    chosen = checks.choice(names, everything=everything, tag=tag, type_key=type_key)
    seconds = parse_duration(timeout or "", "--timeout")
    options = Options(seconds, jobs, record, fail_fast, ca_file, allow_http, accept_new_host_key)
    if watch is not None:
        return checks.watch(context, chosen, options, parse_duration(watch, "--watch"))
    return checks.check(context, chosen, options)
