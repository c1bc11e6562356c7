"""The cards and the recipe of blends, whatever the words are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from commands.kinds.blend.view import BlendView
from commands.kinds.view import OfferedEngines, ShownResult, SourcePicture
from commands.languages import speaking
from commands.studio.cards.recipe import Followed, recipe_card
from commands.ui.cards import confirm_card
from jobs.delivery import Progress
from jobs.runner.estimate import WaitEstimate
from tests.commands.engines import FixedEngines
from tests.commands.kinds.blend.test_read import ENGINES, attached, order, result
from tests.commands.ui.test_cards import a_job, check_limits, labels, parts, text

if TYPE_CHECKING:
    from jobs.orders.blend import BlendOrder

VIEW = BlendView(OfferedEngines(FixedEngines(ENGINES), lambda: datetime(2026, 12, 1, tzinfo=UTC)))
HOSTILE = (
    "🦊 **bold** @everyone <@123> [a](https://x.example)",
    "\u202eright to left\u202c عربى עברית",
    "# heading ~~struck~~ ||hidden|| `code`",
    "x" * 3000,
)


def shown(made: BlendOrder) -> ShownResult:
    seeds = [seed for request in made.requests for seed in request.seeds]
    files = [f"attachment://{number}.png" for number, _ in enumerate(seeds)]
    return ShownResult(files=files, seeds=seeds, made=len(seeds))


def test_a_result_says_what_it_is_blended_from():
    made = order("", attached(weight=2), result(), seed=7)
    card = VIEW.result_card(a_job(made), shown(made))
    assert "A blend of 2 pictures" in text(card)
    assert "blended from 2 pictures, 2 : 1" in text(card)
    assert labels(card) == ["Reroll · 0.12", "Edit", "Recipe", "More", "Delete", "Report"]
    with_words = order("a fox", seed=7)
    assert "Copy prompt" in labels(VIEW.result_card(a_job(with_words), shown(with_words)))


def test_its_buttons_are_those_of_blends():
    made = order("a fox")
    cards = (
        VIEW.result_card(a_job(made), shown(made)),
        confirm_card(made, 120, 5000, "draft1", prefix="blend_"),
    )
    ids = [str(one["custom_id"]) for card in cards for one in parts(card) if "custom_id" in one]
    for action in ("reroll", "edit", "confirm", "redo"):
        assert any(one.startswith(f"blend_{action}:") for one in ids), ids


@pytest.mark.parametrize("words", HOSTILE)
def test_any_words_are_plain_and_fit_on_every_card(words: str):
    made = order(words, attached(), result(), attached(), count=2)
    job = a_job(made)
    cards = [
        VIEW.waiting_card(job, WaitEstimate(2, None)),
        VIEW.running_card(job, Progress(done=1, total=2), has_preview=False),
        VIEW.result_card(job, shown(made)),
        recipe_card(job, VIEW.recipe(job)),
        confirm_card(made, 120, 5000, "draft1", prefix="blend_"),
    ]
    for card in cards:
        check_limits(card)
        said = text(card).partition("```")[0]
        assert "@everyone" not in said
        assert "\u202e" not in said
        assert "**bold**" not in said
        assert "||hidden||" not in said


def test_the_recipe_names_each_picture():
    made = order("a fox", attached(weight=3), result("k3f9", 1), seed=7)
    recipe = VIEW.recipe(a_job(made))
    assert recipe.values["Picture 1"] == "attached"
    assert recipe.values["Picture 2"] == SourcePicture("k3f9", 2)
    assert recipe.values["Start"] == "blended from 2 pictures, 3 : 1"
    assert recipe.paste == made.prompt
    assert "Words" not in VIEW.recipe(a_job(replace(made, prompt=""))).values


def test_the_recipe_leads_to_the_results_that_were_blended():
    before = a_job(order("", result("k3f9", 1), result("m4ab", 0), seed=7))
    job = a_job(order("", result("k3f9", 0), result("m4ab", 0), seed=7))
    sources = {"k3f9": replace(job, id="k3f9", message_id=77)}
    followed = [Followed(before, VIEW.recipe(before))]
    said = text(recipe_card(job, VIEW.recipe(job), followed, sources=sources))
    link = "[job k3f9](https://discord.com/channels/1/2/77)"
    assert f"**Picture 1** · {link}, picture 1" in said
    assert "**Picture 2** · a result that only its author sees" in said
    assert f"Picture 1: {link}, picture 2 → {link}, picture 1" in said
    assert "m4ab" not in said


def test_four_results_with_their_links_fit_on_the_card():
    sources = [result(f"{number:024}", number) for number in range(4)]
    job = a_job(order("a fox " * 100, *sources, count=2))
    known = {f"{number:024}": replace(job, id=f"{number:024}") for number in range(4)}
    card = recipe_card(job, VIEW.recipe(job), sources=known)
    check_limits(card)
    assert all(job_id in text(card) for job_id in known)
    assert "**Seed**" in text(card)


def test_it_is_said_in_korean():
    with speaking("ko"):
        made = order()
        card = VIEW.result_card(a_job(made), shown(made))
        assert "이미지 2장을 섞음" in text(card)
        assert "이미지 2장을 섞은 이미지" in text(card)
