"""Equality of JSON values: true is not 1, and 1.0 is 1."""

import json
from json.encoder import encode_basestring
from typing import Any


def canonical(value: Any) -> str:
    """A key that is equal exactly for equal JSON values."""
    if type(value) is str:  # most values of long lists; dumps takes twice as long
        return encode_basestring(value)
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
