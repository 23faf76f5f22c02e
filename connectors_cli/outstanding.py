"""What is still to be asked, as data, so that another program can ask."""

from typing import Any

from connectors_cli.catalog import Entry
from connectors_cli.completing import flag_for
from connectors_cli.forms import Form, Question
from connectors_cli.given import Given


def outstanding(entry: Entry, given: Given) -> list[dict[str, Any]]:
    """Return the questions that given values leave open, config first, as JSON objects.

    Conditions (if/then/else, dependencies, branches) are those of the values given; what an answer
    opens is asked when it is given too. A secret's default is left out.
    """
    return [
        _as_object(entry, part, question)
        for part, schema, values in (
            ("config", entry.config_schema, given.config),
            ("auth", entry.auth_schema, given.auth),
        )
        for question in Form(schema, given=values).outstanding()
    ]


def _as_object(entry: Entry, part: str, question: Question) -> dict[str, Any]:
    return {
        "path": ".".join(str(step) for step in question.path),
        "part": part,
        "kind": question.kind.value,
        "title": question.title,
        "help": question.help,
        "required": question.required,
        "secret": question.secret,
        "multiline": question.multiline,
        "default": None if question.secret else question.default,
        "choices": [
            {"value": choice.value, "label": choice.label, "help": choice.help}
            for choice in question.choices
        ],
        "examples": list(question.examples),
        "schema": question.schema,
        "flag": flag_for(entry, question.path) if question.path else None,
    }
