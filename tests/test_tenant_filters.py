"""Every statement on a table that tenants share names the tenant, or stands here with why not."""

import ast
import re
from pathlib import Path

import pytest

import connectors_cli
from connectors_cli.tables import SQLModel

PACKAGE = Path(connectors_cli.__file__).parent
SHARED = {name for name, table in SQLModel.metadata.tables.items() if "tenant_id" in table.c}
SHARED |= {"installed_connectors", "publish_targets", "removed_connectors", "deliveries"}
MODELS = {"Connector", "Preset", "Member", "KeyRow", "Event", "Webhook", "LogHead", "_TABLE"}
STATEMENT = re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO)\s+({'|'.join(sorted(SHARED))})\b")
# Functions that look at more than one tenant on purpose, or are handed rows of one.
WHY = {
    "batches.insert": "its rows hold their tenant",
    "resealing.clear": "it changes rows that its caller found in the tenant",
    "resealing.seal_as_it_is": "it changes rows that its caller found in the tenant",
    "resealing._write": "it writes back rows that were read of the tenant, by id",
    "rotation._set_state": "its keys were found in the tenant",
    "tallies._span": "its condition names the tenant",
}


def functions():
    """Yield every function of the package: `module.function`, and its source."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "versions" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        module = path.relative_to(PACKAGE).with_suffix("").as_posix()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                yield f"{module}.{node.name}", ast.get_source_segment(text, node) or "", node


def touches_shared(source: str, node: ast.FunctionDef) -> bool:
    """Tell whether a function selects, changes or deletes rows of a shared table."""
    texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
    if any(isinstance(text, str) and STATEMENT.search(text) for text in texts):
        return True
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
    names = [ast.unparse(call) for call in calls if ast.unparse(call.func) in ORM]
    return any(MODELS & set(re.findall(r"\w+", name)) for name in names)


ORM = {"select", "update", "delete", "insert", "session.get", "session.get_one"}
FOUND = {name: source for name, source, node in functions() if touches_shared(source, node)}


def test_the_statements_are_found():
    assert {
        "membership.standing",
        "records.find_live",
        "services/presets.save_preset",
    } <= FOUND.keys()
    assert len(FOUND) > 20


@pytest.mark.parametrize("name", FOUND)
def test_a_statement_on_a_shared_table_names_the_tenant(name):
    assert name in WHY or re.search(r"tenant", FOUND[name])


def test_no_reason_outlives_its_statement():
    assert WHY.keys() <= FOUND.keys()
