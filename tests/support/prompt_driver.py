"""A program for the tests of prompts: asks one question and writes the answer as JSON.

Usage: prompt_driver.py CASE.json [ANSWER.json], with a case such as {"ask": "values",
"config": {...}, "auth": {...}}. The answer goes to ANSWER.json or to standard output, and the
process ID to ANSWER.json.pid.
"""

import json
import os
import sys

from connectors_cli.catalog.entry import Entry
from connectors_cli.cli.prompts import ask as prompts
from connectors_cli.cli.prompts.details import Details
from connectors_cli.errors import Cancelled, KeyProblem
from connectors_cli.services.given import Given

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


def failing_save(failures):
    """Return a save that fails so many times because there is no key."""
    left = [KeyProblem("no key here", hint="connectors key generate")] * failures

    def save(_values):
        if left:
            raise left.pop()

    return save


def ask(case):
    color = case.get("color")
    match case.get("ask", "values"):
        case "values":
            given = Given(**case.get("given", {}))
            current = case.get("current")
            values = tuple(current) if current else None
            about = Details(**case["details"]) if "details" in case else None
            save = failing_save(case["failures"]) if "failures" in case else None
            asked = prompts.ask_values(
                entry(case), given, values, about=about, save=save, color=color
            )
            return [*asked, [about.name, about.status, *about.tags]] if about else asked
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


def run(case_file, answer_file=None):
    """Ask what a case says and write the answer; the exit code."""
    with open(case_file) as file:
        case = json.load(file)
    if answer_file:
        with open(f"{answer_file}.pid", "w") as file:
            file.write(str(os.getpid()))
    try:
        answer, code = ask(case), 0
    except Cancelled as error:
        answer, code = {"cancelled": error.message}, error.exit_code
    if answer_file:
        with open(answer_file, "w") as file:
            json.dump(answer, file)
    else:
        print(json.dumps(answer))
    return code


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
