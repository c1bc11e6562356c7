"""Members make films with tiny models: the real bot, the playground and the real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from tests.inference.diffusers.serving import serving
from tests.inference.diffusers.videos.films import FRAMES, HEIGHT, WIDTH, write_catalogue
from tests.inference.video.videos import frames_of, scenery_png
from tests.journeys.studio import Studio, attachments, buttons, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
WITHIN_S = 90
PICTURES = """
[[engine]]
id = "sd"
name = "Tiny SD"
backend = "diffusers"
price = "flat:0.5"
side_step = 8
min_side = 64
min_steps = 1
default_steps = 2
default_size = [{width}, {height}]
source = "{folder}"
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    more = PICTURES.format(width=WIDTH, height=HEIGHT, folder=tiny_folder("sd15"))
    catalogue = write_catalogue(folder, tiny_folder, more)
    async with (
        serving(catalogue) as (grpc_address, http_address),
        Studio(
            folder,
            ATELIER_INFERENCE_HOST=grpc_address,
            ATELIER_INFERENCE_REST=f"http://{http_address}",
            ATELIER_ENGINES=str(catalogue),
        ) as opened,
    ):
        yield opened
        assert not [line for line in opened.said if "Traceback" in line], opened.said


async def animate(studio: Studio, **options: Any) -> Outcome:
    file = await studio.driver.upload("harbour.png", scenery_png(900, 600))
    return await studio.driver.invoke("animate", {"image": file["id"], **options})


async def film(studio: Studio, outcome: Outcome) -> tuple[str, bytes]:
    """What the card says once the film is there, and the film."""

    def has_film(one: dict[str, Any]) -> bool:
        return any(file["filename"].endswith(".mp4") for file in attachments(one))

    card = await studio.message(shown(outcome)["id"], has_film, WITHIN_S)
    (file,) = attachments(card)
    async with aiohttp.ClientSession() as web, web.get(file["url"]) as answer:
        return text_of(card), await answer.read()


async def test_a_film_from_a_picture_alone(studio: Studio) -> None:
    outcome = await animate(studio, engine="svd", seed=7)
    text, video = await film(studio, outcome)
    assert "· svd\n" in text
    assert f"{WIDTH}×{HEIGHT} · seed 7 · motion 127 · 1.00 credit" in text
    frames = frames_of(video)
    assert (len(frames), frames[0].shape) == (FRAMES["svd"], (HEIGHT, WIDTH, 3))


async def test_words_count_where_the_engine_reads_them(studio: Studio) -> None:
    outcome = await animate(studio, engine="wan", prompt="a red cat", seed=7)
    text, video = await film(studio, outcome)
    assert "· wan\n" in text
    assert "with its words" in text
    assert len(frames_of(video)) == FRAMES["wan"]
    assert video != (await film(studio, await animate(studio, engine="wan", seed=7)))[1]


async def test_the_card_says_that_words_do_not_count(studio: Studio) -> None:
    outcome = await animate(studio, prompt="a red cat")
    text, _ = await film(studio, outcome)
    assert "The words don't count: Tiny svd goes by the picture alone." in text
    assert "with its words" not in text


async def test_the_words_of_a_drawn_picture_count(studio: Studio) -> None:
    outcome = await studio.driver.invoke(
        "animate", {"prompt": "a red cat --seed 7", "engine": "wan"}
    )
    picture = await studio.result(outcome, WITHIN_S)
    approve = next(
        custom_id for label, custom_id in buttons(picture).items() if label.startswith("Animate")
    )
    approved = await studio.driver.click(picture["id"], approve)
    text, video = await film(studio, approved)
    assert "with its words" in text
    assert len(frames_of(video)) == FRAMES["wan"]
