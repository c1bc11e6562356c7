"""The operator: who is let in, what a server may spend, and what wakes them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import pytest_asyncio

from bot.background.retention import Sweeper
from bot.clock import now
from jobs.rules.disk import Space
from storage import overview
from storage.database import Database, sqlite_url
from storage.jobs.artifacts import Artifacts, open_store
from tests.bot.webhook import Webhook, listening
from tests.driver.driver import DriveRefused
from tests.generation.image.scripted import png
from tests.journeys.backend import ENGINE_ID, Backend, serving_backend
from tests.journeys.studio import WITHIN_S, Studio, button, buttons, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime
    from pathlib import Path

    from tests.driver.driver import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPERATOR, ADMINISTRATOR, MODERATOR, MEMBER = "ines", "ada", "rowan", "mina"
SECRET = "sk-that-nobody-may-read"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend(key=SECRET) as backend:
        backend.balance = 0.5
        backend.draw_at_once()
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def webhook() -> AsyncGenerator[Webhook]:
    async with listening() as webhook:
        yield webhook


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend, webhook: Webhook
) -> AsyncGenerator[Studio]:
    """A bot whose operator admits each server by themselves."""
    async with Studio(
        tmp_path_factory.mktemp("studio"),
        STABILITY_HOST=f"127.0.0.1:{backend.port}",
        STABILITY_KEY=SECRET,
        STABILITY_TLS="0",
        ATELIER_GUILD_CEILING="0",
        ATELIER_ALERT_WEBHOOK=webhook.url,
    ) as opened:
        yield opened
        assert not [line for line in opened.said if "Traceback" in line or SECRET in line]


class Server(NamedTuple):
    """A guild and the channel to draw in."""

    id: str
    channel: str


async def operate(studio: Studio, server: Server, what: str, /, **options: Any) -> str:
    """What /operator answers to the operator there."""
    outcome = await studio.driver.invoke(
        f"operator {what}", options, member=OPERATOR, channel=server.channel
    )
    assert outcome.ephemeral, outcome
    async with asyncio.timeout(WITHIN_S):
        while not (said := said_in(outcome)):
            await asyncio.sleep(0.05)
            outcome = await studio.driver.interaction(outcome.id)
    return said


def said_in(outcome: Outcome) -> str:
    messages = [outcome.message, *outcome.followups]
    return "\n".join(text_of(one) for one in messages if one).replace("\\", "")


async def refusal(outcome: Outcome) -> str:
    assert outcome.ephemeral, outcome
    return text_of(shown(outcome))


@pytest_asyncio.fixture(loop_scope="module")
async def server(studio: Studio, webhook: Webhook) -> Server:
    """A server that somebody invites the bot to."""
    guild_id = await studio.driver.invite()
    await webhook.wait_for(guild_id)
    return Server(guild_id, studio_of(studio, guild_id))


def studio_of(studio: Studio, guild_id: str) -> str:
    """The id of a server's channel to draw in."""
    channels = studio.playground.world.guilds[guild_id].channels.values()
    return next(one.id for one in channels if one.name == "studio")


async def drawn(studio: Studio, server: Server, words: str) -> None:
    """Draw a picture there, and wait for it."""
    outcome = await studio.imagine(words, channel=server.channel)
    assert not outcome.ephemeral, said_in(outcome)
    card_id = shown(outcome)["id"]
    await studio.driver.wait_for_message(
        lambda one: one["id"] == card_id and bool(one["attachments"]),
        channel=server.channel,
        within=20,
    )


async def test_a_server_that_is_not_admitted_cannot_draw(
    studio: Studio, webhook: Webhook, server: Server
):
    assert "python -m bot guilds admit" in await webhook.wait_for(server.id)
    said = await refusal(await studio.imagine("a fox", channel=server.channel))
    assert "This server is not approved yet. Nothing was charged." in said.replace("**", "")
    assert f"/operator admit server:{server.id}" in said
    assert "python" not in said
    said = await operate(studio, server, "admit", ceiling="500", server=server.id)
    assert "up to 500.00 a month" in said
    await drawn(studio, server, "a fox")


async def test_the_operators_own_server_draws_at_once(studio: Studio, webhook: Webhook):
    guild_id = await studio.driver.invite(owner=OPERATOR)
    assert "500.00 credits a month" in await webhook.wait_for(guild_id)
    channel = studio_of(studio, guild_id)
    await drawn(studio, Server(guild_id, channel), "a fox")


async def test_a_server_is_admitted_bounded_and_refused(studio: Studio, server: Server):
    said = await operate(studio, server, "admit", ceiling="0.25")
    assert "admitted, up to 0.25 a month" in said
    await drawn(studio, server, "a fox")
    over = await refusal(await studio.imagine("an owl", channel=server.channel))
    assert "0.04" in over
    assert "admitted, no limit" in await operate(studio, server, "ceiling", credits="none")
    await drawn(studio, server, "an owl")
    said = await operate(studio, server, "guilds")
    assert f"{server.id} · Atelier" in said
    assert "refused" in await operate(studio, server, "refuse")
    said = await refusal(await studio.imagine("a hare", channel=server.channel))
    assert "not approved yet" in said


async def test_a_server_is_named_from_elsewhere(studio: Studio, server: Server):
    home = studio.playground.world.guild
    said = await operate(
        studio, Server(home.id, "studio"), "admit", ceiling="1", server=f" {server.id} "
    )
    assert said.startswith(server.id)


async def test_the_shell_does_the_same(studio: Studio, server: Server):
    status, said = await studio.operator("guilds", "admit", server.id, "--ceiling", "12.5")
    assert (status, said.count("up to 12.50 a month")) == (0, 1)
    status, said = await studio.operator("guilds")
    (line,) = [line for line in said.splitlines() if line.startswith(server.id)]
    assert (status, "admitted, up to 12.50 a month" in line) == (0, True)
    assert "Atelier" in line
    assert (await studio.operator("guilds", "refuse", "Atelier"))[0] == 2
    assert (await studio.operator("guilds", "ceiling", server.id, "much"))[0] == 2
    status, said = await studio.operator("guilds", "admit", server.id)
    assert (status, "--ceiling" in said) == (1, True)


async def test_a_backup_is_taken_while_the_bot_runs(studio: Studio, tmp_path: Path):
    file = tmp_path / "copy.sqlite"
    status, said = await studio.operator("backup", str(file))
    assert (status, said.startswith(f"{file} has the whole database")) == (0, True)
    status, said = await studio.operator("backup", str(file))
    assert (status, said) == (1, f"Atelier: {file} is there already.\n")


async def test_the_balance_is_shown_beside_what_servers_may_spend(studio: Studio, server: Server):
    for said in (await operate(studio, server, "status"), (await studio.operator("status"))[1]):
        assert f"Engines: {ENGINE_ID}" in said
        assert "Balance at the API: 50.00 credits" in said
        assert "may draw" in said
        assert "free on the disk" in said
        assert SECRET not in said


@pytest.mark.parametrize("what", ["status", "guilds", "admit", "refuse"])
async def test_others_are_told_that_they_are_not_the_operator(
    studio: Studio, server: Server, what: str
):
    outcome = await studio.driver.invoke(
        f"operator {what}", member=ADMINISTRATOR, channel=server.channel
    )
    assert "Only the operator of this bot can do that." in await refusal(outcome)
    await refusal(await studio.imagine("a fox", channel=server.channel))


@pytest.mark.parametrize("member", [MODERATOR, MEMBER])
async def test_members_do_not_see_it(studio: Studio, member: str):
    with pytest.raises(DriveRefused):
        await studio.driver.invoke("operator status", member=member)


@pytest.mark.parametrize(
    ("what", "options", "says"),
    [
        ("admit", {"ceiling": "much"}, "no number of credits"),
        ("admit", {}, "Say what the server may spend"),
        ("ceiling", {"credits": "-1"}, "not between 0 and"),
        ("refuse", {"server": "Atelier"}, "no id"),
    ],
)
async def test_what_cannot_be_read_changes_nothing(
    studio: Studio, server: Server, what: str, options: dict[str, str], says: str
):
    assert says in await operate(studio, server, what, **options)
    await refusal(await studio.imagine("a fox", channel=server.channel))


async def test_a_server_is_told_of_once(studio: Studio, webhook: Webhook, server: Server):
    await studio.restart()
    later = await studio.driver.invite()
    await webhook.wait_for(later)
    assert len([one for one in webhook.read if server.id in one]) == 1


async def test_a_reached_cap_refuses_and_loses_nothing(
    tmp_path: Path, backend: Backend, webhook: Webhook
):
    settings: dict[str, Any] = {
        "STABILITY_HOST": f"127.0.0.1:{backend.port}",
        "STABILITY_KEY": SECRET,
        "STABILITY_TLS": "0",
        "ATELIER_ALERT_WEBHOOK": webhook.url,
        "ATELIER_DISK_CAP": "1000",
    }
    async with Studio(tmp_path, **settings) as studio:
        card = await studio.result(await studio.imagine("a fox"))
        await studio.settled()
        await studio.restart()
        await webhook.wait_for("new jobs are refused")
        said = await refusal(await studio.imagine("an owl"))
        assert "no room for more pictures" in said
        rerolled = await studio.driver.click(card["id"], button(card, "Reroll"))
        assert "no room for more pictures" in await refusal(rerolled)
        assert "24.79" in await studio.settled()


async def test_after_its_days_a_result_is_erased_and_its_buttons_say_so(
    tmp_path: Path, backend: Backend
):
    settings: dict[str, Any] = {
        "STABILITY_HOST": f"127.0.0.1:{backend.port}",
        "STABILITY_KEY": SECRET,
        "STABILITY_TLS": "0",
    }
    async with Studio(tmp_path, **settings) as studio:
        upload = await studio.driver.upload("start.png", png(0, (512, 512)))
        from_picture = await studio.result(await studio.imagine("a sea", image=upload["id"]))
        from_words = await studio.result(await studio.imagine("a fox"))
        await studio.settled()
        await sweep_in_a_year(studio)
        for card in (from_picture, from_words):
            refused = await studio.driver.click(card["id"], button(card, "Reroll"))
            assert "not possible any more" in await refusal(refused)
        said = await studio.settled()
        assert "a fox" not in said
        assert "24.59" in said
        removed = await studio.driver.click(from_words["id"], buttons(from_words)["Delete"])
        assert removed.state == "acknowledged"


async def sweep_in_a_year(studio: Studio) -> None:
    """Erase the studio's old pictures, as the bot will by then."""
    state = studio.folder / "state"
    database = await Database.open(sqlite_url(state / "atelier.sqlite"))

    def in_a_year() -> datetime:
        return now() + timedelta(days=365)

    await Sweeper(
        database=database,
        artifacts=Artifacts(database, open_store(str(state / "artifacts")), in_a_year),
        space=Space([]),
        keep_days=30,
        making=state / "making",
        now=in_a_year,
    ).sweep()
    assert await database.read(overview.kept_bytes) == 0
    await database.close()
