"""Values from variables, files, commands and standard input arrive as they are meant."""

import json
import os

import pytest

KEY = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n"
FIELD = {"title": "Token", "type": "string", "writeOnly": True}
BOX = {
    "key": "box",
    "name": "Box",
    "auth_type": "api_key",
    "category": "Web",
    "config_schema": {"type": "object", "properties": {}},
    "auth_schema": {
        "type": "object",
        "properties": {"token": FIELD, "pem": FIELD, "any": {**FIELD, "enum": ["", "x"]}},
    },
}


@pytest.fixture
def box(run, tmp_path, monkeypatch):
    (tmp_path / "box.json").write_text(json.dumps(BOX))
    assert run("catalog", "add", tmp_path / "box.json").code == 0
    monkeypatch.chdir(tmp_path)


def value(run, name="a", field="token"):
    return json.loads(run("get", name, field, "--reveal", "--json").out)["value"]


@pytest.fixture
def give(run, box, tmp_path, monkeypatch):
    """Install a connector whose token comes from a source of some kind."""

    def given(way, text):
        path = tmp_path / "value"
        path.write_bytes(text.encode())
        path.chmod(0o600)
        monkeypatch.setenv("VALUE", text)
        if way in {"env", "file", "cmd"}:
            source = {"env": "env:VALUE", "file": f"file:{path}", "cmd": f"cmd:cat {path}"}[way]
            return run("install", "box", "--name", "a", "--secret", f"token={source}")
        kind = {"apply": "file: value", "manifest": "env: VALUE"}[way]
        (tmp_path / "m.yaml").write_text(
            f"connectors:\n- {{name: a, type: box, auth: {{token: {{{kind}}}}}}}\n"
        )
        return run("apply", "-f", tmp_path / "m.yaml", "--yes")

    return given


WAYS = ["env", "file", "cmd", "apply", "manifest"]


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("abc\n", "abc"),
        ("a\n\n", "a"),
        ("a\r\n", "a"),
        (KEY, KEY),
        ("\ufeffab", "ab"),
        ("a ", "a "),
    ],
)
def test_a_value_is_the_same_from_everywhere(give, run, way, text, meant):
    done = give(way, text)
    assert done.code == 0, done.err
    assert value(run) == meant


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", ["", "\n", " \t\n"])
def test_an_empty_secret_is_refused(give, run, way, text):
    done = give(way, text)
    assert done.code == 3
    assert "is empty" in done.err or "printed nothing" in done.err
    assert run("list", "-o", "names").out == ""


def test_an_empty_secret_that_the_schema_names_is_kept(run, box, monkeypatch):
    monkeypatch.setenv("VALUE", "")
    assert run("install", "box", "--name", "a", "--secret", "any=env:VALUE").code == 0
    assert value(run, field="any") == ""


@pytest.mark.parametrize(
    "line",
    [
        ("install", "box", "--name", "a", "--secret", "token=-", "--secret", "pem=-"),
        ("install", "--from-file", "-", "--secret", "token=-"),
    ],
    ids=" ".join,
)
def test_standard_input_has_one_reader(spawn, box, run, line):
    assert run("init").code == 0
    done = spawn(*line, stdin=json.dumps({"name": "a", "type": "box", "config": {}}))
    assert done.code == 2, done.err
    assert "standard input can be read for one of them only" in done.err
    assert run("list", "-o", "names").out == ""


def test_files_are_looked_for_next_to_the_document_that_names_them(run, box, tmp_path):
    folder = tmp_path / "sub"
    folder.mkdir()
    (folder / "t").write_text("tok99\n")
    (folder / "t").chmod(0o600)
    document = "name: {name}\ntype: box\nauth: {{token: {{file: t}}}}\n"
    (folder / "one.yaml").write_text(document.format(name="one"))
    manifest = "connectors:\n- {name: two, type: box, auth: {token: {file: t}}}\n"
    (folder / "m.yaml").write_text(manifest)
    assert run("install", "--from-file", "sub/one.yaml").code == 0
    assert run("apply", "-f", "sub/m.yaml", "--yes").code == 0
    assert [value(run, name) for name in ("one", "two")] == ["tok99", "tok99"]
    (folder / "m.yaml").write_text(manifest.replace("file: t", "file: missing"))
    refused = run("apply", "-f", "sub/m.yaml", "--yes")
    assert refused.code == 3
    assert "sub/missing cannot be read" in refused.err


def test_a_dash_is_standard_output_or_refused(run, blog, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "blog" in run("export", "--all", "--to", "-").out
    assert run("backup", "-").code == 2
    assert run("key", "export", "--to", "-").code == 2
    assert not (tmp_path / "-").exists()


def test_a_tilde_is_the_home_folder(run, blog, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run("export", "--all", "--to", "~/all.yaml").code == 0
    assert (tmp_path / "all.yaml").exists()


@pytest.mark.parametrize("forbids", [["--no-input"], []])
def test_no_editor_starts_where_nobody_is(run, blog, monkeypatch, forbids, tmp_path):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    if forbids:
        monkeypatch.setenv("EDITOR", f"touch {tmp_path / 'started'}")
    done = run(*forbids, "edit", blog, "--editor")
    assert (done.code, "an editor needs a terminal" in done.err) == (2, True)
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(
    "environ", [{"HOME": "relative"}, {"HOME": "", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "c"}]
)
def test_without_a_home_folder_one_sentence_says_what_to_set(run, monkeypatch, tmp_path, environ):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONNECTORS_HOME")
    for name, text in environ.items():
        monkeypatch.setenv(name, text)
    if environ["HOME"] == "":
        monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # a user without an entry
    for line in (["init"], ["whoami"], ["targets", "--json"]):
        done = run(*line)
        assert done.code == 2, line
        assert "there is no home folder" in done.err
    assert list(tmp_path.iterdir()) == []
