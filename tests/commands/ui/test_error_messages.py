"""Every error has a sentence of its own, found by its class."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from discord import AppCommandOptionType
from discord.app_commands import Group
from hypothesis import given
from hypothesis import strategies as st

from commands import describe
from commands import errors as command_errors
from commands.ui.cards import MAX_BYTES, MAX_TEXT, Card, refusal_card
from commands.ui.error_messages import TABLE, words
from commands.ui.instants import since
from commands.ui.job_cards import failed_card
from generation import errors as generation_errors
from jobs import errors as job_errors
from prompts import PromptError, parse
from storage import errors as storage_errors
from tests.commands.ui.test_cards import a_job, order

if TYPE_CHECKING:
    from types import ModuleType

MODULES = (generation_errors, job_errors, command_errors, storage_errors)
FACTS: dict[str, Any] = {
    "field": "size",
    "reason": "too large",
    "what": "prompt",
    "engine_id": "sd",
    "nearest": "sdxl",
    "others": ("sdxl",),
    "detail": "engine words that nobody has to read",
    "retry_after": timedelta(seconds=1),
    "needed_mc": 7600,
    "available_mc": 5100,
    "held_mc": 1900,
    "waiting": 9,
    "asked": 25,
    "limit": 16,
    "missing": ("Attach Files",),
    "refill_mc": 25_000,
    "refills_at": datetime(2026, 11, 23, tzinfo=UTC),
    "until": datetime(2026, 12, 1, tzinfo=UTC),
    "channels": (10, 11),
    "roles": (20,),
    "days": 7,
    "welcome_at": datetime(2026, 11, 24, tzinfo=UTC),
    "guild_id": 123,
    "word": "cabbage",
    "cap_mc": 5000,
    "spent_mc": 1500,
    "left_mc": 900,
    "resets_at": datetime(2026, 12, 1, tzinfo=UTC),
    "open_jobs": 3,
}


def errors_of(module: ModuleType) -> list[type[Exception]]:
    return [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == module.__name__
    ]


EVERY_ERROR = [kind for module in MODULES for kind in errors_of(module)]


def example(kind: type[Exception]) -> Exception:
    """An error of that class with likely facts."""
    has_facts = kind.__init__ is not Exception.__init__
    parameters = inspect.signature(kind).parameters if has_facts else ()
    return kind(**{name: FACTS[name] for name in parameters if name in FACTS})


@pytest.mark.parametrize("kind", EVERY_ERROR, ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence(kind: type[Exception]):
    assert next(one for one in kind.__mro__ if one in TABLE) is not Exception
    said = words(example(kind))
    for sentence in filter(None, (said.headline, said.detail, said.money)):
        assert sentence[0].isupper() or sentence[0].isdigit() or sentence[0] in "“`"
        assert sentence.rstrip("*`")[-1] in ".?!"
    assert "engine words" not in said.headline + said.detail


def test_the_table_names_no_class_twice_or_for_nothing():
    known = {*EVERY_ERROR, PromptError, Exception}
    assert set(TABLE) <= known


def test_a_subclass_speaks_through_its_nearest_ancestor():
    class StillUnknown(generation_errors.Busy):
        pass

    assert words(StillUnknown()) == words(generation_errors.Busy())


def test_the_unexpected_is_an_apology_without_its_text():
    said = words(ZeroDivisionError("a secret"))
    assert "my side" in said.headline
    assert "secret" not in said.headline + said.detail


@pytest.mark.parametrize("kind", EVERY_ERROR, ids=lambda kind: kind.__name__)
def test_no_error_is_silent_about_money_unless_it_is_about_none(kind: type[Exception]):
    assert words(example(kind)).money in ("Nothing was charged.", "")


def test_the_figures_of_a_refusal():
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    said = words(job_errors.OverBudget(7601, 5109, 1901, 25_000, monday))
    assert said.detail == (
        "That costs 7.61; you have 5.10.\nAnother 1.91 is held by your running jobs."
        f"\nRefill: +25.00 {since(monday)}. Sooner: ask a moderator."
    )
    assert "held" not in words(job_errors.OverBudget(7600, 5100, 0)).detail


def refused(prompt: str) -> PromptError:
    with pytest.raises(PromptError) as raised:
        parse(prompt)
    return raised.value


def test_a_mistake_is_shown_in_bold_in_its_place():
    prompt = "a tall castle::1,5 fog"
    detail = words(refused(prompt), prompt).detail
    assert detail.splitlines()[0] == "> a tall castle::**1,5** fog"
    assert "Try `1.5`" in detail


def test_a_mistake_far_inside_is_shown_with_what_stands_around_it():
    prompt = f"{'x' * 300} ::11 {'y' * 300}"
    line = words(refused(prompt), prompt).detail.splitlines()[0]
    assert line.startswith("> …x")
    assert line.endswith("y…")
    assert len(line) < 200


HOSTILE = ("**", "`", "||", "@everyone", "<@123456789012345678>", "](http://x)", "\n", "> ", "#")
WRONG = ("::1,5", "--x", "--seed ", "{a", ",b}", "🦊", "\u202e", "word ", "(", ":11)")
soup = st.lists(st.sampled_from(HOSTILE + WRONG), max_size=40).map("".join)


@given(soup | st.text(max_size=200))
def test_any_mistake_gives_a_card_that_discord_takes(prompt: str):
    try:
        parse(prompt)
    except PromptError as error:
        check(refusal_card(error, prompt, "0123"))
        check(failed_card(a_job(order()), error, "edit_own"))


@given(st.text(max_size=3000), st.text(max_size=200))
def test_an_engines_words_fit_a_card_and_ping_nobody(reason: str, field: str):
    card = refusal_card(generation_errors.BadRequest(field[:20], reason))
    check(card)


def check(card: Card) -> None:
    texts = [one.content for one in card.walk_children() if hasattr(one, "content")]  # pyright: ignore
    said = "\n".join(texts)
    assert len(said) <= MAX_TEXT
    assert len(said.encode(errors="replace")) <= MAX_BYTES
    assert "@everyone" not in said
    assert not re.search(r"(?<!\\)<@1", said)


def test_an_instant_counts_up_by_itself():
    assert since(datetime(2026, 11, 21, tzinfo=UTC)) == "<t:1795219200:R>"


def test_what_an_engine_says_of_its_failure_is_told():
    said = "the film failed: wan came to numbers that are no film; another seed may help"
    told = words(generation_errors.EngineFailed(said))
    assert told.headline == "The engine failed each time."
    assert told.detail == (
        "The film failed: wan came to numbers that are no film; another seed may help."
        " Please try again."
    )
    assert words(generation_errors.EngineFailed()).detail == "Please try again."


def test_names_of_commands_in_a_reason_are_code_and_what_was_typed_is_not() -> None:
    reason = "use `all` or `/settings ask_from`, not `*bold*` or <@1>"
    said = words(command_errors.BadInput("scope", reason))
    assert said.detail.startswith("Use `all` or `/settings ask_from`, not ")
    assert "`*" not in said.detail.replace("\\`", "")
    assert r"\*bold\*" in said.detail
    assert r"\<@1>" in said.detail


PLURAL = re.compile(r"^That \w+s cannot be used")


@pytest.mark.parametrize(
    ("field", "headline"),
    [
        ("steps", "That number of steps does not work."),
        ("weights", "That list of weights does not work."),
        ("sides", "That extension does not work."),
        ("per_job", "That cap for one job does not work."),
        ("ask_from", "That price to ask from does not work."),
        ("control_strength", "That control strength does not work."),
    ],
)
def test_a_field_is_called_by_a_noun(field: str, headline: str):
    assert words(generation_errors.BadRequest(field, "x")).headline == headline


def test_no_option_is_a_plural_in_a_headline():
    names = {
        parameter.display_name
        for command in describe().commands
        for leaf in (command.walk_commands() if isinstance(command, Group) else [command])
        for parameter in getattr(leaf, "parameters", ())
        if parameter.type is not AppCommandOptionType.boolean
    }
    assert "weights" in names
    said = [words(command_errors.BadInput(name, "x")).headline for name in sorted(names - {"fps"})]
    assert not [headline for headline in said if PLURAL.match(headline)]
