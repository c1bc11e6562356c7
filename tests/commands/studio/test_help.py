"""/help, called as what it is: a method."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from commands import UndefinedService
from commands.kinds.view import OfferedEngines
from commands.studio.cards.help import TOPICS, reading_card
from commands.studio.help import Help
from generation.catalogue import catalogue
from prompts import MAX_CHARS
from tests.commands.engines import FixedEngines, offering
from tests.commands.interactions import an_interaction, text_of
from tests.commands.ui.test_cards import (
    ENGINES,
    HOSTILE,
    PAINTER,
    check_limits,
    check_mentions,
    labels,
    order,
    parts,
    text,
)

VIDEO_ENGINE = catalogue.load().get("stable-video-diffusion")


def absent(name: str) -> Any:
    return UndefinedService(name)


def helping(engines: OfferedEngines) -> Help:
    return Help(absent("rules"), engines, absent("preferences"), absent("submission"))


def said(engines: OfferedEngines, topic: str, known: dict[str, int] | None = None) -> str:
    client = SimpleNamespace(command_ids=known or {})
    return text(helping(engines).card(an_interaction(client=client), topic))


def test_commands_whose_ids_are_known_can_be_clicked():
    told = said(offering(ENGINES), "prompts", {"imagine": 5, "style": 6})
    assert "</imagine:5>" in told
    assert "</style save:6>" in told
    assert "`/settings`" in told


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_a_card_that_leads_to_the_others(topic: str):
    client = SimpleNamespace(command_ids={})
    card = helping(offering(ENGINES, VIDEO_ENGINE)).card(an_interaction(client=client), topic)
    check_limits(card)
    assert "{" not in text(card).replace("{red", "")
    tries = ["Try it"] if TOPICS[topic].example else []
    assert labels(card) == [*(one.label for one in TOPICS.values()), *tries]
    disabled = [one["custom_id"] for one in parts(card) if one.get("disabled")]
    assert disabled == [f"help_topic:{topic}"]


def test_films_are_explained_where_they_are_made():
    assert "`/animate`" in said(offering(ENGINES, VIDEO_ENGINE), "films")
    assert "animate" not in said(offering(ENGINES), "films")


def test_where_films_ended_it_is_said_why():
    engines = OfferedEngines(FixedEngines(ENGINES), datetime.now, are_videos_over=True)
    told = said(engines, "films")
    assert "Stability ended its video service" in told
    assert "animate" not in told


def test_without_an_engine_there_is_help_all_the_same():
    engines = OfferedEngines(FixedEngines(ENGINES, is_there=False), datetime.now)
    assert "No engine answers at the moment" in said(engines, "pictures")


async def test_the_command_answers_the_member_alone():
    interaction = an_interaction(client=SimpleNamespace(command_ids={"imagine": 5}))
    await helping(offering(ENGINES, VIDEO_ENGINE)).command(interaction)
    (call,) = interaction.response.send_message.await_args_list
    assert call.kwargs["ephemeral"]
    assert "**Prompts**" in text_of(call.kwargs["view"])


def test_a_prompt_is_told_part_by_part():
    drawn = order("a (red:1.3) lighthouse::1.5 fog::-0.5 --ar 3:2 --seed 7 --count 2")
    told = text(reading_card(drawn, PAINTER, 490, 25_000, "0" * 16))
    for line in (
        "×1.5 · a red lighthouse · in it red ×1.3",
        "kept out ×0.5 · fog",
        "Options: seed 7 · aspect 3:2 · count 2",
        "**2 pictures for 0.49 credits**; you have 25.00. Nothing was charged.",
    ):
        assert line in told


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE)
def test_any_reading_is_a_card_that_discord_takes(prompt: str):
    card = reading_card(order(prompt[:MAX_CHARS]), PAINTER, 490, 25_000, "0" * 16)
    check_limits(card)
    check_mentions(card)
    assert "Nothing was charged" in text(card)
