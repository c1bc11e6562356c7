"""/help, called as what it is: a method."""

from __future__ import annotations

from unittest.mock import create_autospec

import discord
import pytest

from commands.help import Help
from commands.kinds.view import OfferedEngines
from generation.catalogue import catalogue

ENGINES = catalogue.load()
VIDEO_ENGINE = ENGINES.get("stable-video-diffusion")


def offering(*, has_videos: bool) -> OfferedEngines:
    video = VIDEO_ENGINE if has_videos else None
    return OfferedEngines(ENGINES, video, lambda: pytest.fail("nobody asked for the time"))


def test_commands_whose_ids_are_known_can_be_clicked():
    text = Help(offering(has_videos=False)).text({"imagine": 5})
    assert "</imagine:5>" in text
    assert "`/morph`" in text
    assert "animate" not in text


def test_films_are_explained_where_they_are_made():
    assert "`/animate`" in Help(offering(has_videos=True)).text({})


async def test_the_command_answers_the_member_alone():
    interaction = create_autospec(discord.Interaction, instance=True)
    interaction.client.command_ids = {"imagine": 5}
    interaction.response = create_autospec(discord.InteractionResponse, instance=True)
    interaction.response.is_done.return_value = False
    await Help(offering(has_videos=True)).show(interaction)
    (call,) = interaction.response.send_message.await_args_list
    assert call.kwargs["ephemeral"]
