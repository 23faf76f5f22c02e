"""The formats that are checked."""

from jsonschema import FormatChecker

CHECKER = FormatChecker(formats=())
