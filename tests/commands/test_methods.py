"""Commands are methods: called here as the library calls them, without a client."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest

from commands import UndefinedService
from commands.animate import Animate, suggest_motions
from commands.credits import Credits
from commands.errors import GiftWithoutMember, NoStart
from commands.kinds.video.read import read_motion
from commands.languages import speaking
from commands.options.adapters import AdapterSuggestions
from generation.catalogue import catalogue
from generation.catalogue.catalogue import Catalogue
from storage.preferences import Chosen, Preferences
from tests.commands.engines import offering
from tests.commands.interactions import an_interaction, text_of

ENGINES = catalogue.load()
OFFERED = offering(ENGINES)
LORAS = ("add detail", "ink", "Ink 2")


def absent(name: str) -> Any:
    return UndefinedService(name)


def without_preferences() -> Any:
    """What is known of a member who has set nothing."""
    return SimpleNamespace(chosen=AsyncMock(return_value=Chosen(Preferences(), {})))


async def test_an_amount_without_a_receiver_is_refused():
    credits_ = Credits(
        absent("accounts"), absent("rules"), OFFERED, absent("preferences"), absent("now")
    )
    with pytest.raises(GiftWithoutMember):
        await credits_.command(an_interaction(), amount=5.0)


async def test_a_prompt_with_a_mistake_costs_nothing_to_quote():
    credits_ = Credits(
        absent("accounts"), absent("rules"), OFFERED, without_preferences(), absent("now")
    )
    interaction = an_interaction()
    await credits_.command(interaction, quote="a fox --ar nonsense")
    (answer,) = interaction.response.send_message.await_args_list
    assert answer.kwargs["ephemeral"]
    assert "nonsense" in text_of(answer.kwargs["view"])


async def test_a_film_starts_from_something():
    animate = Animate(absent("actions"), absent("approval"), absent("services"))
    with pytest.raises(NoStart):
        await animate.command(an_interaction())


async def test_motions_are_found_by_word_and_number():
    assert [choice.value for choice in await suggest_motions(an_interaction(), " WI")] == ["wild"]
    assert [choice.value for choice in await suggest_motions(an_interaction(), "80")] == ["gentle"]


async def test_motions_are_found_and_read_in_the_members_language():
    with speaking("ko"):
        (found,) = await suggest_motions(an_interaction(), "격렬")
        assert found.value == "wild"
        assert read_motion(found.name.partition(" (")[0]) == read_motion("wild") == 255


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("a <lora:", ["a <lora:add detail:1>", "a <lora:ink:1>", "a <lora:Ink 2:1>"]),
        ("a fox <lora:IN", ["a fox <lora:ink:1>", "a fox <lora:Ink 2:1>"]),
        ("a fox <LORA:det", ["a fox <lora:add detail:1>"]),
        ("a fox <lora:ink:0.", []),
        ("a fox <lora:ink:1> in sn", []),
        ("a fox, zeb", ["a fox, zebra"]),
        ("a fox z", []),
        (f"{'x' * 90} <lora:", []),
    ],
)
async def test_adapters_are_completed_at_the_end_of_a_prompt(typed: str, offered: list[str]):
    engine = replace(ENGINES.get("atelier-painter"), loras=LORAS, embeddings=("zebra",))
    suggestions = AdapterSuggestions(offering(Catalogue([engine])))
    found = await suggestions.prompt(an_interaction(namespace=SimpleNamespace()), typed)
    assert [choice.value for choice in found] == offered
