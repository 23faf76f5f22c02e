"""The results of commands for people, each type by its renderer, which is imported for it."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from typing import Any

    from connectors_cli.cli.context import CommandContext

_RENDERERS = {
    "Rows": ("tables", "show_rows"),
    "Change": ("changes", "show_change"),
    "Batch": ("changes", "show_batch"),
    "Plan": ("changes", "show_plan"),
    "Validations": ("changes", "show_validations"),
    "Document": ("documents", "show_document"),
    "ServicePage": ("documents", "show_service_page"),
    "Checks": ("checks", "show_checks"),
    "Watched": ("watched", "show_watched"),
    "Diagnosis": ("doctor", "show_diagnosis"),
    "SignInStatuses": ("auth_status", "show_sign_in_statuses"),
    "Guide": ("guides", "show_guide"),
    "Lines": ("conversation", "show_lines"),
}
"""The module and function for each type of result."""
_PAGED = frozenset({"Rows", "Document", "ServicePage", "Guide"})


def show_result(result: Any, context: CommandContext) -> int:
    """Show what a command returned on standard output; return the exit code."""
    kind = type(result).__name__
    module, function = _RENDERERS[kind]
    renderer = getattr(import_module(f"connectors_cli.cli.render.{module}"), function)
    if kind not in _PAGED or not context.may_page:
        return int(renderer(result, context))
    from connectors_cli.cli.render.pager import paged

    with paged(context):
        return int(renderer(result, context))
    return 0  # the reader left the pager before the end
