"""Records: what dataclasses do, for classes that have to be quick to import."""

from typing import Any, ClassVar

import pytest

from connectors_cli.system.record import Record, field, names_of, replace, values_of


class Point(Record):
    kind: ClassVar[str] = "point"
    x: int
    y: int = 0
    seen: list[Any] = field(default_factory=list)
    secret: str = field(default="canary", shown=False)
    cache: Any = field(default=None, compared=False)


class Named(Point):
    name: str = "n"


class Open(Record, frozen=False):
    x: int


def test_values_come_by_place_name_or_default():
    point = Point(1, seen=["a"])
    assert (point.x, point.y, point.seen, point.secret) == (1, 0, ["a"], "canary")
    assert Point(1).seen is not Point(1).seen
    assert names_of(Named) == ("x", "y", "seen", "secret", "cache", "name")
    assert Named(1, name="m").name == "m"


@pytest.mark.parametrize(
    ("args", "values"), [((), {}), ((1,), {"x": 2}), ((1,), {"z": 2}), (range(7), {})]
)
def test_missing_unknown_and_double_values_are_errors(args, values):
    with pytest.raises(TypeError):
        Point(*args, **values)


def test_records_are_equal_by_their_compared_values():
    assert Point(1, cache=1) == Point(1, cache=2)
    assert Point(1) != Point(2)
    assert Point(1) != Named(1)
    assert hash(Point(1, seen=())) == hash(Point(1, seen=()))


def test_repr_leaves_out_what_is_secret():
    assert repr(Point(1)) == "Point(x=1, y=0, seen=[], cache=None)"


def test_frozen_records_cannot_change():
    point = Point(1)
    with pytest.raises(AttributeError):
        point.x = 2
    with pytest.raises(AttributeError):
        del point.x
    assert replace(point, x=2) == Point(2)
    assert point.x == 1


def test_what_else_a_record_keeps_is_no_field():
    one = Open(1)
    one.seen = True
    assert replace(one, x=2) == Open(2)
    assert values_of(one) == {"x": 1}


def test_open_records_can_change_and_have_no_hash():
    one = Open(1)
    one.x = 2
    assert one == Open(2)
    with pytest.raises(TypeError):
        hash(one)
