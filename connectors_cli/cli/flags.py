"""Options that need or exclude each other, and those of a test after another action."""

from __future__ import annotations

from connectors_cli.errors import UsageError

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.services.checks.run import Options


def test_options(
    tests: bool,
    timeout: str | None,
    ca_file: str | None,
    allow_http: bool,
    *,
    new_host_key: bool,
) -> Options | None:
    """Return how to test connections after another action, None if `tests` is false.

    Invalid options are reported here, before the action.
    """
    if not tests:
        return None
    from connectors_cli.cli.durations import parse_duration
    from connectors_cli.net.client import tls_context
    from connectors_cli.services.checks.run import Options

    tls_context(ca_file)
    return Options(
        parse_duration(timeout or "10s", "--timeout"),
        ca_file=ca_file,
        allow_http=allow_http,
        accept_new_host_key=new_host_key,
    )


def require_flag(flag: str, given: bool, **others: object) -> None:
    """Raise UsageError for options that need a flag which is missing."""
    alone = [f"--{name.replace('_', '-')}" for name, value in others.items() if value]
    if alone and not given:
        raise UsageError(f"{' and '.join(alone)} {'require' if alone[1:] else 'requires'} {flag}")


def at_most_one(**chosen: bool) -> None:
    """Raise UsageError if more than one of these options is given."""
    given = [f"--{name.replace('_', '-')}" for name, value in chosen.items() if value]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} cannot be used together")
