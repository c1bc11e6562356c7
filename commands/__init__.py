"""One module, one slash command; `discover` finds them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NoReturn

from commands.command_services import CommandServices

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from discord import Interaction
    from discord.app_commands import Command, ContextMenu, Group

    Registered = Command[Any, ..., Any] | Group | ContextMenu
    Action = Callable[[Interaction[Any], str], Awaitable[None]]
    Built = tuple[Sequence[Registered], Mapping[str, Action]]


FOLDERS = ("studio",)
"""The packages here whose modules are commands too."""


class Discovered:
    """The commands to register and the actions of their buttons and modals, by name."""

    def __init__(self) -> None:
        self.commands: list[Registered] = []
        self.actions: dict[str, Action] = {}

    def take(self, commands: Sequence[Registered], actions: Mapping[str, Action]) -> None:
        """Add what one module offers; an action's name is unique in the whole bot."""
        taken = self.actions.keys() & actions.keys()
        if taken:
            raise ValueError(f"two commands offer the action {min(taken)}")
        self.commands += commands
        self.actions.update(actions)


class UndefinedService:
    """Stands for a service where commands are only described: it can be handed on, not used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, part: str) -> UndefinedService:
        return UndefinedService(f"{self._name}.{part}")

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self._name} is not there: commands are only described")

    def __call__(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(f"{self._name} is not there: commands are only described")


def discover(services: CommandServices) -> Discovered:
    """The commands that are offered: every module here, or in one of `FOLDERS`, that has a `build`
    is one.

    `build` is given the services that its parameters name. A module's `offer(commands, ...)`, if
    it has one, says which of them are offered with those services; buttons are there anyway.
    """
    found = Discovered()
    for module in _modules():
        commands, actions = module.build(**services_for(module.build, services))
        if offer := getattr(module, "offer", None):
            commands = offer(commands, **services_for(offer, services))
        found.take(commands, actions)
    return found


def describe() -> Discovered:
    """All commands as they are described to Discord, offered or not; none of them can run."""
    found = Discovered()
    for module in _modules():
        found.take(*describe_module(module))
    return found


def describe_module(module: ModuleType) -> Built:
    """The commands of one module without services, and the names of its actions."""
    names = inspect.signature(module.build).parameters
    return module.build(**{name: UndefinedService(name) for name in names})


def services_for(function: Callable[..., Any], services: CommandServices) -> dict[str, Any]:
    """The services that a function's parameters name; those before them are its own.

    Raises:
        TypeError: there is no such service, or it is of another type.
    """
    types = {field.name: str(field.type) for field in fields(CommandServices)}
    wanted: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "commands":
            continue
        given = types.get(parameter.name)
        # Annotations are texts here, and are compared as such.
        if given is None or parameter.annotation not in (given, inspect.Parameter.empty):
            where = f"{function.__module__}.{function.__name__}"
            asked = f"{parameter.name}: {parameter.annotation}"
            raise TypeError(f"{where} asks for {asked}; there is {given or 'none'}")
        wanted[parameter.name] = getattr(services, parameter.name)
    return wanted


def _modules() -> Iterator[ModuleType]:
    for package in (__name__, *(f"{__name__}.{name}" for name in FOLDERS)):
        for entry in pkgutil.iter_modules(importlib.import_module(package).__path__):
            module = importlib.import_module(f"{package}.{entry.name}")
            if hasattr(module, "build"):
                yield module
