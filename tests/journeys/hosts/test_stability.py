"""A key of Stability's alone: the engines of its REST API, and what is said of films."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from PIL import Image

from tests.generation.stability.service import KEY, Service, serving
from tests.journeys.hosts.test_hosts import drawn, engines_suggested, offered, refused, status
from tests.journeys.hosts.test_start import refusal
from tests.journeys.studio import Studio, button, buttons, shown, text_of
from tests.journeys.videos.test_animate import grant
from tests.playground.test_main import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")

DRAWING = {
    "stable-image-ultra",
    "stable-image-core",
    "sd3.5-large",
    "sd3.5-large-turbo",
    "sd3.5-medium",
    "sd3.5-flash",
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def service() -> Service:
    return Service()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, service: Service
) -> AsyncGenerator[Studio]:
    async with serving(service) as address:
        settings: dict[str, Any] = {
            "STABILITY_KEY": KEY,
            "STABILITY_API": address,
        }
        async with Studio(tmp_path_factory.mktemp("studio"), **settings) as opened:
            # Nobody but the operator's own server spends a key before its operator says so.
            await opened.driver.invite()
            assert "not approved yet" in await refused(opened, channel="Atelier 2/studio")
            await opened.driver.invoke("operator admit", {"ceiling": "1000"}, member="ines")
            yield opened
            assert not [line for line in opened.said if KEY in line or "Traceback" in line]


async def test_its_engines_are_offered_and_draw(studio: Studio, service: Service):
    assert set(await engines_suggested(studio)) == DRAWING
    card = await drawn(studio)
    assert "stable-image-core" in card
    assert "3.00 credits" in card
    submitted = service.submits[-1]
    assert submitted.path == "generate/core"
    assert submitted.texts["prompt"] == "a fox"
    card = await drawn(studio, engine="sd3.5-medium")
    assert "3.50 credits" in card
    assert service.submits[-1].texts["model"] == "sd3.5-medium"


async def test_its_upscalers_make_a_picture_larger(studio: Studio, service: Service):
    await grant(studio, "Mina")
    card = await studio.result(await studio.imagine("a fox", seed=11, engine="sd3.5-medium"))
    private = shown(await studio.driver.click(card["id"], buttons(card)["Upscale"]))
    # The creative one is asynchronous, and not asked.
    assert list(buttons(private)) == [
        *("Upscale ×4 · 2.00", "Upscale, conservative · 40.00"),
        *("Vary subtle · 3.50", "Vary strong · 3.50"),
        *("Use as image", "Edit", "Download original", "Favourite"),
    ]
    for label, path in (("Upscale ×4", "upscale/fast"), ("Upscale, con", "upscale/conservative")):
        outcome = await studio.driver.click(private["id"], button(private, label))
        larger = await studio.result(outcome)
        submitted = service.submits[-1]
        assert submitted.path == path
        assert submitted.files["image"].startswith(b"\x89PNG")
        assert submitted.texts.get("prompt", "a fox") == "a fox"
        assert "upscaled 1024×1024" in text_of(larger)


@pytest.mark.parametrize(
    ("action", "options", "path", "texts"),
    [
        ("background", {}, "edit/remove-background", {}),
        ("erase", {"area": "centre"}, "edit/erase", {}),
        ("outpaint", {"left": 64}, "edit/outpaint", {"left": "64"}),
        (
            "replace",
            {"search": "the boat", "prompt": "a fox"},
            "edit/search-and-replace",
            {"search_prompt": "the boat", "prompt": "a fox"},
        ),
        (
            "recolour",
            {"search": "the boat", "prompt": "red"},
            "edit/search-and-recolor",
            {"select_prompt": "the boat", "prompt": "red"},
        ),
    ],
)
async def test_it_edits_a_picture(
    studio: Studio,
    service: Service,
    action: str,
    options: dict[str, Any],
    path: str,
    texts: dict[str, str],
):
    await grant(studio, "Mina")
    buffer = BytesIO()
    Image.new("RGB", (320, 240), (20, 90, 200)).save(buffer, "PNG")
    image = (await studio.driver.upload("start.png", buffer.getvalue()))["id"]
    outcome = await studio.driver.invoke(f"edit {action}", {"image": image, **options})
    if outcome.ephemeral:
        (label,) = [name for name in buttons(shown(outcome)) if " · " in name]
        outcome = await studio.driver.click(shown(outcome)["id"], buttons(shown(outcome))[label])
    card = text_of(await studio.result(outcome))
    assert f"{4 if action == 'outpaint' else 5}.00 credits" in card
    submitted = service.submits[-1]
    assert submitted.path == path
    assert set(submitted.files) == {"image", *(["mask"] if action == "erase" else [])}
    sent = {name: text for name, text in submitted.texts.items() if name != "seed"}
    assert sent == texts


async def test_the_operator_sees_engines_and_balance(studio: Studio, service: Service):
    service.credits = 321.5
    said = await status(studio)
    assert "stable-image-core" in said
    assert "Balance at the API: 321.50 credits" in said


async def test_films_are_not_offered_and_help_says_why(studio: Studio):
    names = {one["name"] for one in (await studio.driver.state())["commands"]}
    assert not names & {"animate", "Animate"}
    text = text_of(shown(await studio.driver.invoke("help", {"topic": "films"})))
    assert "Stability ended its video service" in text
    assert [line for line in studio.said if "no films are made" in line]


async def test_what_a_key_alone_means_now_is_said_at_the_start(tmp_path: Path):
    # Stability itself is out of reach here, and asked again later.
    settings: dict[str, Any] = {"STABILITY_KEY": KEY}
    async with Studio(tmp_path, **settings) as studio:
        told = [line for line in studio.said if "STABILITY_HOST=grpc.stability.ai:443" in line]
        assert len(told) == 1


async def test_a_service_that_is_down_at_the_start_draws_when_it_is_there(tmp_path: Path):
    port = free_port()
    settings: dict[str, Any] = {
        "STABILITY_KEY": KEY,
        "STABILITY_API": f"http://127.0.0.1:{port}",
        "ATELIER_GUILD_CEILING": "none",
    }
    async with Studio(tmp_path, **settings) as studio:
        assert "No engine answers" in await refused(studio)
        async with serving(Service(), port):
            await offered(studio)
            assert "stable-image-core" in await drawn(studio, engine="stable-image-core")


async def test_a_key_that_is_refused_ends_the_start(studio: Studio, tmp_path: Path):
    wrong = {"STABILITY_KEY": "sk-wrong", "ATELIER_STATE": str(tmp_path)}
    said = await refusal(studio.environment | wrong)
    assert "does not accept STABILITY_KEY" in said
    assert "sk-wrong" not in said
