"""Slash commands made of methods: what is typed goes to a method that tests can call too."""

from __future__ import annotations

import inspect
import logging
from copy import copy
from inspect import Parameter
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_type_hints

from discord import Interaction, app_commands

from commands.errors import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from commands import Registered

    Choices = list[app_commands.Choice[str]]
    Suggest = Callable[[Interaction[Any], str], Awaitable[Choices]]

log = logging.getLogger(__name__)

Method = TypeVar("Method", bound="Callable[..., Awaitable[None]]")


def runs_command(method: Method) -> Method:
    """Mark a method that `slash` makes a command of: its annotations are read at runtime."""
    return method


def slash(
    name: str,
    run: Callable[..., Awaitable[None]],
    *,
    suggestions: Mapping[str, Suggest] | None = None,
) -> app_commands.Command[Any, ..., Any]:
    """A slash command that calls a method with the interaction and the typed options.

    Its description and options are the method's docstring and parameters, whose annotations have
    to be there at runtime; `suggestions` are what is offered while an option is typed.
    """

    async def callback(interaction: Interaction[Any], **typed: Any) -> None:
        await run(interaction, **typed)

    # The library takes a bound method for a function that still wants its `self`.
    describe_like(callback, run, list(parameters_of(run))[1:])
    command = cast("app_commands.Command[Any, ..., Any]", app_commands.command(name=name)(callback))
    for option, suggestion in (suggestions or {}).items():
        suggest(command, option, suggestion)
    return command


async def or_nothing(suggested: Awaitable[Choices]) -> Choices:
    """What is suggested; nothing where it cannot be found out, which the command itself says."""
    try:
        return await suggested
    except REFUSALS as error:
        log.info("nothing was suggested: %s", type(error).__name__)
        return []


def suggest(command: app_commands.Command[Any, ..., Any], option: str, suggestion: Suggest) -> None:
    """Offer something while an option of a command is typed."""
    command.autocomplete(option)(cast("Any", _plain(suggestion)))


def drop_options(command: Registered, names: Iterable[str]) -> None:
    """Take optional options from a slash command; its method then has their defaults."""
    if isinstance(command, app_commands.Command):
        # The library has no way of its own; everything is looked up in this table.
        options = command._params  # pyright: ignore[reportPrivateUsage]
        for name in names:
            options.pop(name, None)


def drop_suggestions(command: Registered, names: Iterable[str]) -> None:
    """Offer nothing while those options of a slash command are typed."""
    if isinstance(command, app_commands.Command):
        options = command._params  # pyright: ignore[reportPrivateUsage]
        for name in names:
            options[name].autocomplete = None


def describe_like(
    callback: Callable[..., Any], source: Callable[..., Any], options: Iterable[Parameter]
) -> None:
    """Give a command's callback the docstring and decorators of `source`, and those options."""
    described = cast("Any", callback)
    described.__doc__ = source.__doc__
    # The library empties the tables that it reads, so each callback has its own.
    described.__dict__.update({key: copy(value) for key, value in _vars(source)})
    interaction = Parameter("interaction", Parameter.POSITIONAL_OR_KEYWORD)
    described.__signature__ = inspect.Signature([interaction, *options])


def parameters_of(function: Callable[..., Any]) -> Iterable[Parameter]:
    """The parameters of a function, or of a method without `self`, with their types."""
    types = get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        yield parameter.replace(annotation=types[name])


def _vars(source: Callable[..., Any]) -> Iterable[tuple[str, Any]]:
    return list(vars(getattr(source, "__func__", source)).items())


def _plain(suggest: Suggest) -> Suggest:
    async def suggestions(interaction: Interaction[Any], typed: str) -> Choices:
        return await or_nothing(suggest(interaction, typed))

    return suggestions
