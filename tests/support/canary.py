"""A secret to search for, in every encoding, and the command lines that could show it."""

import base64
import json
from urllib.parse import quote, quote_plus

CORE = "Kanarie7391Zx"  # in any escaped form of the canary these letters stay


CANARY = f"{CORE}\"\\é/+%&= '{CORE[::-1]}"


NUMBER = 739_110_042_739


SCHEMA = {
    "required": ["url", "token"],
    "properties": {
        "url": {"type": "string", "maxLength": 30},
        "token": {"type": "string", "writeOnly": True, "pattern": "Zx"},
        "short": {"type": "string", "writeOnly": True, "maxLength": 5},
        "word": {"enum": ["one", "two"], "writeOnly": True},
        "pin": {"type": "integer", "writeOnly": True, "maximum": 10**12},
        "inner": {
            "type": "object",
            "properties": {
                "secret": {"type": "string", "writeOnly": True},
                "n": {"type": "number"},
            },
            "additionalProperties": False,
        },
        "several": {
            "type": "array",
            "items": {"type": "string", "writeOnly": True},
            "uniqueItems": True,
        },
        "either": {
            "oneOf": [{"const": 1}, {"type": "object", "required": ["a"]}],
            "writeOnly": True,
        },
    },
    "additionalProperties": False,
}


def forms(secret: str) -> set[bytes]:
    """Return a secret, plain and in the encodings that programs use."""
    raw, found = secret.encode(), {secret.encode()}
    for shift in range(3):  # where it can begin in what is encoded with it
        padded = b"\0" * shift + raw + b"\0" * (-(len(raw) + shift) % 3)
        for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
            found.add(encode(padded)[4 if shift else 0 : -4])
    found |= {raw.hex().encode(), raw.hex().upper().encode()}
    found |= {
        quote(secret, safe="").encode(),
        quote_plus(secret).encode(),
    }
    for text in (json.dumps(secret), json.dumps(secret, ensure_ascii=False), repr(secret)):
        found |= {text[1:-1].encode(), json.dumps(text[1:-1])[1:-1].encode()}
    return found | {secret.encode("unicode_escape"), secret.encode("utf-16-le")}


FORMS = forms(CANARY) | forms(CORE) | forms(CORE[::-1]) | {str(NUMBER).encode()}


def leaks(data: str | bytes) -> list[bytes]:
    found = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    return [form for form in FORMS if form in found]


WORDPRESS = ("install", "wordpress", "-s", "site_url=https://a.example", "-s", "username=al")


OWN = ("install", "own", "-s", "url=x")


PASSWORD = ("-S", "application_password=env:P")


FAILURES = (
    # at the wrong place of the line
    [*WORDPRESS, "-s", f"application_password={CANARY}"],
    [*WORDPRESS, "--set-json", f"application_password={json.dumps(CANARY)}"],
    [*WORDPRESS, "-S", f"application_password={CANARY}"],
    [*WORDPRESS, "-S", f"{CANARY}"],
    [*WORDPRESS, f"application_password={CANARY}"],
    [*WORDPRESS, f"--application-password={CANARY}"],
    [*OWN, "-s", f"inner.secret={CANARY}"],
    [*OWN, "--set-json", 'inner={"secret": ' + json.dumps(CANARY) + "}"],
    [*OWN, "--set-json", 'inner={"secret": ' + json.dumps(CANARY) + ",}"],
    [*OWN, "-s", f"token={CANARY}"],
    ["edit", "blog", "-s", f"application_password={CANARY}"],
    ["edit", "own", "--set-json", f"several=[{json.dumps(CANARY)}]"],
    ["edit", "own", "--set-json", 'inner={"secret": ' + json.dumps(CANARY) + "}"],
    ["edit", "own", "-s", 'inner={"secret": ' + json.dumps(CANARY) + "}"],
    ["edit", "own", "-s", f"several=[{json.dumps(CANARY)}]"],
    # passed correctly, but something else is wrong
    [*WORDPRESS, *PASSWORD, "-N", "blog"],
    [*WORDPRESS, *PASSWORD, "-N", "bad/name"],
    [*WORDPRESS, *PASSWORD, "-N", "b", "-s", "site_url=nowhere"],
    [*WORDPRESS, *PASSWORD, "-N", "b", "-s", "nosuch=1"],
    [*WORDPRESS, *PASSWORD, "-N", "b", "--tag", "a/b"],
    [*WORDPRESS, *PASSWORD, "-N", "b", "-t", "nosuch"],
    [*WORDPRESS, *PASSWORD, "-N", "b", "--upsert", "--if-not-exists"],
    [*WORDPRESS, *PASSWORD, "-N", "own", "--upsert"],
    ["install", "nosuch", *PASSWORD],
    ["install", "wordpress", *PASSWORD],
    ["edit", "nosuch", *PASSWORD],
    ["edit", "blog", *PASSWORD, "--if-version", "99"],
    ["edit", "blog", *PASSWORD, "--rename", "own"],
    ["edit", "blog", *PASSWORD, "--unset", "nosuch"],
    ["edit", "blog", "-S", "nosuch=env:P"],
    # the value itself is invalid
    [*OWN, "-N", "b", "-S", "token=env:PIN"],
    [*OWN, "-N", "b", "-S", "token=env:P", "-S", "short=env:P"],
    [*OWN, "-N", "b", "-S", "token=env:P", "-S", "word=env:P"],
    [*OWN, "-N", "b", "-S", "token=env:P", "-S", "pin=env:P"],
    [*OWN, "-N", "b", "-S", "token=env:P", "-S", "pin=env:BIG"],
    [*OWN, "-N", "b", "-S", "token=env:P", "-S", "inner=env:P"],
    [*OWN, "-N", "b", "-S", "token=env:P", "-S", "inner.n=env:P"],
    [*OWN, "-N", "b", "-S", "token=env:P", "-S", "inner.nosuch=env:P"],
    [*OWN, "-N", "b", "-S", "token=env:P", "-S", "several=env:P"],
    [*OWN, "-N", "b", "-S", "token=env:P", "-S", "either=env:P"],
    [*OWN, "-N", "b", "-S", "url=env:P", "-S", "token=env:P"],
    [*OWN, "-N", "b", "-S", "token.x=env:P"],
    ["edit", "own", "-S", "token=env:PIN"],
    ["edit", "own", "-S", "short=env:P"],
    # sources
    [*WORDPRESS, "-S", "application_password=cmd:false {0}/secret"],
    [*WORDPRESS, "-S", "application_password=cmd:sh -c 'cat {0}/secret; exit 3'"],
    [*WORDPRESS, "-S", "application_password=file:{0}/secret/x"],
    [*WORDPRESS, "--from-env", "NOSUCH"],
    # unknown names
    ["get", "blog", "nosuch", "--reveal"],
    ["get", "nosuch", "application_password", "--reveal"],
    ["run", "blog", "--file", "application_password", "--", "/nonexistent/program"],
    ["run", "blog", "--file", "nosuch", "--", "true"],
    ["inject", "-i", "/nonexistent/template"],
    ["inject", "-i", "/dev/null", "-o", "/nonexistent/folder/file"],
    ["show", "nosuch"],
    ["remove", "nosuch"],
    ["restore", "nosuch"],
    ["nosuch", CANARY],
)


DOCUMENTS = (
    ("a.json", '{"auth": {"token": "%s",}}'),
    ("a.json", '{"auth": {"token": "%s"}, "config": 7}'),
    ("a.json", '{"auth": "%s"}'),
    ("a.json", '{"auth": ["%s"]}'),
    ("a.json", '{"auth": {"token": ["%s"]}, "config": {"url": "x"}}'),
    ("a.json", '{"auth": {"token": {"a": "%s"}}, "config": {"url": "x"}}'),
    ("a.json", '{"auth": {"token": 739110042739}, "config": {"url": "x"}}'),
    ("a.json", '{"auth": {"token": "%s", "short": "%s"}, "config": {"url": "x"}}'),
    ("a.json", '{"auth": {"token": "%s", "token": "b"}, "config": {"url": "x"}}'),
    ("a.json", '{"auth": {"nosuch": "%s"}, "config": {"url": "x"}}'),
    ("a.json", '{"token": "%s", "url": "x", "several": ["%s", "%s"]}'),
    ("a.json", '{"token": "%s", "name": "a/b", "config": {}}'),
    ("a.yaml", 'auth:\n  token: "%s"\n bad: x\n'),
    ("a.yaml", 'auth: {token: "%s"'),
    ("a.yaml", 'auth: !!python/object:os.system "%s"'),
    ("a.yaml", 'auth: {token: &a "%s", short: *a}'),
    ("a.yaml", 'auth:\n  token: "%s"\n  token: b\n'),
    ("a.toml", 'token = "%s" x\n'),
    ("a.toml", '[auth]\ntoken = "%s"\ntoken = "b"\n'),
)
