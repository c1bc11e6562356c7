"""What is suggested while an option is typed, and what is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock, Mock

import pytest
from discord import Interaction, app_commands

from commands.errors import NotInGuild
from commands.options.slash import or_nothing, runs_command, slash
from commands.studio.style import Styles
from storage.errors import DatabaseUnavailable
from tests.commands.interactions import an_interaction


@runs_command
async def show(interaction: Interaction[Any], name: str) -> None:
    """Show something.

    Args:
        name: Which one
    """


async def suggested(command: app_commands.Command[Any, ..., Any], interaction: Any) -> list[Any]:
    """What the library would send for the option `name`."""
    invoke = command._invoke_autocomplete  # pyright: ignore[reportPrivateUsage]
    await invoke(interaction, "name", cast("Any", SimpleNamespace(name="")))
    (sent,) = interaction.response.autocomplete.await_args_list
    return sent.args[0]


@pytest.mark.parametrize("error", [NotInGuild(), DatabaseUnavailable()])
async def test_nothing_is_suggested_where_it_cannot_be_found_out(error: Exception):
    with_suggestions = slash("show", show, suggestions={"name": AsyncMock(side_effect=error)})
    assert await suggested(with_suggestions, an_interaction()) == []
    styles = Styles(Mock(styles=AsyncMock(side_effect=error)))
    assert await suggested(styles.delete, an_interaction()) == []


async def test_a_mistake_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        await or_nothing(AsyncMock(side_effect=ZeroDivisionError)())
