"""`connectors help`: topics that are not one command's."""

from typing import Annotated

import typer

from connectors_cli.errors import EXIT_CODES, NotFound
from connectors_cli.results import Text

app = typer.Typer()

ENVIRONMENT = (
    ("CONNECTORS_HOME", "the folder of the local store"),
    ("CONNECTORS_STORE", "the store's path or URL (as --store)"),
    ("CONNECTORS_TENANT", "the tenant (as --tenant)"),
    ("CONNECTORS_NO_INPUT", "never ask (as --no-input); so does CI"),
    ("CONNECTORS_USER_EMAIL", "who the audit columns name; else git's user.email"),
    ("CONNECTORS_USER_NAME", "who the audit columns name; else git's user.name"),
    ("CONNECTOR_AUTH_ENCRYPTION_KEY", "the key, or several between commas"),
    ("CONNECTOR_AUTH_ENCRYPTION_KEY_FILE", "a file that holds the key and that only you can read"),
    ("CONNECTOR_AUTH_ENCRYPTION_KEY_COMMAND", "a command that prints the key"),
    ("CONNECTORS_CA_FILE", "authorities to trust too, in PEM (as --ca-file), also for run and env"),
    ("NO_COLOR", "no colour (as --color never)"),
)


def _table(rows: tuple[tuple[object, str], ...]) -> str:
    width = max(len(str(name)) for name, _ in rows)
    return "\n".join(f"{name!s:<{width}}  {text}" for name, text in rows)


TOPICS = {
    "exit-codes": lambda: _table(EXIT_CODES),
    "environment": lambda: _table(ENVIRONMENT),
}


@app.command("help")
def help_(
    topic: Annotated[
        str, typer.Argument(help="exit-codes or environment", autocompletion=lambda: list(TOPICS))
    ] = "",
) -> Text:
    """Explain a topic: exit-codes, environment."""
    if topic not in TOPICS and topic:
        raise NotFound(f"no help on {topic[:50]!r}", hint=f"topics: {', '.join(TOPICS)}")
    if not topic:
        return Text(f"Topics: {', '.join(TOPICS)}. Commands: connectors --help")
    return Text(TOPICS[topic]())
