"""Moderators set rules, members meet them: the figure, the rule, and the way out as a button."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.driver.driver import DriveRefused
from tests.journeys.studio import Studio, attachments, buttons, opened, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.driver.driver import Field, Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")


class House:
    """A server of its own, in which no rule was set yet."""

    def __init__(self, studio: Studio, state: dict[str, Any]) -> None:
        self.studio = studio
        self.driver = studio.driver
        self.id: str = state["guild"]["id"]
        self.channels = {one["name"]: one["id"] for one in state["channels"]}
        self.roles = {one["name"]: one["id"] for one in state["roles"]}
        self.members = {one["name"]: one["id"] for one in state["members"]}

    async def limits(self, what: str, **options: Any) -> str:
        """What /limits answers a moderator."""
        return private(
            await self.driver.invoke(
                f"limits {what}", options, member="rowan", channel=self.channels["studio"]
            )
        )

    async def imagine(self, prompt: str, member: str = "mina", channel: str = "studio") -> Outcome:
        return await self.studio.imagine(prompt, member=member, channel=self.channels[channel])

    async def draws(self, prompt: str, member: str = "mina", channel: str = "studio") -> None:
        """Nothing stands in the way."""
        outcome = await self.imagine(prompt, member, channel)
        assert not outcome.ephemeral, text_of(shown(outcome))
        assert attachments(await self.result(outcome, channel))

    async def refusal(self, prompt: str, member: str = "mina", channel: str = "studio") -> str:
        return private(await self.imagine(prompt, member, channel))

    async def result(self, outcome: Outcome, channel: str = "studio") -> dict[str, Any]:
        return await self.driver.wait_for_message(
            lambda one: one["id"] == shown(outcome)["id"] and bool(attachments(one)),
            channel=self.channels[channel],
            within=20,
        )

    async def press(self, card: dict[str, Any], button: str, member: str = "mina") -> Outcome:
        return await self.driver.click(
            card["id"], button, member=member, channel=self.channels["studio"]
        )

    async def warnings(self) -> list[str]:
        """What the gallery was told of the budget, once there is something."""
        gallery, mark = self.channels["gallery"], "This month's budget"
        await self.driver.wait_for_message(lambda one: mark in text_of(one), channel=gallery)
        said = [text_of(one) for one in await self.driver.messages(channel=gallery)]
        return [one for one in said if mark in one]

    async def form(self) -> Outcome:
        return await self.driver.invoke(
            "limits setup", member="rowan", channel=self.channels["studio"]
        )

    async def completed(self, command: str, option: str, **options: Any) -> list[str]:
        choices = await self.driver.autocomplete(
            command, option, options, member="rowan", channel=self.channels["studio"]
        )
        return [one["value"] for one in choices]


@pytest_asyncio.fixture(loop_scope="module")
async def house(studio: Studio) -> AsyncGenerator[House]:
    guild = await studio.driver.invite()
    yield House(studio, await studio.driver.state(guild=guild))


def private(outcome: Outcome) -> str:
    assert outcome.ephemeral, outcome
    return text_of(shown(outcome))


def offers_of(card: dict[str, Any]) -> dict[str, str]:
    """The cheaper variants among a card's buttons."""
    return {label: button for label, button in buttons(card).items() if "cheaper" in button}


async def test_a_cap_for_a_job_is_told_with_its_figure_and_a_cheaper_variant(house: House):
    assert "0.50 credits for one job" in await house.limits("caps", per_job="0.5")
    refused = await house.imagine("a fox --count 4")
    assert "That costs 0.81; one job may cost at most 0.50 here." in private(refused)
    card = shown(refused)
    offer = offers_of(card)["2 pictures · 0.41"]
    drawn = await house.result(await house.press(card, offer))
    assert len(attachments(drawn)) == 2
    # Its job may be over by now, or not.
    again = private(await house.press(card, offer))
    assert "Already in progress." in again or "That was ordered before." in again


async def test_no_offer_reads_dearer_than_what_one_has(house: House):
    # Two pictures cost 0.402, which reads 0.41.
    await house.limits("start", amount="0.405")
    refused = await house.imagine("a fox --count 4")
    assert "That costs 0.81; you have 0.40." in private(refused)
    assert next(iter(offers_of(shown(refused)))) == "1 picture · 0.21"


async def test_every_offer_passes(house: House):
    await house.limits("caps", per_job="0.1")
    card = shown(await house.imagine("a fox::1.5 snow::-0.5 --ar 3:2"))
    offers = offers_of(card)
    assert len(offers) == 2
    for label, offer in offers.items():
        drawn = text_of(await house.result(await house.press(card, offer)))
        assert f"{label.rpartition(' ')[2]} credits" in drawn


async def test_too_few_credits_name_refill_and_way_out(house: House):
    await house.limits("start", amount="0.5")
    await house.limits("refill", amount="3", period="day", timezone="Europe/Berlin")
    refused = await house.imagine("a fox --count 4")
    said = private(refused)
    assert "That costs 0.81; you have 0.50." in said
    assert re.search(r"Refill: \+3\.00 <t:\d+:R>\. Sooner: ask a moderator\.", said)
    assert next(iter(offers_of(shown(refused)))) == "2 pictures · 0.41"
    own = await house.press(shown(refused), buttons(shown(refused))["My credits"])
    assert "0.50 credits" in private(own)


async def test_a_cap_for_the_day_counts_what_is_spent(house: House):
    await house.limits("caps", per_day="0.3")
    await house.draws("a fox")
    said = await house.refusal("a fox")
    assert "That costs 0.21; today you have used 0.21 of 0.30." in said
    assert re.search(r"A new day begins <t:\d+:R>", said)
    await house.draws("a fox", member="jun")


async def test_a_pause_stops_everyone_until_it_ends(house: House):
    assert "Paused" in await house.limits("pause")
    assert "Drawing is paused in this server." in await house.refusal("a fox", member="rowan")
    assert "**Paused:**" in await house.limits("show")
    await house.limits("resume")
    await house.draws("a fox", member="rowan")


async def test_words_are_found_however_they_are_written(house: House):
    await house.limits("words add", entry="Cabbage")
    assert "stopped by “Cabbage”" in await house.limits("words test", text="a c4bb\u0430ge")
    said = await house.refusal("a c.a.b.b.a.g.e in snow")
    assert "“Cabbage” is on this server's blocked-word list." in said
    assert "Cabbage" in await house.limits("words list")
    assert await house.completed("limits words remove", "entry", entry="cab") == ["Cabbage"]
    assert "no letter" in await house.limits("words add", entry="…")
    await house.limits("words remove", entry="cabbage")
    await house.draws("a cabbage")
    assert "not on the list" in await house.limits("words remove", entry="cabbage")


async def test_innocent_phrases_pass(house: House):
    await house.draws("a naked mole rat beside a nude beige dress")
    assert "“naked” is" in await house.refusal("a naked mole rat and a naked woman")
    await house.limits("words add", entry="kraken")
    assert "itself is refused" in await house.limits("words except", phrase="Kraken")
    assert "itself is refused" in await house.limits("words except", phrase="n.u.d.e")
    assert "passes here now" in await house.limits("words except", phrase="kraken rum")
    assert "passes here now" in await house.limits("words except", phrase="nude study")
    await house.draws("a bottle of KR4KEN-rum and a nude study")
    assert "“kraken” is on this server's" in await house.refusal("a kraken, kraken rum")
    assert "“nude” is" in await house.refusal("a nude study, nude")
    assert "1 entry, 2 exceptions" in await house.limits("show")
    assert "kraken rum · nude study" in await house.limits("words except")
    assert "kraken rum" in await house.limits("words list")
    assert await house.completed("limits words except", "phrase", phrase="rum") == ["kraken rum"]
    await house.limits("words except", phrase="Kraken Rum", change="remove")
    assert "“kraken” is on this server's" in await house.refusal("a bottle of kraken rum")
    assert "is no exception" in await house.limits("words except", phrase="x", change="remove")


async def test_adult_content_needs_an_age_restricted_channel(house: House):
    said = await house.refusal("a nud\u0435 figure in marble")
    dark = house.channels["after-dark"]
    assert f"is drawn in age-restricted channels only. Here it passes: <#{dark}>." in said
    for hidden in ("--no (nude woman:-1)", "::1 (nude woman:-2)::-1", "::1 ((nude:-1):-1)"):
        assert "“nude” is drawn in age" in await house.refusal(f"portrait {hidden}")
    await house.draws("a fox --no nude")
    await house.draws("a nude figure in marble", channel="after-dark")
    assert "“nude”" in await house.limits("words test", text="n.u.d.e")
    assert "“nude”" in await house.limits("words test", text="a fox --no (nude:-1)")
    assert "nothing in it" in await house.limits("words test", text="a fox --no nude")


async def test_channels_and_roles(house: House):
    gallery, painter = house.channels["gallery"], house.roles["Painter"]
    assert f"<#{gallery}>" in await house.limits("channels add", channel=gallery)
    refused = await house.refusal("a fox")
    assert f"You can't draw in this channel. Nothing was charged.\nDraw in <#{gallery}>." in (
        refused.replace("**", "")
    )
    # There it would be refused for another reason, so no way is offered that is none.
    assert "Ask a moderator where" in await house.refusal("a nude statue")
    await house.draws("a fox", channel="gallery")
    assert "the only one" in await house.limits("channels remove", channel=gallery)
    await house.limits("channels all")
    await house.limits("roles add", role=painter)
    said = await house.refusal("a fox", member="jun")
    assert f"Ask a moderator for <@&{painter}>." in said
    await house.draws("a fox", member="mina")
    await house.limits("roles all")
    await house.draws("a fox", member="jun")


async def test_who_joined_too_recently_waits(house: House):
    await house.limits("age", days=3650)
    said = await house.refusal("a fox")
    assert "Members can draw 3650 days after they joined" in said
    assert re.search(r"<t:\d+:R>", said)
    await house.limits("age", days=0)
    await house.draws("a fox")


async def test_the_form_asks_three_questions_and_is_done(house: House):
    form = await house.form()
    assert opened(form)["title"] == "Limits"
    gallery, painter = house.channels["gallery"], house.roles["Painter"]
    given: dict[str, Field] = {
        "refill": "30 per month",
        "channels": [gallery],
        "roles": [painter],
        "budget": "500",
        "reports": [gallery],
    }
    said = private(await house.driver.submit(form.id, given, member="rowan"))
    assert "30.00 credits every month" in said
    assert f"<#{gallery}>" in said
    assert "500.00 credits a month" in said
    assert f"Reports go to <#{gallery}>." in said
    assert "500.00 credits a month" in await house.limits("show")
    again = await house.form()
    fields = {
        one["component"]["custom_id"]: one["component"] for one in opened(again)["components"]
    }
    assert fields["refill"]["value"] == "30 a month"
    assert [str(one["id"]) for one in fields["channels"]["default_values"]] == [gallery]
    wrong: dict[str, Field] = {"refill": "many", "budget": "1", "channels": [], "roles": [painter]}
    bad = await house.driver.submit(again.id, wrong, member="rowan")
    assert "25 a week" in private(bad)
    assert "30.00 credits every month" in await house.limits("show")
    kept = await house.press(shown(bad), buttons(shown(bad))["Try again"], "rowan")
    fields = {one["component"]["custom_id"]: one["component"] for one in opened(kept)["components"]}
    assert (fields["refill"]["value"], fields["budget"]["value"]) == ("many", "1")
    assert not fields["channels"].get("default_values")
    better: dict[str, Field] = {"refill": "7 a day", "budget": "10", "reports": []}
    said = private(await house.driver.submit(kept.id, better, member="rowan"))
    assert "7.00 credits every day" in said
    assert "No film can be made: one costs 20.00." in said
    assert "Reports go to the operator of this bot." in said


async def test_the_form_is_worth_nothing_to_who_may_not_send_it(house: House):
    form = await house.form()
    await house.driver.change_member("rowan", guild=house.id, roles=[])
    given: dict[str, Field] = {"refill": "1000 a day", "budget": "none"}
    said = private(await house.driver.submit(form.id, given, member="rowan"))
    assert "You need Manage Server." in said
    await house.driver.change_member("rowan", guild=house.id, roles=["Moderator"])
    assert "25.00 credits every week" in await house.limits("show")


async def test_the_budget_of_the_month_warns_once_and_ends(house: House):
    gallery = house.channels["gallery"]
    await house.limits("budget", amount="0.5", channel=gallery)
    await house.draws("a fox")
    await house.draws("a fox", member="jun")
    said = await house.refusal("a fox", member="ines")
    assert "This server's budget for the month is used up." in said
    assert "That costs 0.21; 0.09 is left." in said
    assert re.search(r"next month begins <t:\d+:R>", said)
    await house.limits("budget", amount="1")
    await house.draws("a fox --size 256x256", member="ines")
    warnings = await house.warnings()
    assert len(warnings) == 1
    assert "is used to 80 %" in warnings[0]
    assert "0.41 of 0.50 credits" in warnings[0]
    assert "1.00 credit a month" in await house.limits("show")


async def test_two_parts_of_the_budget_at_once_are_one_warning(house: House):
    await house.limits("budget", amount="0.402", channel=house.channels["gallery"])
    await house.draws("a fox")
    await house.draws("a fox", member="jun")
    (warning,) = await house.warnings()
    assert "This month's budget is used up." in warning


async def test_refills_by_role_and_member(house: House):
    painter, jun = house.roles["Painter"], house.members["Jun"]
    assert "50.00" in await house.limits("role", role=painter, refill="50")
    assert f"<@&{painter}> 50.00" in await house.limits("show")
    assert "no refill of its own" in await house.limits("role", role=painter)
    assert f"<@{jun}> gets 2.50" in await house.limits("member", member=jun, refill="2.5")
    assert "their roles" in await house.limits("member", member=jun)
    said = await house.limits("refill", amount="20", period="day", timezone="europe/berlin")
    assert "20.00 credits every day (time zone Europe/Berlin)" in said
    found = await house.completed("limits refill", "timezone", amount="1", timezone="berl")
    assert found == ["Europe/Berlin"]
    assert "Queue priority" in await house.limits("tier", role=painter, tier=2)


@pytest.mark.parametrize(
    ("what", "options", "says"),
    [
        ("refill", {"amount": "20", "timezone": "Moon/Base"}, "That time zone cannot be used."),
        ("start", {"amount": "many"}, "That amount cannot be used."),
        ("start", {"amount": "0.0001"}, "more than three digits"),
        ("start", {"amount": "-1"}, "not between 0 and"),
        ("caps", {}, "Say per_job, per_day or open_jobs."),
    ],
)
async def test_bad_input_names_the_option(
    house: House, what: str, options: dict[str, Any], says: str
):
    before = await house.limits("show")
    assert says in (await house.limits(what, **options)).replace("\\", "")
    assert await house.limits("show") == before


async def test_changes_are_mirrored(house: House):
    gallery = house.channels["gallery"]
    said = await house.limits("audit", channel=house.channels["read-only"])
    assert "I may not write in #read-only: give me Send Messages there." in said
    await house.limits("audit", channel=gallery)
    await house.limits("gifts", allowed=True)
    await house.driver.wait_for_message(lambda one: "limits gifts" in text_of(one), channel=gallery)


async def test_only_those_who_manage_the_server_see_it(house: House):
    with pytest.raises(DriveRefused, match="may not use limits"):
        await house.driver.invoke("limits show", channel=house.channels["studio"], member="mina")
