"""Asks at a terminal what its standard input's tests want, and tells on standard output what came.

usage: prompt_driver.py CASE.json: {"ask": "values", "config": {...}, "auth": {...}, ...}
"""

import json
import sys

from connectors_cli import prompts
from connectors_cli.catalog import Entry
from connectors_cli.errors import Cancelled
from connectors_cli.given import Given

EMPTY = {"type": "object", "properties": {}, "additionalProperties": False}


def entry(case, key="sample"):
    return Entry(
        key=case.get("key", key),
        name=case.get("name", "Sample"),
        auth_type="api_key",
        config_schema=case.get("config", EMPTY),
        auth_schema=case.get("auth", EMPTY),
        category=case.get("category", "Other"),
        lifecycle=case.get("lifecycle", "active"),
        notice=case.get("notice"),
    )


def ask(case):
    color = case.get("color")
    match case.get("ask", "values"):
        case "values":
            given = Given(**case.get("given", {}))
            current = case.get("current")
            return prompts.ask_values(
                entry(case), given, tuple(current) if current else None, color=color
            )
        case "type":
            return prompts.pick_type([entry(one) for one in case["entries"]], color=color)
        case "name":
            taken = case.get("taken", [])
            return prompts.ask_name(
                case["default"], lambda name: "it is taken" if name in taken else None, color=color
            )
        case "confirm":
            return prompts.confirm(case["question"], default=case["default"], color=color)
        case "type_to_confirm":
            return prompts.type_to_confirm(case["what"], color=color)
        case "secret":
            return prompts.ask_secret(case["title"], color=color)


def main():
    with open(sys.argv[1]) as file:
        case = json.load(file)
    try:
        answer = ask(case)
    except Cancelled as error:
        answer = {"cancelled": error.message}
        code = error.exit_code
    else:
        code = 0
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w") as file:
            json.dump(answer, file)
    else:
        print(json.dumps(answer))
    sys.exit(code)


if __name__ == "__main__":
    main()
