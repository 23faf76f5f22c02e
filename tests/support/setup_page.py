"""How to register an app with a service, as the guide of sign-in has it."""

from connectors_cli.catalog.setup import AppSetup, instructions


def page(setup: AppSetup) -> str:
    """Return the Markdown for a service: its portal, the steps as a list, and what to enter."""
    portal, *lines = instructions(setup)
    steps = [line for line in lines if line[0].isdigit()]
    facts = [f"- {line}" for line in lines if not line[0].isdigit()]
    return "\n\n".join((portal, "\n".join(steps), "\n".join(facts)))
