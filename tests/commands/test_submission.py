"""From a request to a job: the phases of an order, and what is left where it is refused."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any
from unittest.mock import create_autospec

import discord
import pytest
import pytest_asyncio

from commands import acceptance
from commands.acceptance import Phase
from commands.errors import AlreadyOrdered, BadInput
from commands.kinds.kept_request import ANY, KeptRequest, Quote
from jobs.errors import OverBudget
from jobs.submit import new_job_id
from storage.errors import OutcomeUnknown
from storage.forgetting import has_open_jobs
from storage.jobs import parents
from storage.ledger.accounts import Account, Balance
from tests.commands.counter import Counter, Drawing
from tests.commands.interactions import MEMBER, stale, text_of
from tests.jobs.harness import ENGINE_ID, PRICE_MC, START_MC, Workshop, an_order
from tests.jobs.office import Office

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def open_counter(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Counter]:
    async with Workshop(tmp_path_factory.mktemp("counter")) as workshop:
        office = Office(workshop)
        await office.engine.launch()
        yield Counter(office)
        await office.engine.close()


@pytest.fixture
def counter(open_counter: Counter) -> Counter:
    """A submission in a guild where nothing was asked for yet."""
    open_counter.office.workshop.guild_id += 1
    return open_counter


def until_shown(interaction: Any) -> Callable[[str], Awaitable[None]]:
    """Waits until the interaction was answered."""
    shown = asyncio.Event()
    answered = interaction.response.send_message.return_value

    def show(**_: Any) -> Any:
        shown.set()
        return answered

    async def until(_job_id: str) -> None:
        async with asyncio.timeout(10):
            await shown.wait()

    interaction.response.send_message.side_effect = show
    return until


async def balance(counter: Counter, job_id: str) -> Balance:
    await counter.office.until_over(job_id)
    return await counter.office.workshop.balance()


async def test_a_quick_order_is_shown_with_its_own_card(counter: Counter):
    interaction, job_id = counter.interaction(), new_job_id()
    assert await counter.accept(interaction, Drawing(), job_id) is Phase.ACCEPTED
    (shown,) = interaction.response.send_message.await_args_list
    assert "its own card" in text_of(shown.kwargs["view"])
    interaction.edit_original_response.assert_not_awaited()
    assert await balance(counter, job_id) == Balance(START_MC - PRICE_MC, 0)


@pytest.mark.parametrize("trouble", [None, discord.RateLimited(3600)])
async def test_a_slow_order_is_shown_as_being_read_first(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, trouble: Exception | None
):
    """It is accepted also where the edit of its card is not taken."""
    monkeypatch.setattr(acceptance, "CHECK_BUDGET_S", 0)
    interaction, job_id = counter.interaction(), new_job_id()
    interaction.edit_original_response.side_effect = trouble
    request = Drawing(before=until_shown(interaction))
    assert await counter.accept(interaction, request, job_id) is Phase.ACCEPTED
    (first,) = interaction.response.send_message.await_args_list
    assert "its own card" not in text_of(first.kwargs["view"])
    (then,) = interaction.edit_original_response.await_args_list
    assert "its own card" in text_of(then.kwargs["view"])
    await counter.office.until_over(job_id)


async def test_an_order_that_is_let_go_in_time_is_no_job(counter: Counter):
    async def let_go(job_id: str) -> None:
        author = Account(counter.guild_id, MEMBER)
        assert counter.pending.in_flight.withdraw(job_id, author, is_moderator=False)

    job_id = new_job_id()
    ended = await counter.accept(counter.interaction(), Drawing(before=let_go), job_id)
    assert ended is Phase.WITHDRAWN
    assert not await counter.jobs.records.is_known(job_id)
    assert not await counter.is_noted(job_id)


async def test_of_a_stale_interaction_nothing_is_left(counter: Counter):
    interaction, job_id = counter.interaction(), new_job_id()
    interaction.response.send_message.side_effect = stale()
    assert await counter.accept(interaction, Drawing(), job_id) is Phase.STALE
    assert not await counter.jobs.records.is_known(job_id)
    assert not await counter.is_noted(job_id)


@pytest.mark.parametrize("trouble", [None, discord.RateLimited(3600)])
async def test_a_refusal_after_the_card_takes_the_card_away(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, trouble: Exception | None
):
    monkeypatch.setattr(acceptance, "CHECK_BUDGET_S", 0)
    interaction, job_id = counter.interaction(), new_job_id()
    interaction.delete_original_response.side_effect = trouble
    until = until_shown(interaction)

    async def fail(job_id: str) -> None:
        await until(job_id)
        raise BadInput("image", "it is damaged")

    with pytest.raises(BadInput):
        await counter.accept(interaction, Drawing(before=fail), job_id)
    interaction.delete_original_response.assert_awaited_once()
    # Where it stays for now, its note takes it away later.
    assert await counter.is_noted(job_id) is bool(trouble)


async def test_the_card_of_another_process_s_job_stays(counter: Counter):
    """Both were given the same interaction, and each took Discord's answer for its own."""
    interaction, job_id, ours = counter.interaction(), new_job_id(), new_job_id()
    key = f"{counter.guild_id}:both"
    assert await counter.accept(interaction, Drawing(), job_id, key) is Phase.ACCEPTED
    assert await counter.accept(interaction, Drawing(), ours, key) is Phase.STALE
    interaction.delete_original_response.assert_not_awaited()
    assert not await counter.is_noted(ours)
    await counter.office.until_over(job_id)


async def test_a_second_card_for_the_same_press_goes(counter: Counter):
    job_id, key = new_job_id(), f"{counter.guild_id}:twice"
    assert await counter.accept(counter.interaction(), Drawing(), job_id, key) is Phase.ACCEPTED
    interaction = counter.interaction()
    interaction.response.send_message.return_value.message_id = 101
    with pytest.raises(AlreadyOrdered):
        await counter.accept(interaction, Drawing(), new_job_id(), key)
    interaction.delete_original_response.assert_awaited_once()
    await counter.office.until_over(job_id)


async def test_a_lost_line_leaves_the_note_that_takes_the_card_back(counter: Counter):
    interaction, job_id = counter.interaction(), new_job_id()
    interaction.response.send_message.side_effect = OSError("the line broke off")
    with pytest.raises(OSError, match="broke off"):
        await counter.accept(interaction, Drawing(), job_id)
    assert await counter.is_noted(job_id)


async def test_where_its_note_may_be_lost_nothing_is_ordered(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    def make(_: Any, __: str, **___: Any) -> None:
        raise OutcomeUnknown("a commit was not answered in time")

    monkeypatch.setattr(counter.pending.unaccepted_cards, "make", make)
    interaction, author = counter.interaction(), Account(counter.guild_id, MEMBER)
    await counter.submission.submit(interaction, Drawing())
    (answer,) = interaction.response.send_message.await_args_list
    assert answer.kwargs["ephemeral"]
    assert "nothing was ordered" in text_of(answer.kwargs["view"])
    assert not await counter.office.workshop.database.read(has_open_jobs, author)


async def test_what_is_too_dear_is_refused_once_with_its_draft_and_offers(counter: Counter):
    interaction = counter.interaction()
    await counter.submission.submit(interaction, Drawing(each_mc=START_MC + 1))
    (answer,) = interaction.response.send_message.await_args_list
    assert answer.kwargs["ephemeral"]
    buttons = json.dumps(answer.kwargs["view"].to_components())
    assert f"for {START_MC}" in buttons
    assert '"Edit"' in buttons


async def test_a_question_comes_before_the_order(counter: Counter):
    interaction = counter.interaction()
    await counter.submission.submit(interaction, Drawing(question="Really?"))
    (answer,) = interaction.response.send_message.await_args_list
    assert answer.kwargs["ephemeral"]
    assert f"Really? {PRICE_MC} of {START_MC}" in text_of(answer.kwargs["view"])


async def test_what_is_refused_is_not_asked_about_first(counter: Counter):
    async def damaged(_job_id: str) -> None:
        raise BadInput("image", "it is damaged or cut off")

    interaction = counter.interaction()
    await counter.submission.submit(interaction, Drawing(question="Really?", before=damaged))
    (answer,) = interaction.response.send_message.await_args_list
    assert "damaged" in text_of(answer.kwargs["view"])
    assert "Really?" not in text_of(answer.kwargs["view"])


def deferring(interaction: Any) -> asyncio.Event:
    """Set once the interaction is deferred, after which only followups answer it."""
    deferred = asyncio.Event()
    interaction.followup = create_autospec(discord.Webhook, instance=True)

    async def defer(**how: Any) -> None:
        assert how == {"ephemeral": True, "thinking": True}
        interaction.response.is_done.return_value = True
        deferred.set()

    interaction.response.defer.side_effect = defer
    return deferred


@pytest.mark.parametrize("is_damaged", [False, True])
async def test_a_slow_upload_is_looked_at_before_its_price_is_asked_for(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, *, is_damaged: bool
):
    monkeypatch.setattr(acceptance, "REFUSAL_BUDGET_S", 0.01)
    interaction = counter.interaction()
    deferred = deferring(interaction)

    async def slow(_job_id: str) -> None:
        await deferred.wait()
        if is_damaged:
            raise BadInput("image", "it is damaged or cut off")

    await counter.submission.submit(interaction, Drawing(question="Really?", before=slow))
    # Nobody else has seen a card, and the one answer is private.
    interaction.response.send_message.assert_not_awaited()
    (answer,) = interaction.followup.send.await_args_list
    assert answer.kwargs["ephemeral"]
    said = text_of(answer.kwargs["view"])
    assert ("damaged" in said, "Really?" in said) == (is_damaged, not is_damaged)


async def asked(counter: Counter, request: Drawing) -> KeptRequest:
    """What is kept of a request that its author is asked about."""
    interaction = counter.interaction()
    await counter.submission.submit(interaction, request)
    (answer,) = interaction.response.send_message.await_args_list
    assert answer.kwargs["ephemeral"]
    (draft_id,) = re.findall(r"\b[0-9a-f]{16}\b", text_of(answer.kwargs["view"]))
    draft = await counter.pending.database.read(counter.pending.drafts.get, draft_id)
    assert draft is not None
    content, kept = KeptRequest.split(draft.content)
    assert content == {"prompt": "a fox"}
    return kept


async def test_who_agrees_gets_what_was_asked_for(counter: Counter):
    key = f"reroll:{counter.guild_id}:0"
    kept = await asked(counter, Drawing(question="Really?", key=key, parent_id="older", later_mc=7))
    assert kept.quote == Quote(price_mc=PRICE_MC, engine_id=ENGINE_ID)
    request = Drawing(question="Really?", **kept.agreed("another"))
    assert (request.key, request.later_mc) == (key, 7)
    await counter.submission.submit(counter.interaction(), request)
    job = await counter.office.workshop.database.read(counter.office.workshop.store.by_key, key)
    assert job is not None
    account = Account(counter.guild_id, MEMBER)
    known = await counter.office.workshop.database.read(parents.ids_of_parents, account)
    assert known[job.id] == ["older"]
    await counter.office.until_over(job.id)


@pytest.mark.parametrize(
    "agreed",
    [
        Quote(price_mc=PRICE_MC - 1, engine_id=ENGINE_ID),
        Quote(price_mc=PRICE_MC, engine_id="another"),
    ],
)
async def test_another_price_or_engine_is_asked_about_anew(counter: Counter, agreed: Quote):
    kept = await asked(counter, Drawing(question="Now", agreed=agreed))
    assert kept.quote == Quote(price_mc=PRICE_MC, engine_id=ENGINE_ID)


async def test_a_lower_price_needs_no_other_word(counter: Counter):
    agreed = Quote(price_mc=PRICE_MC + 1, engine_id=ENGINE_ID)
    key = f"confirm:{counter.guild_id}"
    await counter.submission.submit(counter.interaction(), Drawing(agreed=agreed, key=key))
    assert await counter.jobs.records.is_taken(key)


@pytest.mark.parametrize(
    "shown",
    [
        Quote(price_mc=PRICE_MC - 1, engine_id=ENGINE_ID),
        Quote(price_mc=PRICE_MC, engine_id="another"),
    ],
)
async def test_what_a_button_did_not_show_is_asked_about(counter: Counter, shown: Quote):
    kept = await asked(counter, Drawing(question="Now", shown=shown))
    assert kept.quote == Quote(price_mc=PRICE_MC, engine_id=ENGINE_ID)


async def test_what_a_button_showed_is_asked_about_from_the_members_mark_on():
    quote = Quote(price_mc=PRICE_MC, engine_id=ENGINE_ID)
    request = Drawing(shown=quote)
    order = await request.read()
    assert not request.must_confirm(order, quote, START_MC, PRICE_MC + 1)
    assert request.must_confirm(order, quote, START_MC, PRICE_MC)


async def test_drafts_of_earlier_versions_agree_to_any_price():
    content, kept = KeptRequest.split({"prompt": "a fox"})
    assert content == {"prompt": "a fox"}
    assert kept.agreed("confirm:1") == {
        "key": "confirm:1",
        "parent_id": None,
        "later_mc": 0,
        "agreed": ANY,
    }


async def test_what_its_author_took_back_is_not_gone_on_with(counter: Counter):
    """A draft is kept for a week; that its author shares what it follows from may end before."""
    author = counter.interaction()
    key = f"first:{counter.guild_id}"
    await counter.submission.submit(author, Drawing(key=key))
    database, workshop = counter.office.workshop.database, counter.office.workshop
    first = await database.read(workshop.store.by_key, key)
    assert first is not None
    await counter.office.until_over(first.id)
    change = workshop.rules.change_member
    await database.write(change, counter.guild_id, MEMBER, None, shares_results=False)
    other = counter.interaction()
    other.user.id = MEMBER + 1
    await counter.submission.submit(other, Drawing(key=f"{key}:other", parent_id=first.id))
    (answer,) = other.response.send_message.await_args_list
    assert answer.kwargs["ephemeral"]
    assert "lets nobody else use it" in text_of(answer.kwargs["view"])
    assert not await counter.jobs.records.is_taken(f"{key}:other")
    own = counter.interaction()
    await counter.submission.submit(own, Drawing(key=f"{key}:own", parent_id=first.id))
    assert await counter.jobs.records.is_taken(f"{key}:own")


async def test_what_follows_counts_before_the_first_of_two(counter: Counter):
    interaction = counter.interaction()
    await counter.submission.submit(interaction, Drawing(later_mc=START_MC + 1))
    (answer,) = interaction.response.send_message.await_args_list
    assert answer.kwargs["ephemeral"]
    # Nothing cheaper to begin with would leave enough for it.
    buttons = json.dumps(answer.kwargs["view"].to_components())
    assert "cheaper:" not in buttons
    assert '"Edit"' not in buttons
    interaction, each_mc = counter.interaction(), START_MC - 5000
    await counter.submission.submit(interaction, Drawing(each_mc=each_mc, later_mc=6000))
    (answer,) = interaction.response.send_message.await_args_list
    assert f"for {START_MC - 6000}" in json.dumps(answer.kwargs["view"].to_components())


async def test_without_permissions_nothing_is_read(counter: Counter):
    interaction = counter.interaction(app_permissions=discord.Permissions(view_channel=True))
    await counter.submission.submit(interaction, Drawing())
    (answer,) = interaction.response.send_message.await_args_list
    card = answer.kwargs["view"]
    assert "Attach Files" in text_of(card)
    assert "Edit" not in json.dumps(card.to_components())
    assert "```\na fox\n```" in text_of(card)


async def test_where_nothing_can_be_afforded_no_edit_is_offered(counter: Counter):
    interaction = counter.interaction()
    await counter.submission.submit(interaction, Drawing(each_mc=START_MC))
    poor = counter.interaction()
    await counter.submission.submit(poor, Drawing())
    (answer,) = poor.response.send_message.await_args_list
    assert "Not enough credits" in text_of(answer.kwargs["view"])
    assert '"Edit"' not in json.dumps(answer.kwargs["view"].to_components())


async def test_a_check_says_what_an_order_would_be_told(counter: Counter):
    await counter.submission.check(counter.interaction(), an_order(), PRICE_MC)
    with pytest.raises(OverBudget):
        await counter.submission.check(counter.interaction(), an_order(), START_MC + 1)
