"""One module, one slash command; `discover` finds them."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from discord import Interaction
    from discord.app_commands import Command, ContextMenu, Group

    from commands.tools import Tools

    Registered = Command[Any, ..., Any] | Group | ContextMenu
    Action = Callable[[Interaction[Any], str], Awaitable[None]]


class Discovered:
    """The commands to register and the actions of their buttons and modals, by name."""

    def __init__(self) -> None:
        self.commands: list[Registered] = []
        self.actions: dict[str, Action] = {}

    def take(self, commands: list[Registered], actions: Mapping[str, Action]) -> None:
        """Add what one module offers; an action's name is unique in the whole bot."""
        taken = self.actions.keys() & actions.keys()
        if taken:
            raise ValueError(f"two commands offer the action {min(taken)}")
        self.commands += commands
        self.actions.update(actions)


def discover(tools: Tools) -> Discovered:
    """Every module here that has a `build(tools)` is a command.

    One with an `is_offered(tools)` that is false offers no command; its buttons say why.
    """
    found = Discovered()
    for entry in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{entry.name}")
        build = getattr(module, "build", None)
        if build:
            is_offered = getattr(module, "is_offered", None)
            commands, actions = build(tools)
            # Without tools the commands are only described.
            is_hidden = tools and is_offered and not is_offered(tools)
            found.take([] if is_hidden else commands, actions)
    return found
