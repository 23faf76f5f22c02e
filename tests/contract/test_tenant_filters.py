"""Every SQL statement on a shared table filters by tenant, or is listed here with the reason."""

import ast
import re
from pathlib import Path

import pytest

import connectors_cli
from connectors_cli.store.orm import generate
from connectors_cli.store.orm.tables import SQLModel

PACKAGE = Path(connectors_cli.__file__).parent
SHARED = {name for name, table in SQLModel.metadata.tables.items() if "tenant_id" in table.c}
SHARED |= {"installed_connectors", "publish_targets", "removed_connectors", "deliveries"}
MODELS = {"Connector", "Preset", "Member", "KeyRow", "Event", "Webhook", "LogHead", "_TABLE"}
STATEMENT = re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO)\s+({'|'.join(sorted(SHARED))})\b")
# Functions that look at more than one tenant on purpose, or are handed rows of one.
WHY = {
    "store/read/defaults._stored": "the type of a row of the tenant, by its id",
    "store/read/sealed._select": "its callers add the tenant",
    "store/read/sealed.type_content": "the type of a row of the tenant, by its id",
    "store/read/sealed.type_of": "the type of a row of the tenant, by its id",
    "store/write/connectors._select": "its callers add the tenant",
    "store/orm/generate.statements": "a test below looks at what it compiles",
    "services/keys/reseal.clear": "it changes rows that its caller found in the tenant",
    "services/keys/reseal.seal_as_it_is": "it changes rows that its caller found in the tenant",
    "audit/stats._span": "its condition names the tenant",
}


def functions():
    """Yield every function of the package: `module.function`, and its source."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "versions" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines(keepends=True)
        module = path.relative_to(PACKAGE).with_suffix("").as_posix()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                source = "".join(lines[node.lineno - 1 : node.end_lineno])
                yield f"{module}.{node.name}", source, node


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
        "store/read/members.membership",
        "store/write/connectors.look_alikes",
        "services/presets.save_preset",
    } <= FOUND.keys()
    assert len(FOUND) > 20


@pytest.mark.parametrize("name", FOUND)
def test_a_statement_on_a_shared_table_names_the_tenant(name):
    assert name in WHY or re.search(r"tenant", FOUND[name])


def test_every_exception_belongs_to_a_statement():
    assert WHY.keys() <= FOUND.keys()


@pytest.mark.parametrize("name", generate.statements())
def test_a_generated_statement_on_a_shared_table_names_the_tenant(name):
    texts, names = generate.statements()[name]
    if any(re.search(rf"\b{table}\b", texts["sqlite"]) for table in SHARED):
        assert "tenant_id" in names


@pytest.mark.slow
@pytest.mark.parametrize("name", ["live_row", "live_head", "removed_heads"])
def test_what_selects_rows_to_change_names_the_tenant(name):
    source = {n: text for n, text, _ in functions()}[f"store/write/connectors.{name}"]
    assert "tenant_id = ?" in source
