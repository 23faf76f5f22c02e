"""Generated schemas for forms, and answers to try."""

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "c", "kind"])
SCALARS = st.sampled_from(["", "x", "yes", 0, 1, 2.5, True, None])
LEAVES = st.one_of(
    st.sampled_from(["string", "integer", "number", "boolean", "null"]).map(lambda t: {"type": t}),
    st.lists(SCALARS, min_size=1, max_size=3).map(lambda values: {"enum": values}),
    SCALARS.map(lambda value: {"const": value}),
    st.just({"type": ["string", "null"]}),
    st.just({"type": "string", "minLength": 2, "pattern": "^[a-z]"}),
    st.just({"type": "integer", "minimum": 1, "exclusiveMaximum": 4}),
    st.booleans(),
    st.just({}),
    st.just({"$ref": "#/$defs/shared"}),
)


def objects(inner):
    return st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(NAMES, inner, max_size=3)},
        optional={
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": st.one_of(st.booleans(), inner),
            "minProperties": st.integers(0, 2),
            "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=1), max_size=1),
        },
    )


def lists(inner):
    return st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner},
        optional={"minItems": st.integers(0, 2), "uniqueItems": st.booleans()},
    )


def combined(inner):
    branches = st.lists(inner, min_size=1, max_size=3)
    condition = st.builds(
        lambda name, value: {"properties": {name: {"const": value}}, "required": [name]},
        NAMES,
        SCALARS,
    )
    return st.one_of(
        st.builds(lambda key, subs: {key: subs}, st.sampled_from(["oneOf", "anyOf"]), branches),
        st.builds(lambda base, sub: {**base, "allOf": [sub]}, objects(inner), objects(inner)),
        st.builds(lambda base, subs: {**base, "anyOf": subs}, objects(inner), branches),
        st.builds(
            lambda base, test, then, other: {**base, "if": test, "then": then, "else": other},
            objects(inner),
            condition,
            objects(inner),
            inner,
        ),
        st.builds(lambda base, sub: {**base, "not": sub}, objects(inner), condition),
    )


SCHEMAS = st.builds(
    lambda schema, shared: {"$defs": {"shared": shared}, "allOf": [schema]},
    st.recursive(
        LEAVES, lambda inner: objects(inner) | lists(inner) | combined(inner), max_leaves=8
    ),
    LEAVES.filter(lambda leaf: leaf != {"$ref": "#/$defs/shared"}) | objects(LEAVES),
)
ANSWERS = [None, "abc", 1, 2, 2.5, True, False, "zz", 3, "q", {}, []]
