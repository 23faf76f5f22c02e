"""Milliseconds of processor time for what a form does with large schemas, as JSON."""

import json
import time
from pathlib import Path

from connectors_cli.forms import Form
from connectors_cli.forms.validation import check_schema

TESTS = Path(__file__).parents[1]
CORPUS = [TESTS / "forms" / "schemas", TESTS.parents[1] / "shared" / "schemas"]
TEXT = {"type": "string", "minLength": 1, "description": "what this field is for " * 4}


def block(depth):
    if depth == 0:
        return TEXT
    return {"type": "object", "properties": {f"field{n}": block(depth - 1) for n in range(8)}}


def milliseconds(act):
    start = time.process_time()
    act()
    return (time.process_time() - start) * 1000


def corpus():
    files = [file for folder in CORPUS for file in sorted(folder.glob("*.json"))]
    return [json.loads(file.read_text(encoding="utf-8"))["schema"] for file in files]


def first_question(schema):
    return milliseconds(lambda: Form(schema).next())


def main():
    zones = [{"const": f"zone{n}", "title": f"Zone {n}"} for n in range(800)]
    large = block(4)
    Form(TEXT).next()  # imports are part of the start
    form = Form({"type": "object", "properties": {f"f{n}": TEXT for n in range(400)}})
    form.set((), {f"f{n}": "v" for n in range(400)})
    print(
        json.dumps(
            {
                "constants": milliseconds(lambda: Form({"oneOf": zones}).next()),
                "set": milliseconds(lambda: form.set(("f200",), "w")),
                "corpus": max(map(first_question, corpus())),
                "first": milliseconds(lambda: Form(large).next()),
                "check": milliseconds(lambda: check_schema(large)),
            }
        )
    )


if __name__ == "__main__":
    main()
