"""Asks people at a terminal (the only package with questionary and prompt_toolkit)."""

from connectors_cli.prompts.asking import (
    ask_name,
    ask_secret,
    ask_values,
    confirm,
    pick_type,
    type_to_confirm,
)

__all__ = ["ask_name", "ask_secret", "ask_values", "confirm", "pick_type", "type_to_confirm"]
