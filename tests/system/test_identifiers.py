"""UUIDs as the standard library makes them."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from connectors_cli.system.identifiers import named_id, random_id


def test_random_ids_are_uuids_of_version_4_and_differ():
    found = {random_id() for _ in range(100)}
    assert len(found) == 100
    assert all(str(uuid.UUID(one)) == one for one in found)
    assert {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in found} == {
        (4, uuid.RFC_4122)
    }


@given(st.uuids(), st.text())
def test_named_ids_are_those_of_the_standard_library(namespace, name):
    name = name.encode(errors="ignore").decode()
    assert named_id(str(namespace), name) == str(uuid.uuid5(namespace, name))
