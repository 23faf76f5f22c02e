"""A JSON Schema as a sequence of questions; asks nobody and stores nothing."""

from connectors_cli.forms.form import Form
from connectors_cli.forms.question import Choice, Kind, Question

__all__ = ["Choice", "Form", "Kind", "Question"]
