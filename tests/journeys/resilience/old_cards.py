"""Cards with every button that there is, and forms that are open, posted by an earlier process."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from commands import describe
from commands.kinds.edit.forms import FORM_ACTIONS
from generation.catalogue.catalogue import OWN_SERVER
from playground.server import Playground
from tests.chaos.painter_server import TOKEN, PainterServer
from tests.generation.image.scripted import png
from tests.journeys.backend import serving_backend
from tests.journeys.stage import SLOW, draw_unless_slow
from tests.journeys.studio import Studio, attachments, confirmed, opened, shown, text_of, walk
from tests.journeys.video_backend import FILMS, LOST, serving_videos
from tests.journeys.videos.test_animate import until_held

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable
    from pathlib import Path

    from tests.driver.driver import Outcome

Card = dict[str, Any]

WITHIN_S = 60
QUIET_WITHIN_S = 10
SMALL = "64x64"
HELD = "stable-diffusion-v1-5"
"""The engine that never answers what is SLOW."""

OPENERS = {
    "edit": "edited",
    "edit_own": "edited",
    "redo": "redone",
    "try_it": "tried",
    "report": "reported",
    "report_again": "reported_again",
    "animate": "animated",
    "animate_edit": "animated",
    "picture_animate": "animated",
    "camera": "camera_set",
    "picture_use": "picture_used",
    "limits_setup_again": "limits_setup",
    "morph_edit": "morph_edited",
    "morph_edit_own": "morph_edited",
    "morph_redo": "morph_redone",
    "blend_edit": "blend_edited",
    "blend_edit_own": "blend_edited",
    "blend_redo": "blend_redone",
    "edit_redo": "edit_redone",
}
"""Buttons that open a form, and what sending it does."""


ACTIONS = sorted(describe().actions)
"""Every action that buttons, selects and forms of the bot can ask for."""

LAST = (
    "delete",
    "remove",
    "remove_only",
    "block_author",
    "delete_one",
    "delete_all",
    "privacy_delete",
)
"""They take away what others are pressed on."""


@asynccontextmanager
async def open_full_studio(folder: Path) -> AsyncGenerator[Studio]:
    """A bot with engines of its own, one that holds work back, and one for films."""
    catalogue = folder / "engines.toml"
    held = f'id = "{HELD}"\n'
    own = OWN_SERVER.read_text().replace(held, f"{held}blends = true\n", 1)
    catalogue.write_text(own + FILMS)
    painter = PainterServer(folder / "films")
    await painter.start()
    try:
        async with (
            serving_backend() as backend,
            serving_videos() as videos,
            Playground(description=os.environ.get("DISCORD_OPENAPI")) as playground,
            Studio(
                folder,
                playground,
                STABILITY_HOST=f"127.0.0.1:{backend.port}",
                STABILITY_REST=videos,
                ATELIER_ENGINES=str(catalogue),
                ATELIER_DEFAULT_ENGINE="atelier-painter",
                ATELIER_INFERENCE_HOST=painter.host,
                ATELIER_INFERENCE_TOKEN=TOKEN,
            ) as studio,
        ):
            backend.play(draw_unless_slow)
            yield studio
            assert not [line for line in studio.said if "Traceback" in line], studio.said
    finally:
        await painter.kill()


class OldCards:
    """Lays the cards out, each kind of them by the command or the button that it comes of."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._driver = studio.driver

    async def lay_out(self) -> None:
        """Post everything; work that is held back is begun last."""
        await self._of_moderators()
        await self._of_pictures()
        await self._of_refusals()
        await self._of_blends()
        await self._of_films()
        await self._of_reports()
        await self._of_lists()
        await self._of_work()

    async def open_forms(self) -> dict[str, tuple[Outcome, str]]:
        """Forms that no button opens, by what sending them does, with who has them open."""
        card = await self._picture(prompt="a jay")
        form = await self._driver.menu("Use as image", message=card["id"], member="ada")
        return {"used_as_image": (form, "ada"), **await self._edit_forms()}

    async def _edit_forms(self) -> dict[str, tuple[Outcome, str]]:
        """The forms that the select of edits opens."""
        private = shown(await self._press(await self._picture(prompt="a rook"), "upscale"))
        card = shown(await self._press(private, "picture_edit"))
        (choose,) = [one for one in ids_on(card) if one.startswith("edit_choose:")]
        return {
            form: (await self._driver.select(card["id"], choose, [chosen]), "mina")
            for chosen, form in FORM_ACTIONS.items()
        }

    async def _of_moderators(self) -> None:
        state = await self._driver.state()
        ids = {one["name"]: one["id"] for one in state["members"]}
        for number in range(12):
            given = {"member": ids["Mina"], "amount": 20, "reason": f"prize {number}"}
            await self._driver.invoke("mod grant", given, member="rowan")
        less = {"member": ids["Jun"], "amount": 22, "reason": "a bet"}
        await self._driver.invoke("mod remove-credits", less, member="rowan")
        gallery = next(one["id"] for one in state["channels"] if one["name"] == "gallery")
        await self._driver.invoke("limits reports", {"channel": gallery}, member="rowan")
        await self._driver.invoke("mod audit", member="rowan")
        form = await self._driver.invoke("limits setup", member="rowan")
        answers = kept_answers(opened(form)) | {"refill": "much"}
        await self._driver.submit(form.id, answers, member="rowan")

    async def _of_pictures(self) -> None:
        for _ in range(3):
            pair = await self._picture(prompt="a heron --count 2")
            await self._press(pair, "delete")
        one = await self._picture(prompt="a wren")
        await self._press(shown(await self._press(one, "upscale")), "picture_edit")
        begun = shown(await self._press(one, "reroll"))
        again = await self._studio.message(begun["id"], lambda card: bool(attachments(card)))
        await self._press(again, "recipe")
        asked = await self._driver.invoke("imagine", {"prompt": "a fox", "private": True})
        await self._studio.message(shown(asked)["id"], _shows("post"), WITHIN_S)
        await self._driver.invoke("settings", {"ask_from": "always"})
        await self._driver.invoke("imagine", {"prompt": "a hare", "size": SMALL})
        file = await self._driver.upload("sea.png", png(0, (320, 240)))
        await self._driver.invoke("edit background", {"image": file["id"]})

    async def _of_refusals(self) -> None:
        await self._driver.invoke("imagine", {"prompt": "a wren --glow 3"})
        sea = await self._driver.upload("sea.png", png(0, (128, 128)))
        edit = {"image": sea["id"], "search": "the sea", "prompt": "a hill --glow 3"}
        await self._driver.invoke("edit replace", edit)
        dear = {"prompt": "a crowd --count 16 --size 1024x1024"}
        await self._driver.invoke("imagine", dear, member="jun")
        file = await self._driver.upload("sea.png", png(0, (900, 600)), member="jun")
        await self._driver.invoke("animate", {"image": file["id"], "length": 8}, member="jun")

    async def _of_blends(self) -> None:
        card = await self._begun("blend", await self._pair())
        await self._studio.message(card["id"], _shows("blend_reroll"), WITHIN_S)
        await self._driver.invoke("blend", {**await self._pair(), "size": SMALL})
        await self._driver.invoke("blend", {**await self._pair(), "prompt": "a wren --glow 3"})
        dear = {**await self._pair("jun"), "count": 16, "size": "1024x1024"}
        await self._driver.invoke("blend", dear, member="jun")
        held = {**await self._pair(), "prompt": SLOW, "engine": HELD}
        card = await self._begun("blend", held)
        # Before it is a job it would be withdrawn, and its card go.
        await until_held(self._studio)
        await self._press(card, "cancel")

    async def _pair(self, member: str = "mina") -> dict[str, str]:
        """Two pictures to blend."""
        files = [
            await self._driver.upload("sea.png", png(0, (128, 128)), member=member) for _ in "12"
        ]
        return {f"image{number}": file["id"] for number, file in enumerate(files, start=1)}

    async def _of_films(self) -> None:
        await self._film()
        film = await self._studio.message((await self._film())["id"], _shows("extend"), WITHIN_S)
        await self._press(film, "extend")
        await self._driver.invoke("show", {"id": text_of(film).rpartition("job ")[2].split()[0]})
        file = await self._driver.upload("sea.png", png(0, (900, 600)))
        await self._driver.invoke("animate", {"image": file["id"]})
        for _ in range(2):
            asked = await self._driver.invoke("animate", {"prompt": "a wren"})
            card = shown(await confirmed(self._driver, asked))
            await self._studio.message(card["id"], _shows("decline"), WITHIN_S)
        for card in [await self._film(seed=LOST) for _ in range(2)]:
            await self._studio.message(card["id"], _shows("resend"), WITHIN_S)
        quote = {"first": "a red fox", "second": "a grey owl", "frames": 8, "size": SMALL}
        drawn = await self._press(shown(await self._driver.invoke("morph", quote)), "morph_draw")
        await self._studio.message(shown(drawn)["id"], _shows("morph_edit"), WITHIN_S)
        await self._driver.invoke("morph", quote)

    async def _of_reports(self) -> None:
        cards = [await self._picture(prompt=f"a crow {number}") for number in range(4)]
        for card in cards:
            await self._report(card, "ada", "it has no boat")
        await self._report(cards[0], "ines", " ")

    async def _report(self, card: Card, member: str, text: str) -> None:
        form = await self._press(card, "report", member)
        answers: dict[str, Any] = dict.fromkeys(kept_answers(opened(form)), text)
        await self._driver.submit(form.id, answers, member=member)

    async def _of_lists(self) -> None:
        for command in ("credits", "history", "help", "settings") * 2:
            await self._driver.invoke(command)
        for _ in range(2):
            asked = await self._driver.invoke("privacy", member="ines")
            await self._press(shown(asked), "privacy_delete", "ines")
        await self._driver.invoke("privacy", member="ines")

    async def _of_work(self) -> None:
        """What is under way when the process ends, and what was called off before."""
        held = {"prompt": SLOW, "engine": HELD}
        morph = {"first": SLOW, "second": "a fox", "frames": 8, "engine": HELD}
        cancelled = await self._begun("imagine", held)
        quote = shown(await self._driver.invoke("morph", morph))
        for card in (cancelled, shown(await self._press(quote, "morph_draw"))):
            await self._press(card, "cancel")
        for _ in range(2):
            await self._begun("imagine", held, member="ada")
        await self._driver.invoke("jobs", member="ada")

    async def _picture(self, **options: Any) -> Card:
        card = await self._begun("imagine", {"size": "128x128", **options})
        return await self._studio.message(card["id"], lambda one: bool(attachments(one)), WITHIN_S)

    async def _film(self, **options: Any) -> Card:
        file = await self._driver.upload("sea.png", png(0, (900, 600)))
        return await self._begun("animate", {"image": file["id"], **options})

    async def _begun(self, command: str, options: dict[str, Any], member: str = "mina") -> Card:
        asked = await self._driver.invoke(command, options, member=member)
        return shown(await confirmed(self._driver, asked, member=member))

    async def _press(self, card: Card, action: str, member: str = "mina") -> Outcome:
        found = [one for one in ids_on(card) if one.startswith(f"{action}:")]
        assert found, (action, text_of(card))
        return await self._driver.click(card["id"], found[0], member=member)


def ids_on(card: Card) -> Iterable[str]:
    """The custom ids of a card's buttons and selects."""
    return [one["custom_id"] for one in walk(card["components"]) if one.get("custom_id")]


def kept_answers(form: Card) -> dict[str, Any]:
    """What a form is sent with by who changes nothing, and says something where nothing is."""
    parts = [one.get("component") or one["components"][0] for one in form["components"]]
    return {part["custom_id"]: _kept(part) for part in parts}


def _kept(part: Card) -> Any:
    options = part.get("options") or []
    if part["type"] == 4:
        return part.get("value") or "a late wren"
    chosen = [one["value"] for one in options if one.get("default")]
    usual = [one["id"] for one in part.get("default_values") or []]
    return chosen or usual or [one["value"] for one in options[:1]]


def _shows(action: str) -> Any:
    return lambda card: any(one.startswith(f"{action}:") for one in ids_on(card))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it, but not for long: what was missing is found by what comes next."""
    deadline = time.monotonic() + QUIET_WITHIN_S
    while not condition() and time.monotonic() < deadline:  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.05)
