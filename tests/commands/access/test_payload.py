"""Payloads whose parts are of another shape than Discord's."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from discord import app_commands

from commands.access.payload import check_payload
from commands.submission import REFUSALS


@app_commands.command(name="give")
async def give(interaction: discord.Interaction[Any], member: discord.User) -> None:
    """Give something."""


def find(name: str, _: discord.AppCommandType) -> Any:
    return give if name == "give" else None


@pytest.mark.parametrize(
    "data",
    [
        *(None, [], "give", {}, {"name": ["give"]}, {"name": "give", "type": "1"}),
        *({"name": "give", "options": [None]}, {"name": "take"}),
        *(
            {
                "name": "give",
                "options": [{"name": "member", "type": 6, "value": "1"}],
                "resolved": resolved,
            }
            for resolved in (None, [], "x", {"users": [1]}, {"users": "x"}, {"users": {"1": 2}})
        ),
    ],
)
def test_what_has_another_shape_is_refused_with_a_sentence(data: Any):
    with pytest.raises(REFUSALS):
        check_payload(find, data, is_autocomplete=False)
