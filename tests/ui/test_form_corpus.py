"""The schemas of the corpus are filled in on the screen."""

import json
from pathlib import Path

import pytest

from connectors_cli.catalog.entry import Entry
from connectors_cli.services.given import Given
from connectors_cli.services.results import Change
from connectors_cli.services.type_form import TypeForm
from connectors_cli.ui.form.model import Details, FormModel
from connectors_cli.ui.form.screen import FormScreen
from support.form_answers import holds
from support.form_typist import Typist
from support.interface import drive, text, until

pytestmark = pytest.mark.slow
OWN = Path(__file__).parents[1] / "forms" / "schemas"
SHARED = Path(__file__).parents[3] / "shared" / "schemas"
FILES = sorted(OWN.glob("*.json")) + [
    path for path in sorted(SHARED.glob("*.json")) if not path.name.startswith("synthetic-")
]
MARKS = ("airbyte_hidden", "hidden", "x-hidden", "x-hidden-field", "ui:hidden", "readOnly")
UNREACHED = {"schemastore-aws-cdk-appconfig-featureflags-1-0-0", "schemastore-rudder-techniques"}
"""Entries below what a union or a reference to itself describes are not all reached yet."""
MOST = 3
"""How many instances of a schema are typed in."""
EMPTY = {"type": "object", "properties": {}, "additionalProperties": False}


class KeepingTask:
    """A form whose values are kept instead of saved."""

    title = "Anything"
    warning = ""
    question_of_leaving = "Leave?"
    reopened = None

    def __init__(self, schema):
        self.schema = schema
        self.result = None

    async def open(self, page):
        form = TypeForm(Entry("thing", "Thing", "none", self.schema, EMPTY), Given())
        return FormModel(form, Details("thing", lambda name: False))

    async def save(self, page, model):
        self.result = model.form.result()
        return Change("installed", "thing")

    def look(self, page):
        """Nobody else changes it."""

    def left(self, model):
        """Nothing is kept."""

    def rebuilt(self, model):
        return model


async def typed(pilot, screen, wanted):
    """Type values into a form and save it."""
    pilot.app.push_screen(screen)
    await until(pilot, lambda: screen._model is not None and screen.focused is not None)
    typist = Typist(pilot, screen, wanted)
    await typist.settle()
    await typist.fill_in()
    await typist.press("ctrl+s")
    await until(pilot, lambda: not screen.is_attached or screen.model.missing + screen.model.wrong)
    if screen.is_attached:
        raise AssertionError(f"{screen.model._problems}\n{text(pilot)}")


def asked(value, unasked):
    """What a person fills in of a value: nothing that is null or that its author hides."""
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if one is not None}
        return {name: asked(one, unasked) for name, one in kept.items() if name not in unasked}
    return [asked(one, unasked) for one in value] if isinstance(value, list) else value


def has_breaks(value):
    """Whether a text has line breaks, of which a line that is typed keeps what is before."""
    if isinstance(value, dict):
        return any(map(has_breaks, value.values()))
    if isinstance(value, list):
        return any(map(has_breaks, value))
    return isinstance(value, str) and len(value.splitlines()) + value.endswith("\n") > 1


def hidden(schema):
    """The names of fields that their author hides."""
    if isinstance(schema, list):
        return {name for one in schema for name in hidden(one)}
    if not isinstance(schema, dict):
        return set()
    found = {name for one in schema.values() for name in hidden(one)}
    fields = schema.get("properties")
    for name, one in fields.items() if isinstance(fields, dict) else ():
        if isinstance(one, dict) and any(one.get(mark) is True for mark in MARKS):
            found.add(name)
    return found


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.stem not in UNREACHED], ids=lambda path: path.stem
)
def test_every_instance_is_typed_in(settings, path):
    case = json.loads(path.read_text(encoding="utf-8"))
    unasked = hidden(case["schema"])
    given = [one for one in case["valid"] if isinstance(one, dict) and not has_breaks(one)]
    instances = [asked(one, unasked) for one in given]

    async def scenario(pilot):
        for number, instance in enumerate(instances[:MOST]):
            task = KeepingTask(case["schema"])
            try:
                await typed(pilot, FormScreen(task), {"config": instance})
            except Exception as error:
                raise AssertionError(f"instance {number}: {instance}") from error
            assert holds(task.result[0], instance), number

    drive(settings, scenario, tab="catalog", size=(100, 40))
