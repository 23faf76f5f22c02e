"""The digest of a catalog entry: light enough for a fast read."""

import json

TYPE_CHECKING = False  # importing typing costs a fast read
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

KEPT = (
    *("key", "name", "description", "category", "icon", "auth_type", "capabilities"),
    *("config_schema", "auth_schema", "oauth", "probe", "lifecycle", "notice"),
)
"""The fields of an entry that its row in the catalog table keeps."""


def digest(kept: "Mapping[str, Any]") -> str:
    """Return the SHA-256 of the canonical JSON of the fields in KEPT (of an entry or its row)."""
    import hashlib  # only where a digest is computed

    content = {name: kept[name] for name in KEPT}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
