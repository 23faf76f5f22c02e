"""How large a schema may be: bounds that every public one keeps and no trap gets past.

Security asks for 64 KiB, but the schemas of real connectors reach several hundred (Airbyte's
Google Ads, JSON Schemas of CI services); 1 MiB takes all of them, and is read in under a second.
The depth keeps recursion far from Python's limit, whoever calls.
"""

import json
from typing import Any

from connectors_cli.errors import InvalidSchema

LARGEST = 1024 * 1024
DEEPEST = 100


def check_bounds(schema: Any) -> None:
    """Raise InvalidSchema for what is no schema, or more than the program takes."""
    if not isinstance(schema, dict | bool):
        raise InvalidSchema("a schema is an object, true or false")
    _check_depth(schema)
    try:
        size = len(json.dumps(schema, ensure_ascii=False))
    except (TypeError, ValueError):
        raise InvalidSchema("the schema holds something that is not JSON") from None
    if size > LARGEST:
        raise InvalidSchema(
            f"the schema is too large: {size // 1024} KiB, at most {LARGEST // 1024} are taken"
        )


def _check_depth(schema: Any) -> None:
    level: list[Any] = [schema]
    for _ in range(DEEPEST):
        level = [item for node in level for item in _inside(node)]
        if not level:
            return
    raise InvalidSchema(f"the schema is nested too deep: at most {DEEPEST} levels are taken")


def _inside(node: Any) -> list[Any]:
    inner = node.values() if isinstance(node, dict) else node
    return [item for item in inner if isinstance(item, dict | list)] if _nested(node) else []


def _nested(node: Any) -> bool:
    return isinstance(node, dict | list)
