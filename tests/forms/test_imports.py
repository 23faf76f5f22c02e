"""Importing the form engine stays cheap: nothing but the standard library and the validators."""

import json
import subprocess
import sys

SCRIPT = """
import json, sys
for name in ("rfc3987_syntax", "arrow", "fqdn", "isoduration", "webcolors", "uri_template"):
    sys.modules[name] = None  # jsonschema imports them where they happen to be installed
import connectors_cli.forms.form, connectors_cli.forms.validation, connectors_cli.forms.secrets
files = [(n, getattr(m, "__file__", None) or "") for n, m in list(sys.modules.items())]
print(json.dumps(sorted({n.split(".")[0] for n, f in files if "site-packages" in f})))
"""
ALLOWED = {
    "attr",
    "attrs",
    "idna",
    "jsonpointer",
    "jsonschema",
    "jsonschema_specifications",
    "referencing",
    "rfc3339_validator",
    "rfc3986_validator",
    "rpds",
    "six",
    "typing_extensions",
}


def test_importing_forms_imports_nothing_else():
    out = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    imported = {name for name in json.loads(out.stdout) if not name.startswith("_")}
    assert imported <= ALLOWED
