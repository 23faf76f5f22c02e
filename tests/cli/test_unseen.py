"""Characters that nobody sees, domains in other scripts and passwords in addresses: one rule."""

import json
import unicodedata

import pytest

from connectors_cli.catalog.read import builtin
from connectors_cli.system.domains import ascii_domain
from connectors_cli.system.unseen import unseen_problem

BOX = {
    "key": "box",
    "name": "Box",
    "auth_type": "api_key",
    "category": "Web",
    "config_schema": {
        "type": "object",
        "properties": {
            "url": {"type": "string", "format": "uri"},
            "text": {"type": "string"},
            "code": {"type": "string", "pattern": "."},
            "one": {"enum": ["a\u00a0b", "c"]},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    },
    "auth_schema": {
        "type": "object",
        "properties": {
            "user": {"type": "string"},
            "token": {"type": "string", "writeOnly": True},
        },
    },
}
HIDDEN = {
    "zero width": "ab\u200bcd",
    "no-break space": "abcd\u00a0",
    "inner no-break space": "ab\u00a0cd",
    "mark": "ab\u200ecd",
    "override": "ab\u202ecd",
    "order": "ab\ufeffcd",
    "escape": "ab\x1bcd",
    "nul": "ab\x00cd",
    "soft hyphen": "ab\u00adcd",
    "joiner": "ab\u200dcd",
    "line separator": "ab\u2028cd",
}


@pytest.fixture
def box(run, tmp_path, monkeypatch):
    (tmp_path / "box.json").write_text(json.dumps(BOX))
    assert run("catalog", "add", tmp_path / "box.json").code == 0
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def give(box, run, monkeypatch):
    """Install a connector with a value that comes one way."""
    return lambda way, field, text: given(way, field, text, (box, run, monkeypatch))


def given(way, field, text, around):
    box, run, monkeypatch = around
    part = "auth" if field in {"user", "token"} else "config"
    value = box / "value"
    value.write_text(text)
    value.chmod(0o600)
    if "\0" not in text:
        monkeypatch.setenv("V", text)
        monkeypatch.setenv(f"AC_{field.upper()}", text)
    document = {"name": "a", "type": "box", part: {field: text}}
    (box / "one.json").write_text(json.dumps(document))
    (box / "many.json").write_text(json.dumps({"connectors": [document]}))
    for name in ("one.json", "many.json"):
        (box / name).chmod(0o600)
    install = ("install", "box", "--name", "a")
    lines = {
        "set": (*install, "--set", f"{field}={text}"),
        "json": (*install, "--set-json", f"{field}={json.dumps(text)}"),
        "env": (*install, "--secret", f"{field}=env:V"),
        "file": (*install, "--secret", f"{field}=file:value"),
        "cmd": (*install, "--secret", f"{field}=cmd:cat value"),
        "from-env": (*install, "--from-env", "AC"),
        "from-file": ("install", "--from-file", "one.json"),
        "apply": ("apply", "-f", "many.json", "--yes", "--allow-plain"),
    }
    return run(*lines[way])


WAYS = ["env", "file", "cmd", "from-env", "from-file", "apply"]


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_a_credential_has_no_character_that_nobody_sees(run, give, way, text):
    if "\0" in text and way in {"env", "from-env"}:
        pytest.skip("no variable can contain it")
    done = give(way, "token", text)
    assert done.code == 3
    assert "character U+" in done.err
    assert "abcd" not in done.err
    assert run("list", "-o", "names").out == ""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["set", "json", "from-env", "from-file", "apply"])
@pytest.mark.parametrize(
    ("field", "text", "good"),
    [
        ("text", "Bonjour\u00a0!", True),
        ("text", "שלום\u200f abc", True),
        ("text", "\u0646\u0645\u06cc\u200c\u062e\u0648 👨\u200d👩", True),
        ("text", "\u00a0Bonjour", False),
        ("text", "ab\u202ecd", False),
        ("text", "ab\x1b[31mcd", False),
        ("text", "two\nlines\tand a tab\n", True),
        ("code", "ab\u00a0cd", False),
        ("one", "a\u00a0b", True),
        ("user", "ali\u200bce", False),
        ("user", "Alice Müller", True),
    ],
)
def test_settings_may_be_laid_out_and_nothing_else(run, give, way, field, text, good):
    done = give(way, field, text)
    assert done.code == (0 if good else 3), done.err
    assert ("character U+" in done.err) is not good
    if good:
        assert run("get", "a", field).out.rstrip("\n") == text.rstrip("\n")


def test_spaces_around_a_value_are_kept_and_noted(run, give):
    done = give("env", "token", " abcd ")
    assert "token: begins or ends with a space, which is kept" in done.err
    assert json.loads(run("get", "a", "token", "--reveal", "--json").out)["value"] == " abcd "


@pytest.mark.slow
@pytest.mark.parametrize("way", ["set", "json", "from-env", "from-file", "apply"])
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://münchen.social/", "https://xn--mnchen-3ya.social/"),
        ("https://mu\u0308nchen.social", "https://xn--mnchen-3ya.social"),
        ("https://例え.テスト", "https://xn--r8jz45g.xn--zckzah"),
        ("straße.example/über?q=ä", "https://xn--strae-oqa.example/%C3%BCber?q=%C3%A4"),
        ("https://xn--mnchen-3ya.social", "https://xn--mnchen-3ya.social"),
        ("https://\u0440\u0430ypal.example", None),
        ("https://mün\u200bchen.example", None),
    ],
)
def test_domains_in_other_scripts_are_kept_in_ascii(run, give, way, text, kept):
    done = give(way, "url", text)
    if kept is None:
        assert (done.code, "url: must be" in done.err) == (3, True), done.err
    else:
        assert done.code == 0, done.err
        assert run("get", "a", "url").out == f"{kept}\n"


def test_a_mail_server_and_address_in_another_script(run):
    sets = ("--set", "host=post.münchen.example", "--set", "from_email=josé@münchen.example")
    assert run("install", "smtp", "--name", "m", *sets).code == 0
    assert run("get", "m", "host").out == "post.xn--mnchen-3ya.example\n"
    assert run("get", "m", "from_email").out == "josé@xn--mnchen-3ya.example\n"


def test_answers_of_other_programs_are_completed_too(box, run):
    answer = {"path": ["url"], "value": "münchen.social"}
    (box / "answers.json").write_text(json.dumps({"answers": [answer]}))
    done = run("install", "box", "--name", "a", "--answers", "answers.json")
    assert done.code == 0, done.err
    assert run("get", "a", "url").out == "https://xn--mnchen-3ya.social\n"


@pytest.mark.slow
@pytest.mark.parametrize("way", ["set", "json", "from-env", "from-file", "apply"])
@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("url", "https://alice:hunter22@x.example"),
        ("url", "https://token-123@x.example"),
        ("text", "https://alice:hunter22@x.example/a"),
        ("code", "postgresql://alice:hunter22@x.example/db"),
    ],
)
def test_no_address_contains_a_password(run, give, way, field, text):
    done = give(way, field, text)
    assert done.code == 3
    expected = f"{field}: must not contain a user name or password: use --set user=VALUE"
    assert f"{expected} --secret token=SOURCE" in done.err
    assert "hunter22" not in done.err


def test_a_password_inside_an_object_is_found(box, run):
    value = json.dumps({"a": "https://alice:hunter22@x.example"})
    done = run("install", "box", "--name", "a", "--set-json", f"labels={value}")
    assert (done.code, "labels.a: must not contain" in done.err) == (3, True)


ADDRESSES = [
    (entry.key, name)
    for entry in builtin().values()
    for name, schema in entry.config_schema["properties"].items()
    if schema.get("format") == "uri" and schema.get("x-filled-by") != "flow"
]


@pytest.mark.slow
@pytest.mark.parametrize(("key", "name"), ADDRESSES, ids=map(str, ADDRESSES))
def test_every_type_refuses_a_password_in_an_address(run, key, name):
    done = run("validate", "--type", key, "--set", f"{name}=https://alice:hunter22@x.example")
    assert done.code == 3
    assert "must not contain a user name or password" in done.out + done.err
    assert "hunter22" not in done.out + done.err


def test_names_and_tags_are_found_however_their_letters_are_composed(box, run):
    composed, apart = "münchen", unicodedata.normalize("NFD", "münchen")
    assert run("install", "box", "--name", apart, "--tag", apart, "--set", "text=é").code == 0
    for name in (composed, apart):
        assert run("show", name, "--json", "--fields", "name").code == 0
        assert run("get", name, "text").out == "é\n"
        assert run("list", "--tag", name, "-o", "names").out == f"{composed}\n"
        assert run("list", "-q", name, "-o", "names").out == f"{composed}\n"
        assert run("log", name).code == 0
        assert run("env", name).code == 0
        assert run("edit", name, "--untag", name).code == 0
        assert run("list", "--tag", name, "-o", "names").out == ""
        assert run("edit", name, "--tag", name).code == 0
        assert run("preset", "save", name, "--from", name).code == 0
        assert run("preset", "show", name).code == 0
        assert run("remove", name, "--yes").code == 0
        assert run("restore", name).code == 0


@pytest.mark.parametrize(
    ("text", "exact", "is_good"),
    [
        ("", True, True),
        ("abc", True, True),
        ("a\nb\n", True, True),
        ("é", True, True),
        ("👨\u200d👩", True, True),
        ("a\u200db", True, False),
        ("\u200dé", True, False),
        ("a\u3000b", True, False),
        ("a\u3000b", False, True),
        ("a\u2066b", False, False),
        ("\ud800", False, False),
    ],
)
def test_what_is_unseen(text, exact, is_good):
    assert (unseen_problem(text, exact=exact) is None) is is_good


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("example.com", "example.com"),
        ("MÜNCHEN.de", "xn--mnchen-3ya.de"),
        ("faß.de", "xn--fa-hia.de"),
        ("日本語。jp", "xn--wgv71a119e.jp"),
        ("a\u200db.de", None),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("a_ü.de", None),
    ],
)
def test_domain_in_ascii(domain, expected):
    assert ascii_domain(domain) == expected


@pytest.mark.slow
@pytest.mark.parametrize("way", ["env", "file", "from-env", "from-file", "apply"])
@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_an_empty_secret_is_refused_from_everywhere(run, give, way, text):
    done = give(way, "token", text)
    assert (done.code, "is empty" in done.err) == (3, True), done.err


def test_an_empty_secret_of_an_answer_or_inside_an_object_is_refused(box, run, monkeypatch):
    monkeypatch.setenv("E", "")
    answer = {"path": ["token"], "value": ""}
    (box / "answers.json").write_text(json.dumps({"answers": [answer]}))
    (box / "answers.json").chmod(0o600)
    done = run("install", "box", "--name", "a", "--answers", "answers.json")
    assert (done.code, "is empty" in done.err) == (3, True), done.err
    kind = json.loads(json.dumps(BOX))
    kind["key"] = "deep"
    inner = {"type": "object", "properties": {"key": BOX["auth_schema"]["properties"]["token"]}}
    kind["auth_schema"]["properties"]["login"] = inner
    (box / "deep.json").write_text(json.dumps(kind))
    assert run("catalog", "add", "deep.json").code == 0
    document = {"name": "a", "type": "deep", "auth": {"login": {"key": {"env": "E"}}}}
    (box / "one.json").write_text(json.dumps(document))
    done = run("install", "--from-file", "one.json")
    assert (done.code, "login.key: is empty" in done.err) == (3, True), done.err
