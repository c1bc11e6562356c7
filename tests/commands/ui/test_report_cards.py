"""The card of a report: what it shows, and that it says afterwards who did what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from commands.ui.cards import Card
from commands.ui.instants import date
from commands.ui.report_cards import (
    BLOCK,
    DISMISS,
    LABELS,
    REMOVE,
    REMOVE_ONLY,
    Decision,
    complaint_card,
    decided_card,
    is_report,
)
from tests.commands.ui.test_cards import HOSTILE, a_job, check_limits, check_mentions, labels, order
from tests.commands.ui.test_cards import text as text_of

NOW = datetime(2026, 11, 30, 16, tzinfo=UTC)
MODERATOR = 9


def posted(card: Card, *files: str) -> discord.Message:
    """The message that shows a card, as far as a decision looks at it."""
    attachments = [SimpleNamespace(filename=name) for name in files]
    return cast(
        "discord.Message", SimpleNamespace(components=card.children, attachments=attachments)
    )


def decide(message: discord.Message, did: str, *settles: str, **values: Any) -> Card:
    return decided_card(message, "k3f9abcd", Decision(did, MODERATOR, NOW, settles, **values))


def test_a_report_is_known_again_though_others_reported_the_same():
    job = a_job(order("a fox"))
    other = replace(job, id="other123")
    reporter, author = job.member_id + 1, job.member_id
    for has_picture in (False, True):
        card = complaint_card(job, reporter, f"<@{author}> is it", has_picture=has_picture)
        message = posted(card)
        assert is_report(message, job, reporter)
        assert is_report(posted(decide(message, "Removed", *LABELS)), job, reporter)
        assert not is_report(message, other, reporter)
        assert not is_report(message, job, author)
        assert not is_report(message, job, MODERATOR)
    assert is_report(posted(complaint_card(job, author, "mine")), job, author)
    assert not is_report(posted(Card("a note")), job, author)


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_a_report_shows_the_prompt_who_and_why(title: str):
    job = a_job(order(title[:3000]))
    for has_picture in (False, True):
        reason = "<@1> **look** " + "x" * 1000
        card = complaint_card(job, job.member_id, reason, has_picture=has_picture)
        check_limits(card)
        check_mentions(card)
        said = text_of(card)
        assert said.startswith(
            f"**<@{job.member_id}> reported a picture made by <@{job.member_id}>**\n"
        )
        assert r"\<" in said
        assert "Prompt: " in said
        assert f"[job {job.id}](https://discord.com/channels/" in said
        assert labels(card) == ["Remove and refund", "Remove", "Dismiss", "Block member"]


def test_the_picture_is_hidden_until_it_is_looked_at():
    card = complaint_card(a_job(order("a fox")), 7, "look", has_picture=True)
    (thumbnail,) = [one for one in card.walk_children() if isinstance(one, discord.ui.Thumbnail)]
    assert thumbnail.spoiler
    assert thumbnail.description


def test_a_decision_is_added_and_takes_its_buttons_away():
    card = complaint_card(a_job(order("a fox")), 7, "look")
    removed = decide(posted(card), "Removed", REMOVE, REMOVE_ONLY, DISMISS)
    assert text_of(removed).endswith(f"\n**Removed** by <@{MODERATOR}>, {date(NOW)}")
    assert text_of(removed).startswith(text_of(card))
    assert labels(removed) == ["Block member"]
    both = decide(posted(removed), "<@5> blocked", BLOCK)
    assert text_of(both).startswith(text_of(removed))
    assert labels(both) == []
    assert labels(decide(posted(card), "Dismissed", *LABELS)) == []


def test_the_picture_stays_where_the_report_is_not_settled():
    card = complaint_card(a_job(order("a fox")), 7, "look", has_picture=True)
    blocked = decide(posted(card, "reported.jpg"), "<@5> blocked", BLOCK, keeps_picture=True)
    assert any(isinstance(one, discord.ui.Thumbnail) for one in blocked.walk_children())
    dismissed = decide(posted(card, "reported.jpg"), "Dismissed", *LABELS)
    assert not any(isinstance(one, discord.ui.Thumbnail) for one in dismissed.walk_children())


def test_the_one_button_of_an_earlier_version_goes_too():
    old = Card("**<@7> reports a picture of <@5>**", buttons=())
    assert labels(decide(posted(old), "Removed", REMOVE)) == []
