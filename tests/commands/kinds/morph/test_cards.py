"""The cards of morphs keep Discord's limits, and say what it costs before anything is drawn."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from commands.kinds.morph.cards import morph_card, morph_quote_card, morph_waiting_card
from commands.kinds.morph.read import MorphRequestForm, read_morph
from commands.kinds.morph.view import MorphView
from commands.kinds.registry import REDO_ACTIONS
from commands.ui import job_cards
from commands.ui.cards import Card
from commands.ui.order_lines import arrives
from generation.errors import Filtered
from jobs.delivery import Progress
from jobs.errors import NotShown
from jobs.orders.morph import MorphOrder
from jobs.runner.estimate import WaitEstimate
from tests.commands.engines import offering
from tests.commands.ui.test_cards import (
    ENGINES,
    GALLERY,
    HOSTILE,
    JOB,
    MEMBER,
    NOW,
    PAINTER,
    a_job,
    check_limits,
    check_mentions,
    labels,
    parts,
    text,
)

if TYPE_CHECKING:
    from storage.jobs.jobs import Job

DRAFT = "0123456789abcdef"
FILE = "attachment://atelier-k3f9abcd.mp4"
LINK = "https://pictures.example/" + "x" * 200


def morph(first: str = "a fox::1.5 --seed 7", second: str = "a hare", **options: Any) -> MorphOrder:
    return read_morph(MorphRequestForm(first=first, second=second, **options), ENGINES, PAINTER.id)


def running(job: Job, done: int, total: int) -> Card:
    """The card of a morph that is drawn."""
    view = MorphView(offering(ENGINES, None, lambda: NOW))
    return view.running_card(job, Progress(done=done, total=total), has_preview=False)


def every_card(order: MorphOrder) -> list[Card]:
    """Each kind of card about a morph."""
    job = a_job(order)
    return [
        morph_quote_card(order, PAINTER, 4900, 25_000, DRAFT),
        morph_waiting_card(
            MEMBER, order, PAINTER, JOB, 490, WaitEstimate(3, timedelta(seconds=40))
        ),
        running(job, 3, order.frames),
        job_cards.away_card(job, NOW, arrives(MorphView.noun)),
        morph_card(job, order, PAINTER, file=FILE, made=order.frames),
        morph_card(job, order, None, file=FILE, made=3, failure=Filtered("frames"), link=LINK),
        job_cards.failed_card(job, NotShown(), MorphView.edit_action),
        job_cards.cancelled_card(job, MorphView.edit_action),
    ]


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE)
def test_hostile_prompts_make_cards_that_discord_takes(prompt: str):
    order = morph(prompt[:2000], f"b {prompt[:1990]}", third=prompt[:2000], camera="pan-left")
    for card in every_card(order):
        check_limits(card)
        check_mentions(card)


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE)
def test_long_prompts_push_nothing_out_of_the_card(prompt: str):
    order = morph(prompt[:2000], f"b {prompt[:1990]}")
    quoted, waiting, running, away, result, *_ = every_card(order)
    assert "You have 25.00." in text(quoted)
    for card in (waiting, running, away):
        assert "0.49 credits reserved; charged only when the film is delivered" in text(card)
    assert "AI-generated · job k3f9abcd" in text(result)


def test_the_quote_says_what_is_drawn_and_what_it_costs():
    order = morph(frames="48", fps="30", camera="zoom-out", strength=20)
    card = morph_quote_card(order, PAINTER, 9840, 25_009, DRAFT)
    assert text(card) == (
        "**48 frames for 9.84 credits?**\n"
        "a fox::1.5 --seed 7 → a hare\n"
        "Read as: a fox ×1.5\n"
        "48 frames at 30 fps · 1.6 s · 512×512 · Painter (demo)"
        " · zoom out, 20 %, smooth\n"
        "Each frame costs 0.21, and only if it arrives. You have 25.00."
    )
    assert labels(card) == ["Draw the frames · 9.84", "Edit"]


def test_progress_counts_frames():
    card = running(a_job(morph()), 12, 24)
    assert "12 of 24 frames" in text(card)
    assert labels(card) == ["Cancel"]


def test_the_video_tells_how_to_make_it_again():
    card = morph_card(a_job(morph()), morph(), PAINTER, file=FILE, made=24)
    assert "24 frames at 12 fps · 2 s · 512×512 · seed 7 · " in text(card)
    assert "· Painter (demo)" in text(card)
    assert labels(card) == [
        *("Edit", "GIF", "WebP", "Recipe", "Copy prompts"),
        *("Delete", "Report"),
    ]
    (gallery,) = [one for one in parts(card) if one["type"] == GALLERY]
    assert gallery["items"][0]["description"] == "AI-generated: a fox → a hare"


def test_missing_frames_are_named_and_not_charged():
    card = morph_card(
        a_job(morph()), morph(), PAINTER, file=FILE, made=12, failure=Filtered("frames")
    )
    assert "12 frames are missing and not charged. The engine withheld the frames." in text(card)
    # A frame of 490 / 24 millicredits.
    assert "12 frames at 12 fps · 1 s" in text(card)
    assert "0.24 credits" in text(card)


def test_the_end_without_a_video_does_not_repeat_the_prompts():
    for card in every_card(morph("a secret fox"))[-2:]:
        assert "secret" not in text(card)
        assert labels(card) == ["Edit", "Delete"]


def test_an_interrupted_order_goes_back_into_its_own_form():
    ids = [
        [one["custom_id"] for one in parts(card) if "custom_id" in one]
        for card in (
            job_cards.interrupted_card(MEMBER, DRAFT, REDO_ACTIONS[kind] or "")
            for kind in (MorphRequestForm(first="a", second="b").to_json()["kind"], "")
        )
    ]
    assert list(chain(*ids)) == [f"morph_redo:{DRAFT}", f"redo:{DRAFT}"]
