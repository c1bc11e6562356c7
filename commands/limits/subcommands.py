"""Subcommands of /limits, each made of a function that says what its options change."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from inspect import Parameter
from typing import TYPE_CHECKING, Any, cast, get_type_hints

from discord import Interaction, app_commands

from commands.limits.rule_change import ManagersOnly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from commands.limits.rule_change import RuleEdit, Ruling, Subcommand


@dataclass(frozen=True, slots=True)
class Option:
    """An option that may be left out, as a table describes it."""

    name: str
    type: Any
    help: str


def subcommand(
    ruling: Ruling,
    name: str,
    read: Callable[..., RuleEdit],
    *,
    options: Sequence[Option] = (),
    action: str = "",
) -> app_commands.Command[Any, ..., Any]:
    """A command that makes the change which `read` returns.

    Its description and options are the docstring and the parameters of `read`, unless `options`
    are given; `action` is its name in the audit log.
    """

    async def run(interaction: Interaction[Any], **typed: Any) -> None:
        await ruling.apply(interaction, action or f"limits {name}", read(**typed))

    # discord.py reads the options from the callback's signature, docstring and attributes.
    callback = cast("Any", run)
    callback.__doc__ = read.__doc__
    callback.__dict__.update(vars(read))
    callback.__signature__ = inspect.Signature(
        [
            Parameter("interaction", Parameter.POSITIONAL_OR_KEYWORD),
            *(_parameters(options) if options else _parameters_of(read)),
        ]
    )
    if options:
        app_commands.describe(**{option.name: option.help for option in options})(callback)
    return app_commands.command(name=name)(callback)


def group(
    ruling: Ruling, name: str, description: str, readers: Mapping[str, Callable[..., RuleEdit]]
) -> Subcommand:
    """A group of commands, by their names."""
    made = ManagersOnly(name=name, description=description)
    for own_name, read in readers.items():
        made.add_command(subcommand(ruling, own_name, read, action=f"limits {name}"))
    return made


def _parameters(options: Sequence[Option]) -> Iterable[Parameter]:
    for option in options:
        yield Parameter(
            option.name, Parameter.KEYWORD_ONLY, default=None, annotation=option.type | None
        )


def _parameters_of(read: Callable[..., RuleEdit]) -> Iterable[Parameter]:
    types = get_type_hints(read, include_extras=True)
    for name, parameter in inspect.signature(read).parameters.items():
        yield parameter.replace(annotation=types[name])
