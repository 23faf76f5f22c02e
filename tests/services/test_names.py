"""Names: what new ones may contain, and which are refused for their look."""

import json
import sqlite3
from contextlib import closing

import pytest

from connectors_cli.errors import InvalidInput
from connectors_cli.services.names import check_name, check_new_name, check_tags


@pytest.mark.parametrize("char", list("$`\"';&|<>(){}*?!#~"))
def test_a_new_name_has_no_shell_character(char):
    with pytest.raises(InvalidInput, match="shells act on"):
        check_new_name(f"a{char}b")
    assert check_name(f"a{char}b") == f"a{char}b"  # an existing one is found by it


@pytest.mark.parametrize("code", [0x034F, 0x115F, 0x1160, 0x3164, 0xFE0F, 0x2800, 0xFFA0, 0xE0100])
def test_a_new_name_has_no_invisible_character(code):
    with pytest.raises(InvalidInput, match=f"invisible character U\\+{code:04X}"):
        check_new_name(f"blog{chr(code)}")


def test_scripts_that_are_not_used_together_need_a_yes():
    with pytest.raises(InvalidInput, match="mixes Cyrillic and Latin") as caught:
        check_new_name("n\u0435ws-\u0431\u0433")
    assert "--yes" in caught.value.hint
    assert check_new_name("n\u0435ws-\u0431\u0433", mixed=True)
    for name in ("Москва", "日本語 ブログ x", "한국 news", "café", "Ελλάδα", "my blog (no)"[:7]):
        assert check_new_name(name) == name


def test_tags_that_exist_stay():
    assert check_tags(["a$b", "c"], existing=["a$b"]) == ["a$b", "c"]
    with pytest.raises(InvalidInput):
        check_tags(["a$b"])


@pytest.mark.parametrize("word", ["news$(id)", "bl\u034fog", "bl\u043eg"])
def test_every_way_in_refuses_hostile_new_names(run, blog, tmp_path, word, monkeypatch):
    monkeypatch.setenv("TOKEN", "canary-token")
    document = {
        "connectors": [
            {"name": word, "type": "medium", "auth": {"integration_token": {"env": "TOKEN"}}}
        ]
    }
    (tmp_path / "c.json").write_text(json.dumps(document))
    secret = ("-S", "integration_token=env:TOKEN")
    for line in (
        ("install", "medium", "--yes", *secret, "--name", word),
        ("edit", "blog", "--rename", word),
        ("apply", "-f", tmp_path / "c.json", "--yes"),
        ("import", tmp_path / "c.json"),
    ):
        assert run(*line).code in {3, 6}, line


@pytest.mark.sqlite
def test_an_existing_hostile_name_keeps_working(run, blog, settings):
    with closing(sqlite3.connect(settings.home + "/store.db")) as db, db:
        db.execute("UPDATE connectors SET tags = '[\"a$b\"]'")
    run("credentials", "accept", "blog", "--yes")
    assert run("edit", "blog", "--tag", "new").code == 0
    assert run("edit", "blog", "--untag", "a$b").code == 0


def query(settings, sql, *values):
    with closing(sqlite3.connect(settings.home + "/store.db")) as db, db:
        return db.execute(sql, values).fetchall()


def install(run, name):
    line = ("install", "medium", "-N", name, "-S", "integration_token=env:TOKEN", "--yes")
    return run(*line)


def test_names_that_look_like_one_that_exists_are_refused(run, blog, monkeypatch):
    monkeypatch.setenv("TOKEN", "canary-token")
    assert install(run, "\u0397ello").code == 0  # a Greek capital that looks like H
    for name in ("BLOG", "bl\u043eg", "hello", "\u041dello", "\u03b7ello"):
        done = install(run, name)
        assert (done.code, "looks like" in done.err) == (6, True), (name, done.err)
        assert run("edit", "blog", "--rename", name, "--yes").code == (
            0 if name in {"BLOG", "bl\u043eg"} else 6
        )
        run("edit", name, "--rename", "blog")
    assert install(run, "yellow").code == 0


def test_the_look_of_a_name_follows_it(run, blog, settings, monkeypatch):
    monkeypatch.setenv("TOKEN", "canary-token")
    looks = "SELECT name, folded, lookalike FROM connectors"
    assert query(settings, looks) == [("blog", "blog", None)]
    assert run("edit", "blog", "--rename", "\u0397ello", "--yes").code == 0
    assert query(settings, looks) == [("\u0397ello", "\u03b7ello", "hello")]
    assert install(run, "blog").code == 0
    assert run("remove", "\u0397ello").code == 0
    assert install(run, "hello").code == 0
    assert run("restore", "\u0397ello").code == 6
    assert run("restore", "\u0397ello", "--rename", "other").code == 0
    assert sorted(query(settings, looks)) == [(n, n, None) for n in ("blog", "hello", "other")]


def test_doctor_reports_a_look_that_does_not_fit_its_name(run, blog, settings):
    def names():
        results = json.loads(run("doctor", "--json").out)["results"]
        return [(r["state"], r["message"]) for r in results if r["check"] == "names"]

    assert names() == []
    query(settings, "UPDATE connectors SET folded = 'other'")
    ((state, message),) = names()
    assert (state, "blog" in message) == ("failure", True)
    assert run("show", "blog").code == 0
    assert run("edit", "blog", "--rename", "news").code == 0
    assert names() == []


def test_accepting_a_name_that_was_changed_outside_renews_its_look(run, blog, settings):
    query(settings, "UPDATE connectors SET name = 'News'")
    assert run("credentials", "accept", "News", "--yes").code == 0
    assert query(settings, "SELECT folded, lookalike FROM connectors") == [("news", None)]
