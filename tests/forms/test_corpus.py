"""Every schema of the corpus: its instances are reached, what is wrong is refused."""

import json
from pathlib import Path

import pytest

from connectors_cli.errors import InvalidInput
from connectors_cli.forms import Form, Kind
from support.form_answers import holds, reach

OWN = Path(__file__).parent / "schemas"
SHARED = Path(__file__).parents[3] / "shared" / "schemas"
FILES = sorted(OWN.glob("*.json")) + [
    path for path in sorted(SHARED.glob("*.json")) if not path.name.startswith("synthetic-")
]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def case(request):
    return json.loads(request.param.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_every_valid_instance_is_reached(case):
    for instance in case["valid"]:
        result, _ = reach(case["schema"], instance)
        assert holds(result, instance)


@pytest.mark.slow
def test_complete_given_values_leave_nothing_required_to_ask(case):
    for instance in case["valid"]:
        form = Form(case["schema"], given=instance)
        question = form.next()
        while question is not None:
            assert not question.required, question
            form.answer(question.default if question.kind is Kind.INCLUDE else None)
            question = form.next()
        assert holds(form.result(), instance)


def test_every_invalid_instance_is_refused_without_its_value(case):
    for entry in case["invalid"]:
        with pytest.raises(InvalidInput) as caught:
            Form(case["schema"], given=entry["instance"]).result()
        assert caught.value.details
        shown = " ".join([caught.value.message, *(p.message for p in caught.value.details)])
        assert "not allowed\x00" not in shown
        assert "\x00" not in shown
        assert "12345" not in shown


@pytest.mark.slow
def test_editing_with_defaults_keeps_an_instance(case):
    for instance in case["valid"]:
        form = Form(case["schema"], current=instance)
        while (question := form.next()) is not None:
            form.answer(question.default)
        assert holds(form.result(), instance)


@pytest.mark.slow
def test_few_questions_are_raw_json():
    if not SHARED.is_dir():
        pytest.skip("needs the shared corpus")
    asked = []
    for path in FILES:
        case = json.loads(path.read_text(encoding="utf-8"))
        for instance in case["valid"]:
            asked += reach(case["schema"], instance)[1]
    raw = sum(question.kind is Kind.JSON for question in asked)
    assert raw / len(asked) < 0.03
