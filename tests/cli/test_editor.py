"""`edit --editor`: settings in an editor, credentials as placeholders."""

import json

import pytest


@pytest.fixture
def editor(monkeypatch):
    """Make `sed` the editor, with one replacement."""

    def use(before: str, after: str) -> None:
        monkeypatch.setenv("EDITOR", f"sed -i 's|{before}|{after}|'")

    return use


def test_setting_changed_in_the_editor_is_saved(run, blog, editor):
    editor("https://blog.example.com", "https://new.example.com")
    assert run("edit", blog, "--editor", "--yes").code == 0
    assert json.loads(run("show", blog, "--json").out)["config"]["site_url"] == (
        "https://new.example.com"
    )


def test_options_other_than_values_apply_as_well(run, blog, editor):
    editor("https://blog.example.com", "https://new.example.com")
    assert run("edit", blog, "--editor", "--yes", "--tag", "new", "--rename", "press").code == 0
    shown = json.loads(run("show", "press", "--json").out)
    assert (shown["tags"], shown["config"]["site_url"]) == (
        ["prod", "new"],
        "https://new.example.com",
    )
    assert run("edit", "press", "--editor", "--yes", "--if-version", "1", "--tag", "x").code == 6


def test_value_options_are_refused_with_an_editor(run, blog, editor):
    editor("https://blog.example.com", "https://new.example.com")
    done = run("edit", blog, "--editor", "-s", "site_url=https://other.example.com")
    assert (done.code, "pass no others" in done.err) == (2, True)
    assert run("get", blog, "site_url").out == "https://blog.example.com\n"


def test_file_in_the_editor_contains_no_credential(run, blog, monkeypatch, tmp_path):
    monkeypatch.setenv("EDITOR", f"cp -t {tmp_path}")
    assert "unchanged" in run("edit", blog, "--editor").out
    (copy,) = tmp_path.glob("edit.yaml")
    assert "canary-password" not in copy.read_text()
    assert "application_password: (kept)" in copy.read_text()


def test_reference_sets_a_credential(run, blog, editor, monkeypatch):
    monkeypatch.setenv("NEW", "new-password")
    editor("application_password: .kept.", "application_password: {env: NEW}")
    assert run("edit", blog, "--editor").code == 0
    assert run("get", blog, "application_password", "--reveal").out == "new-password\n"


def test_secret_in_plain_text_is_refused(run, blog, editor):
    editor("application_password: .kept.", "application_password: written-out")
    done = run("edit", blog, "--editor")
    assert (done.code, "written-out" in done.err) == (2, False)


def test_invalid_values_are_not_saved(run, blog, editor):
    editor("site_url: .*", "site_url: nowhere")
    assert run("edit", blog, "--editor").code == 3
    assert run("get", blog, "site_url").out == "https://blog.example.com\n"


def test_failing_editor_changes_nothing(run, blog, monkeypatch):
    monkeypatch.setenv("EDITOR", "false")
    assert run("edit", blog, "--editor").code == 130
