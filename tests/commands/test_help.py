"""/help, called as what it is: a method."""

from __future__ import annotations

from datetime import datetime
from unittest.mock import create_autospec

import discord

from commands.help import Help
from commands.kinds.view import OfferedEngines
from generation.catalogue import catalogue
from tests.commands.engines import FixedEngines, offering

ENGINES = catalogue.load()
VIDEO_ENGINE = ENGINES.get("stable-video-diffusion")


def test_commands_whose_ids_are_known_can_be_clicked():
    text = Help(offering(ENGINES)).text({"imagine": 5})
    assert "</imagine:5>" in text
    assert "`/morph`" in text
    assert "animate" not in text


def test_films_are_explained_where_they_are_made():
    assert "`/animate`" in Help(offering(ENGINES, VIDEO_ENGINE)).text({})


def test_where_films_ended_it_is_said_why():
    engines = OfferedEngines(FixedEngines(ENGINES), datetime.now, are_videos_over=True)
    text = Help(engines).text({})
    assert "Stability ended its video service" in text
    assert "animate" not in text


def test_without_an_engine_there_is_help_all_the_same():
    text = Help(OfferedEngines(FixedEngines(ENGINES, is_there=False), datetime.now)).text({})
    assert "No engine answers at the moment" in text


async def test_the_command_answers_the_member_alone():
    interaction = create_autospec(discord.Interaction, instance=True)
    interaction.client.command_ids = {"imagine": 5}
    interaction.response = create_autospec(discord.InteractionResponse, instance=True)
    interaction.response.is_done.return_value = False
    await Help(offering(ENGINES, VIDEO_ENGINE)).show(interaction)
    (call,) = interaction.response.send_message.await_args_list
    assert call.kwargs["ephemeral"]
