"""Walks over the corpus and generated schemas: nothing is lost, and there are no dead ends."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors_cli.errors import InvalidAnswer, InvalidInput
from connectors_cli.forms import Form, Kind
from connectors_cli.forms.equality import canonical
from support.form_answers import reach, respond
from support.form_schemas import ANSWERS, SCHEMAS

pytestmark = pytest.mark.slow

SHARED = Path(__file__).parents[3] / "shared" / "schemas"
FILES = sorted(SHARED.glob("*.json"))
SOME = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
SEEDS = st.integers(0, 9)
TRIES = 400


def tries(question, rng):
    """Answers to try, in an order by chance."""
    if question.kind in (Kind.CHOICE, Kind.BRANCH):
        values = [choice.value for choice in question.choices]
        rng.shuffle(values)
        return [*values, None] if rng.random() < 0.8 else [None, *values]
    if question.kind is Kind.CHOICES:
        return [[choice.value] for choice in question.choices] + [[], None]
    if question.kind is Kind.MORE:
        return [question.count < 2 and rng.random() < 0.5, False, True]
    if question.kind is Kind.INCLUDE:
        wanted = len(question.path) < 4 and rng.random() < 0.6
        return [False] if question.hidden else [wanted, not wanted]
    if question.kind is Kind.KEY:
        return [f"k{number}" for number in range(9)] + ["a", "b", "c", "kind"]
    return rng.sample([*ANSWERS, *question.examples], len(ANSWERS) + len(question.examples))


def play(form, seed):
    """Answer every question as the form accepts it; False where one has no answer that fits."""
    rng = random.Random(seed)
    for _ in range(TRIES):
        question = form.next()
        if question is None:
            return True
        if not any(accepted(form, answer) for answer in tries(question, rng)):
            return False
    return False


def accepted(form, answer):
    try:
        form.answer(answer)
    except InvalidAnswer:
        return False
    return True


def finished(schema, seed):
    """A form answered to its end with a valid result, and that result; None where there is none."""
    form = Form(schema)
    if not play(form, seed):
        return None
    try:
        return form, form.result()
    except InvalidInput:
        return None


def same(one, other):
    return canonical(one) == canonical(other)


@SOME
@given(SCHEMAS, SEEDS)
def test_accepted_answers_make_a_valid_result(schema, seed):
    form = Form(schema)
    if not play(form, seed) or all(question.hidden for question, _ in form.answers()):
        return
    form.result()


@SOME
@given(SCHEMAS, SEEDS)
def test_reopening_any_answer_and_giving_it_again_changes_nothing(schema, seed):
    done = finished(schema, seed)
    if done is None:
        return
    form, result = done
    for index, (question, value) in enumerate(form.answers()):
        form.reopen(index)
        assert form.next().path == question.path
        form.answer(value)
        assert form.next() is None
        assert same(form.result(), result)


@SOME
@given(SCHEMAS, SEEDS)
def test_edited_unchanged_a_value_stays(schema, seed):
    done = finished(schema, seed)
    if done is None or done[1] is None:
        return
    form = Form(schema, current=done[1])
    while (question := form.next()) is not None:
        form.answer(question.default)
    assert same(form.result(), done[1])
    form = Form(schema, current=done[1])
    form.page()
    assert same(form.result(), done[1])


@SOME
@given(SCHEMAS, SEEDS)
def test_set_whole_a_value_is_the_result_and_set_again_changes_nothing(schema, seed):
    done = finished(schema, seed)
    if done is None or done[1] is None or not done[0].answers():
        return
    form = Form(schema)
    form.set((), done[1])
    assert not form.problems()
    assert same(form.result(), done[1])
    change = form.set((), done[1])
    assert (change.appeared, change.vanished, change.changed) == ((), (), ())


@SOME
@given(SCHEMAS, SEEDS)
def test_value_set_in_place_leaves_the_form_as_a_new_walk_would(schema, seed):
    done = finished(schema, seed)
    if done is None:
        return
    form, rng = done[0], random.Random(seed)
    for _ in range(6):
        paths = [field.path for field in form.page().fields] or [()]
        try:
            form.set(rng.choice(paths), rng.choice(ANSWERS))
        except InvalidAnswer:
            continue
        patched, problems = form.page(), form.problems()
        form.next()  # starts anew, from the answers alone
        form.unset(("no such field",))
        assert form.page() == patched
        assert form.problems() == problems


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def case(request):
    return json.loads(request.param.read_text(encoding="utf-8"))


def test_corpus_is_here_or_its_walks_are_skipped():
    if not FILES:
        pytest.skip("the shared corpus is not here")


def test_reopening_an_answer_of_the_corpus_changes_nothing(case):
    for instance in case["valid"]:
        form = answered(case["schema"], instance)
        result, before = form.result(), form.answers()
        for index in range(0, len(before), max(1, len(before) // 8)):
            question, value = before[index]
            form.reopen(index)
            assert form.next().path == question.path
            form.answer(value)
            assert form.next() is None
            assert same(form.result(), result)


def test_leaving_a_value_of_the_corpus_out_and_giving_it_again_changes_nothing(case):
    for instance in case["valid"]:
        form = answered(case["schema"], instance)
        result = form.result()
        fields = [one for one in form.page().fields if not one.required and one.container is None]
        for field in fields[:: max(1, len(fields) // 8)]:
            if not isinstance(field.value, str | int | float):
                continue
            form.unset(field.path)
            form.set(field.path, field.value)
            assert same(form.result(), result)


def test_instance_of_the_corpus_is_set_whole(case):
    for instance in case["valid"]:
        result, _ = reach(case["schema"], instance)
        form = Form(case["schema"])
        form.set((), result)
        assert same(form.result(), result)


@pytest.mark.parametrize("seed", range(4))
def test_schema_of_the_corpus_has_no_dead_end(case, seed):
    form = Form(case["schema"])
    if play(form, seed):
        form.result()


def answered(schema, instance):
    form = Form(schema)
    while (question := form.next()) is not None:
        form.answer(respond(question, instance))
    return form
