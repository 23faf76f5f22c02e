"""The main job on the command line: install, list, edit, remove, restore, targets."""

import json


def test_an_active_connector_is_a_target(run, blog):
    (target,) = json.loads(run("targets", "--json").out)
    assert (target["name"], target["status"], target["tags"]) == ("blog", "active", ["prod"])
    assert target["auth_fields"] == ["application_password", "username"]


def test_a_removed_connector_comes_back_with_its_credentials(run, blog):
    assert run("remove", "blog").code == 0
    assert json.loads(run("list", "--json").out) == []
    assert run("restore", "blog").code == 0
    assert run("get", "blog", "application_password", "--reveal").out == "canary-password\n"
