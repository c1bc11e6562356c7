"""Subcommands of /limits, each made of a function that says what its options change."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import Parameter
from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands

from commands.limits.rule_change import ManagersOnly
from commands.options.slash import describe_like, parameters_of

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

    describe_like(run, read, _parameters(options) if options else parameters_of(read))
    if options:
        app_commands.describe(**{option.name: option.help for option in options})(run)
    return app_commands.command(name=name)(run)


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
