"""A JSON Schema as a sequence of questions; asks nobody and stores nothing.

`Form` and what it speaks of are imported when they are first used: following references and
reading secret marks need no validator, which takes longer to import than most commands run.
"""

from __future__ import annotations

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from typing import Any

    from connectors_cli.forms.form import Form
    from connectors_cli.forms.question import Choice, Kind, Question

__all__ = ["Choice", "Form", "Kind", "Question"]


def __getattr__(name: str) -> Any:
    if name == "Form":
        from connectors_cli.forms.form import Form

        return Form
    if name in __all__:
        from connectors_cli.forms import question

        return getattr(question, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
