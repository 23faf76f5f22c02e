"""Name, status and tags of a connector, which its form asks next to the values.

Separate from the prompts for them, because an install without questions loads no prompts.
"""

from typing import Any

from connectors_cli.errors import InvalidInput
from connectors_cli.services.names import check_name, check_new_name
from connectors_cli.system.record import Record

ACTIVE, INACTIVE = "active", "inactive"


class Details(Record, frozen=False):
    """What a form asks next to the values; `taken` are the names of other connectors.

    With `asks_status` the last question before the review is whether to publish with it.
    """

    name: str
    status: str = INACTIVE
    tags: tuple[str, ...] = ()
    taken: frozenset[str] = frozenset()
    asks_status: bool = False

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._initial = (self.name, self.status, self.tags)

    def start_over(self) -> None:
        """Forget every change."""
        self.name, self.status, self.tags = self._initial

    def problem(self, name: str) -> str | None:
        """Return why a name cannot be used, or None."""
        try:
            checked = check_name(name)
            if checked in self.taken:
                return f"{name} is taken"
            if checked != self._initial[0]:
                check_new_name(checked)
            return None
        except InvalidInput as error:
            return error.message
