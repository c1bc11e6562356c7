"""A stage with three guilds, on which everybody tries everything: for the permission matrix."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp

from commands.ui.cards import TROUBLE
from tests.driver.driver import DriveRefused
from tests.generation.image.scripted import answer, image, png
from tests.journeys.matrix import ROLES, Case, Role
from tests.journeys.studio import (
    WITHIN_S,
    Studio,
    attachments,
    buttons,
    confirmed,
    opened,
    shown,
    text_of,
    walk,
)
from tests.journeys.video_backend import LOST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from generation.wire import generation_pb2 as pb
    from tests.driver.driver import Outcome

HOME, REFUSED, OTHER = "Atelier", "Atelier 2", "Atelier 3"
AUTHOR = "guest1"
SLOW = "a slow snail"
SPENT = 3
"""Results that are gone after a role has tried everything."""


async def draw_unless_slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
    """Never answer those that are to be cancelled."""
    if request.prompt[0].text == SLOW:
        await asyncio.Event().wait()
    size = (request.image.width, request.image.height)
    yield answer(image(0, seed=7, data=png(0, size)))


class Actor(NamedTuple):
    """Who stands for a role, and in which channel."""

    member: str
    channel: str

    @property
    def guild(self) -> str:
        return self.channel.rpartition("/")[0]


ACTORS: dict[Role, Actor] = dict(
    zip(
        ROLES,
        (
            Actor("mina", f"{HOME}/studio"),
            Actor("rowan", f"{HOME}/studio"),
            Actor("ada", f"{HOME}/studio"),
            Actor("ines", f"{HOME}/studio"),
            Actor("jun", f"{HOME}/studio"),
            Actor("rowan", f"{REFUSED}/studio"),
            Actor("rowan", f"{OTHER}/studio"),
            Actor("rowan", "@me"),
        ),
        strict=True,
    )
)


class Stage:
    """Three guilds with results of another member's, one of them refused afterwards."""

    def __init__(self, studio: Studio) -> None:
        self.driver = studio.driver
        self._studio = studio
        self._kept: dict[str, dict[str, Any]] = {}
        self._spare: dict[str, list[dict[str, Any]]] = {}
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._ids: dict[str, dict[str, str]] = {}
        self._videos: dict[str, dict[str, Any]] = {}
        self._morphs: dict[str, dict[str, Any]] = {}
        self._blends: dict[str, dict[str, Any]] = {}
        self._questions: dict[str, dict[str, Any]] = {}
        self._lost: dict[str, list[dict[str, Any]]] = {}

    async def set_up(self) -> None:
        guilds = {one["name"]: one["id"] for one in (await self.driver.state())["guilds"]}
        for name, guild_id in guilds.items():
            await self._learn(name, guild_id)
            members = self._ids[name]
            member = ("--guild", guild_id, "--member", members["Guest 1"])
            await self._operate("credits", "grant", *member, "--amount", "500")
            at_home = sum(actor.guild == name for actor in ACTORS.values())
            self._kept[name] = await self._result(name)
            self._spare[name] = [await self._result(name) for _ in range(SPENT * at_home)]
            lost = [await self._video(name, seed=LOST) for _ in range(at_home + 1)]
            self._morphs[name] = await self._once(name, await self._morph(name), "GIF")
            self._blends[name] = await self._once(name, await self._blend(name), "Reroll")
            self._videos[name] = await self._once(name, await self._video(name), "Extend")
            asked = await self._order(name, "a wren", "animate")
            self._questions[name] = await self._once(name, asked, "Keep only the picture")
            # Nothing is drawn beside these any more.
            self._waiting[name] = [await self._order(name, SLOW) for _ in range(at_home + 1)]
            self._lost[name] = [await self._once(name, one, "Start again") for one in lost]
        await self.driver.change_member("rowan", guild=guilds[OTHER], roles=[])
        await self._operate("guilds", "refuse", guilds[REFUSED])
        blocked = await self.driver.invoke(
            "mod block", {"member": self._ids[HOME]["Jun"]}, member="rowan"
        )
        assert blocked.ephemeral

    async def use(self, actor: Actor, command: str, case: Case) -> str:
        """What comes of a command."""
        if case.before:
            await self._use(actor, *case.before)
        return await self._use(actor, command, case.options)

    async def _use(self, actor: Actor, command: str, options: dict[str, Any]) -> str:
        given = {name: await self._resolved(actor, value) for name, value in options.items()}
        return await self._verdict(
            self.driver.invoke(command, given, member=actor.member, channel=actor.channel)
        )

    async def menu(self, actor: Actor, command: str) -> str:
        """What comes of a command of the messages' menu."""
        is_taken = command == "Remove and refund"
        message = self._spend(actor) if is_taken else self._kept[actor.guild or HOME]
        return await self._verdict(
            self.driver.menu(
                command, message=message["id"], member=actor.member, channel=actor.channel
            )
        )

    async def press(self, actor: Actor, action: str) -> str:
        """What comes of a button on another member's card."""
        card = self._card(actor, action)
        (custom_id,) = [one for one in buttons(card).values() if one.startswith(f"{action}:")]
        return await self._verdict(
            self.driver.click(card["id"], custom_id, member=actor.member, channel=actor.channel)
        )

    async def send(self, actor: Actor, action: str) -> str:
        """What comes of sending a form that a button on another member's card opens."""
        card = self._card(actor, action)
        (custom_id,) = [one for one in buttons(card).values() if one.startswith(f"{action}:")]
        opened = await self.driver.click(
            card["id"], custom_id, member=actor.member, channel=actor.channel
        )
        if opened.modal is None:
            return "n"
        usual = usual_answers(opened.modal)
        return await self._verdict(self.driver.submit(opened.id, usual, member=actor.member))

    def job_of(self, guild: str, kind: str) -> str:
        """The id of another member's job."""
        cards = {
            "picture": self._kept[guild],
            "film": self._videos[guild],
            "walk": self._morphs[guild],
            "blend": self._blends[guild],
            "lost": self._lost[guild][0],
            "waiting": self._waiting[guild][0],
        }
        return next(iter(buttons(cards[kind]).values())).partition(":")[2]

    async def refused_draft(self, member: str, guild: str) -> str:
        """The id of what a member typed with a mistake in it."""
        where = {"member": member, "channel": f"{guild}/studio"}
        refused = await self.driver.invoke("imagine", {"prompt": "a tower::1,5"}, **where)
        return buttons(shown(refused))["Edit"].partition(":")[2]

    async def press_forged(
        self, member: str, guild: str, action: str, job_id: str, channel: str = "studio"
    ) -> str:
        """What a button that says whatever is wanted is answered in bold; its message stays."""
        where = f"{guild}/{channel}"
        custom_id = f"{action}:{job_id}"
        button = {"type": 2, "style": 2, "label": "?", "custom_id": custom_id}
        card = {"flags": 1 << 15, "components": [{"type": 1, "components": [button]}]}
        posted = await self._as_the_bot(f"/channels/{self._ids[guild][channel]}/messages", card)
        outcome = await self.driver.click(posted["id"], custom_id, member=member, channel=where)
        (left,) = [one for one in await self.driver.messages(where) if one["id"] == posted["id"]]
        assert buttons(left) == {"?": custom_id}
        return headline(outcome)

    async def send_forged(self, member: str, guild: str, action: str, job_id: str) -> str:
        """The headline of what answers a form that says whatever is wanted."""
        card = self._videos[guild]
        camera = next(one for one in buttons(card).values() if one.startswith("camera:"))
        form = await self.driver.click(card["id"], camera, member=member, channel=f"{guild}/studio")
        kept = self._studio.playground.interactions.find(form.id)
        assert kept
        assert kept.modal
        kept.modal["custom_id"] = f"{action}:{job_id}:00000000"
        answers = usual_answers(opened(form))
        return headline(await self.driver.submit(form.id, answers, member=member))

    async def _as_the_bot(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        playground = self._studio.playground
        headers = {"Authorization": f"Bot {playground.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(playground.api_base + path, json=body) as response,
        ):
            assert response.status == 200, await response.text()
            return await response.json()

    async def send_once_blocked(self, member: str, action: str) -> str:
        """The headline of what answers a form whose sender was blocked since it opened."""
        actor = Actor(member, f"{HOME}/studio")
        card = self._card(actor, action)
        (custom_id,) = [one for one in buttons(card).values() if one.startswith(f"{action}:")]
        form = await self.driver.click(card["id"], custom_id, member=member, channel=actor.channel)
        answers = usual_answers(opened(form))
        whom = {"member": self._ids[HOME]["Guest 2"]}
        await self.driver.invoke("mod block", whom, member="rowan")
        try:
            return headline(await self.driver.submit(form.id, answers, member=member))
        finally:
            await self.driver.invoke("mod reset", whom, member="rowan")

    def _card(self, actor: Actor, action: str) -> dict[str, Any]:
        guild = actor.guild
        match action:
            case "cancel":
                return self._waiting[guild].pop()
            case "delete":
                return self._spend(actor)
            case "extend" | "camera" | "gif" | "webp":
                return self._videos[guild]
            case "morph_edit":
                return self._morphs[guild]
            case "blend_reroll" | "blend_edit":
                return self._blends[guild]
            case "approve" | "decline":
                return self._questions[guild]
            case "resend":
                return self._lost[guild][-1]
            case "let_go":
                return self._lost[guild].pop()
            case _:
                return self._kept[guild]

    def _spend(self, actor: Actor) -> dict[str, Any]:
        """A result that may be gone afterwards."""
        return self._spare[actor.guild].pop() if actor.guild else self._kept[HOME]

    async def _resolved(self, actor: Actor, value: Any) -> Any:
        if value == "{picture}":
            where = {"member": actor.member, "channel": actor.channel}
            return (await self.driver.upload("boat.png", png(0, (512, 288)), **where))["id"]
        if not (isinstance(value, str) and value.startswith("{")):
            return value
        if value == "{job}":
            (custom_id,) = [
                one for one in buttons(self._spend(actor)).values() if one.startswith("reroll:")
            ]
            return custom_id.partition(":")[2]
        if value == "{result}":
            return self.job_of(actor.guild or HOME, "picture")
        return self._ids.get(actor.guild, self._ids[HOME])[value.strip("{}")]

    async def _verdict(self, doing: Any) -> str:
        try:
            outcome: Outcome = await doing
        except DriveRefused as refused:
            offered = re.search("may not use|cannot be used", refused.sentence) is None
            return refused.sentence if offered else "-"
        assert outcome.state == "acknowledged", outcome
        if outcome.message is None:
            return "y"
        said = shown(outcome)
        async with asyncio.timeout(WITHIN_S):
            while said.get("thinking"):
                await asyncio.sleep(0.05)
                said = shown(await self.driver.interaction(outcome.id))
        return "n" if is_refusal(said) else "y"

    async def _learn(self, name: str, guild_id: str) -> None:
        state = await self.driver.state(guild=guild_id)
        self._ids[name] = {
            one["name"]: one["id"]
            for one in (*state["members"], *state["roles"], *state["channels"])
        }

    async def _video(self, guild: str, **options: Any) -> dict[str, Any]:
        where = {"member": AUTHOR, "channel": f"{guild}/studio"}
        file = await self.driver.upload("boat.png", png(0, (512, 288)), **where)
        asked = await self.driver.invoke("animate", {"image": file["id"], **options}, **where)
        ordered = await confirmed(self.driver, asked, **where)
        assert not ordered.ephemeral, text_of(shown(ordered))
        return shown(ordered)

    async def _morph(self, guild: str) -> dict[str, Any]:
        where = {"member": AUTHOR, "channel": f"{guild}/studio"}
        asked = {"first": "a wren", "second": "a fox", "frames": 8, "size": "64x64"}
        quoted = shown(await self.driver.invoke("morph", asked, **where))
        draw = next(one for one in buttons(quoted).values() if one.startswith("morph_draw:"))
        return shown(await self.driver.click(quoted["id"], draw, **where))

    async def _blend(self, guild: str) -> dict[str, Any]:
        where = {"member": AUTHOR, "channel": f"{guild}/studio"}
        files = [await self.driver.upload("boat.png", png(0, (512, 288)), **where) for _ in "12"]
        images = {f"image{number}": file["id"] for number, file in enumerate(files, start=1)}
        return shown(await self.driver.invoke("blend", images, **where))

    async def _once(self, guild: str, card: dict[str, Any], label: str) -> dict[str, Any]:
        """The card once it has a button."""

        def has_it(one: dict[str, Any]) -> bool:
            return one["id"] == card["id"] and any(name.startswith(label) for name in buttons(one))

        return await self.driver.wait_for_message(has_it, channel=f"{guild}/studio", within=30)

    async def _order(
        self, guild: str, words: str = "a wren", command: str = "imagine"
    ) -> dict[str, Any]:
        where = f"{guild}/studio"
        ordered = await self.driver.invoke(command, {"prompt": words}, member=AUTHOR, channel=where)
        assert not ordered.ephemeral, text_of(shown(ordered))
        return shown(ordered)

    async def _result(self, guild: str) -> dict[str, Any]:
        card = await self._order(guild)
        return await self.driver.wait_for_message(
            lambda one: one["id"] == card["id"] and bool(attachments(one)),
            channel=f"{guild}/studio",
        )

    async def _operate(self, *arguments: str) -> None:
        status, said = await self._studio.operator(*arguments)
        assert status == 0, said


def is_refusal(message: dict[str, Any]) -> bool:
    """Whether a private card says that something is not done."""
    colours = [one.get("accent_color") for one in walk(message["components"])]
    return bool(message.get("ephemeral")) and TROUBLE.value in colours


def usual_answers(form: dict[str, Any]) -> dict[str, Any]:
    """What a form has chosen for whoever changes nothing."""
    selects = [label["component"] for label in form["components"]]
    return {
        one["custom_id"]: [each["value"] for each in one["options"] if each.get("default")]
        for one in selects
    }


def headline(outcome: Outcome) -> str:
    """What a private refusal says in bold; else what was done instead."""
    if outcome.message is None or not outcome.ephemeral:
        return f"done: {outcome}"
    return text_of(outcome.message).split("**")[1]
