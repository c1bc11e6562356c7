"""Cards keep Discord's limits whatever the prompt, and nobody is mentioned but the author."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from discord.ui import ActionRow, Container, MediaGallery, TextDisplay
from hypothesis import given
from hypothesis import strategies as st

from commands.kinds.image.read import ImageRequestForm, read
from commands.kinds.image.view import ImageView
from commands.ui import cards, job_cards, order_lines
from commands.ui.buttons import Press
from commands.ui.cards import Card
from generation.catalogue import catalogue
from generation.errors import BadRequest, Declined, Filtered, TooSlow
from generation.validation import MAX_PROMPTS
from jobs.delivery import Progress
from jobs.errors import TooManyPictures
from jobs.runner.estimate import WaitEstimate
from jobs.submit import new_job_id
from prompts import MAX_CHARS, PromptError
from storage.jobs.jobs import Job, JobState
from tests.commands.engines import offering

if TYPE_CHECKING:
    from jobs.orders.image import ImageOrder
    from jobs.orders.order import Order

ENGINES = catalogue.load()
PAINTER = ENGINES.get("atelier-painter")
MEMBER, JOB = 345678901234567890, "k3f9abcd"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
MAX_COMPONENTS, MAX_CHARS_SHOWN, MAX_BYTES_SHOWN = 40, 4000, 9000
MAX_ALT, MAX_ID, MAX_LABEL = 1024, 100, 80

TEXT, BUTTON, GALLERY, CONTAINER = 10, 2, 12, 17


def order(prompt: str = "a red lighthouse::1.5 fog::-0.5 --seed 7", **options: Any) -> ImageOrder:
    return read(ImageRequestForm(prompt=prompt, **options), ENGINES, PAINTER.id)


def a_job(ordered: Order) -> Job:
    return Job(
        id=JOB,
        key="key",
        kind=ordered.kind,
        state=JobState.RUNNING,
        guild_id=1,
        channel_id=2,
        message_id=3,
        member_id=MEMBER,
        interaction_token=None,
        engine_id=ordered.engine_id,
        spec=ordered.to_json(),
        price_mc=490,
        accepted_at=NOW,
    )


def every_card(drawn: ImageOrder) -> list[Card]:
    """Each kind of card about an order."""
    files = [f"attachment://atelier-{number}.png" for number in range(drawn.pictures)]
    seeds = [seed for request in drawn.requests for seed in request.seeds]
    wait_estimate = WaitEstimate(3, timedelta(seconds=40))
    view = ImageView(offering(ENGINES, None, lambda: NOW))
    result: dict[str, Any] = {"files": files[:10], "seeds": seeds, "charged_mc": 490}
    return [
        cards.reading_card(MEMBER, drawn.title, JOB),
        cards.waiting_card(MEMBER, drawn, JOB, 490, wait_estimate),
        view.running_card(a_job(drawn), Progress(done=1, total=drawn.pictures), has_preview=False),
        job_cards.away_card(a_job(drawn), NOW, order_lines.arrives(view.noun, drawn.pictures)),
        job_cards.away_card(a_job(drawn), NOW, "the pictures arrive", files[:10]),
        job_cards.no_room_card(a_job(drawn), NOW, "the pictures arrive", files[:10]),
        job_cards.question_card(a_job(drawn), view.lost_noun, NOW, 2, files[:10], "1 is missing."),
        cards.result_card(MEMBER, drawn, PAINTER, JOB, **result),
        cards.result_card(MEMBER, drawn, PAINTER, JOB, **result, failure=Filtered("picture")),
        cards.further_card(MEMBER, drawn, JOB, files[:6], range(10, 16)),
        cards.confirm_card(drawn, 490, 25_000, "0123456789abcdef"),
    ]


def morph(components: list[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for component in components:
        found += [component, *morph(component.get("components", []))]
    return found


def parts(card: Card) -> list[dict[str, Any]]:
    return morph(card.to_components())


def text(card: Card) -> str:
    return "\n".join(one["content"] for one in parts(card) if one["type"] == TEXT)


def labels(card: Card) -> list[str]:
    return [one["label"] for one in parts(card) if one["type"] == BUTTON]


def check_limits(card: Card) -> None:
    found = parts(card)
    said = [one["content"] for one in found if one["type"] == TEXT]
    assert len(found) <= MAX_COMPONENTS
    assert sum(map(len, said)) <= MAX_CHARS_SHOWN
    assert sum(len(one.encode()) for one in said) <= MAX_BYTES_SHOWN
    assert all(said)
    for one in found:
        if one["type"] == BUTTON:
            assert 1 <= len(one["custom_id"]) <= MAX_ID
            assert 1 <= len(one["label"]) <= MAX_LABEL
        if one["type"] == GALLERY:
            assert 1 <= len(one["items"]) <= 10
            assert all(1 <= len(item["description"]) <= MAX_ALT for item in one["items"])


def check_mentions(card: Card) -> None:
    said = text(card).replace(f"<@{MEMBER}>", "")
    assert not re.search(r"(?<!\\)<(@|#|a?:|t:\d+:[^R]|/|id:)", said)
    assert not re.search(r"@(everyone|here)", said)


HOSTILE = {
    "markdown": "**bold** ||spoiler|| `code` ~~struck~~ [click](http://evil.example) # x " * 40,
    "mentions": "@everyone @here <@123456789012345678> <@&123456789012345678> <#1> <:a:1> " * 40,
    "words": "a very long and winding description of a lighthouse, " * 110,
    "one word": "x" * MAX_CHARS,
    "emoji": "🏳️‍🌈" * 900,
    "many weights": " ".join(
        f"🏳️‍🌈 {'wort' * 8}{number}::1.{number % 90 + 10}" for number in range(MAX_PROMPTS)
    ),
    "japanese": "灯台" * 2900,
    "rtl": "\u202eמגדלור " * 800,
    "combining": "Z͑ͫ̓ͪ̂ͫ̽" * 400,
    "brackets": "(" * 5000,
    "controls": "\x00\x1b[31m\x07 fox" * 300,
    "lines": "fox\n" * 1400,
}


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_prompt_makes_cards_that_discord_takes(prompt: str):
    drawn = order(prompt[:MAX_CHARS])
    for card in every_card(drawn):
        check_limits(card)
        check_mentions(card)


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE)
def test_a_long_prompt_pushes_nothing_out_of_the_card(prompt: str):
    drawn = order(prompt[:MAX_CHARS])
    _, waiting, running, away, result, *_ = every_card(drawn)
    for card in (waiting, running, away):
        assert "0.49 credits reserved; charged only when" in text(card)
    assert "3 orders ahead of yours" in text(waiting)
    assert "AI-generated · job k3f9abcd" in text(result)


@given(st.text(min_size=1, max_size=300))
def test_any_prompt_makes_cards_that_discord_takes(prompt: str):
    try:
        drawn = order(prompt)
    except (PromptError, TooManyPictures):
        return
    for card in every_card(drawn):
        check_limits(card)
        check_mentions(card)


def test_a_card_is_one_container_of_durable_buttons():
    """Any other item in a durable view would one day silence the buttons of all cards."""
    for card in every_card(order()):
        (container,) = card.to_components()
        assert container["type"] == CONTAINER
        assert card.timeout is None
        kinds = {type(one) for one in card.walk_children()}
        assert kinds <= {Container, TextDisplay, MediaGallery, ActionRow, Press}


def test_the_waiting_card_says_what_is_read_when_and_for_how_much():
    assert text(
        cards.waiting_card(MEMBER, order(), JOB, 490, WaitEstimate(2, timedelta(seconds=40)))
    ) == (
        f"<@{MEMBER}> · a red lighthouse::1.5 fog::-0.5 --seed 7\n"
        "Read as: a red lighthouse ×1.5 · fog ×−0.5\n"
        "2 orders ahead of yours · ready in 40 seconds\n"
        "0.49 credits reserved; charged only when the picture is delivered"
    )


@pytest.mark.parametrize(
    ("wait_estimate", "says"),
    [
        (WaitEstimate(0, None), "Next in line"),
        (WaitEstimate(1, timedelta(seconds=0.2)), "1 order ahead of yours · ready in 1 second"),
        (None, ""),
    ],
)
def test_the_wait_estimate_in_words(wait_estimate: WaitEstimate | None, says: str):
    lines = text(cards.waiting_card(MEMBER, order("a fox"), JOB, 490, wait_estimate)).splitlines()
    assert lines[1:-1] == ([says] if says else [])


def test_the_result_card_tells_how_to_draw_it_again():
    card = cards.result_card(
        MEMBER, order(), PAINTER, JOB, files=["attachment://a.png"], seeds=[7], charged_mc=490
    )
    assert text(card) == (
        f"<@{MEMBER}> · a red lighthouse::1.5 fog::-0.5 --seed 7\n"
        "-# Painter (demo) · 512×512 · seed 7 · 30 steps · cfg 7 · 0.49 credits\n"
        "-# AI-generated · job k3f9abcd"
    )
    assert labels(card) == [
        *("Reroll", "Edit", "Recipe", "Copy prompt"),
        *("More", "Delete", "Report"),
    ]
    (gallery,) = [one for one in parts(card) if one["type"] == GALLERY]
    assert gallery["items"][0]["description"] == "AI-generated: a red lighthouse"


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (2, ["Picture 1, left, seed 7", "Picture 2, right, seed 8"]),
        (4, ["Picture 4, bottom right, seed 10"]),
        (5, ["Picture 1, seed 7", "Picture 5, seed 11"]),
    ],
)
def test_one_of_several_is_chosen_by_number_place_and_seed(count: int, says: list[str]):
    seeds = list(range(7, 7 + count))
    files = [f"attachment://{number}.png" for number in range(count)]
    drawn = order("a fox", count=count)
    card = cards.result_card(MEMBER, drawn, PAINTER, JOB, files=files, seeds=seeds, charged_mc=490)
    (select,) = [one for one in parts(card) if one["type"] == 3]
    assert select["custom_id"] == f"picture:{JOB}"
    names = [one["label"] for one in select["options"]]
    assert len(names) == count
    assert [name for name in names if name in says] == says
    assert "More" not in labels(card)


def test_what_is_left_keeps_its_numbers():
    files = [f"attachment://{number}.png" for number in (1, 2, 4)]
    card = cards.result_card(
        MEMBER,
        order("a fox", count=4),
        PAINTER,
        JOB,
        files=files,
        seeds=[7, 8, 10],
        positions=[0, 1, 3],
        charged_mc=490,
    )
    (select,) = [one for one in parts(card) if one["type"] == 3]
    assert [(one["label"], one["value"]) for one in select["options"]] == [
        ("Picture 1, left, seed 7", "p0"),
        ("Picture 2, top right, seed 8", "p1"),
        ("Picture 4, bottom right, seed 10", "p3"),
    ]
    (gallery,) = [one for one in parts(card) if one["type"] == GALLERY]
    counted = [item["description"].partition("(")[2] for item in gallery["items"]]
    assert counted == ["1 of 4)", "2 of 4)", "4 of 4)"]
    further = cards.further_card(MEMBER, order("a fox", count=12), JOB, files[:2], [10, 11])
    (gallery,) = [one for one in parts(further) if one["type"] == GALLERY]
    assert gallery["items"][1]["description"].endswith("(12 of 12)")


@pytest.mark.parametrize(
    ("seeds", "says"),
    [
        ([7], "seed 7"),
        ([7, 8, 9], "seeds 7 to 9"),
        ([7, 7], "seed 7"),
        ([7, 9], "seeds 7, 9"),
        ([1, 3, 5, 7, 9], "seeds 1, 3, 5, 7…"),
    ],
)
def test_seeds_in_words(seeds: list[int], says: str):
    files = [f"attachment://{number}.png" for number in range(len(seeds))]
    drawn = order("a fox", count=len(seeds))
    card = cards.result_card(MEMBER, drawn, PAINTER, JOB, files=files, seeds=seeds, charged_mc=490)
    assert f" · {says} · " in text(card)


def test_missing_pictures_are_named_and_not_charged():
    card = cards.result_card(
        MEMBER,
        order("a fox", count=3),
        PAINTER,
        JOB,
        files=["attachment://a.png"],
        seeds=[7],
        charged_mc=100,
        failure=Filtered("picture"),
    )
    assert "2 pictures are missing and not charged. The engine withheld the picture." in text(card)


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (Declined("public figure"), "The engine refused this. Public figure."),
        (BadRequest("seed", "must be nicer"), "That seed does not work. Must be nicer."),
        (Declined(), "The engine refused this."),
        (Filtered("picture"), "The engine withheld the picture."),
        (TooSlow("HTTP 408"), "The engine did not answer for 15 minutes."),
    ],
)
def test_why_pictures_are_missing_is_told_as_far_as_it_can_be_mended(failure: Exception, says: str):
    line = order_lines.missing_line(2, "picture", failure)
    assert line == f"2 pictures are missing and not charged. {says}"


def test_a_failure_does_not_repeat_the_prompt():
    card = job_cards.failed_card(a_job(order()), Filtered(), ImageView.edit_action)
    assert text(card).startswith(f"<@{MEMBER}>\n**The engine refused this prompt.**")
    assert labels(card) == ["Edit", "Delete"]
    assert labels(job_cards.cancelled_card(a_job(order()), ImageView.edit_action)) == [
        "Edit",
        "Delete",
    ]


def test_a_job_id_can_be_read_out():
    ids = {new_job_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(re.fullmatch("[0-9a-hjkmnp-tv-z]{8}", one) for one in ids)
