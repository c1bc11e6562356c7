"""A member draws with a LoRA and a textual inversion: the real bot, a tiny model, real sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from tests.inference.diffusers.adapters import files
from tests.inference.diffusers.serving import serving
from tests.inference.orders import pixels_of
from tests.journeys.studio import Studio, attachments, shown, text_of
from tests.media.recipes import read_recipe

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
WITHIN_S = 90
CATALOGUE = """
[[engine]]
id = "sd"
name = "Tiny SD"
backend = "diffusers"
price = "flat:0.5"
side_step = 8
min_side = 64
min_steps = 1
default_steps = 4
default_size = [64, 64]
source = "{folder}"
loras = "loras"
embeddings = "words"
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Studio]:
    from inference.backends.diffusers.model import Family
    from tests.inference.diffusers.conditioning.models import open_model

    folder = tmp_path_factory.mktemp("studio")
    model = open_model(tiny_folder("sd15"), Family.SD)
    files.saved(folder / "loras" / "Ink wash.safetensors", files.kohya(model, spread=0.3))
    (vectors,) = files.vectors([32], 2)
    files.saved(folder / "words" / "zebra.safetensors", {"emb_params": vectors * 4})
    catalogue = folder / "engines.toml"
    catalogue.write_text(CATALOGUE.format(folder=tiny_folder("sd15")))
    async with (
        serving(catalogue) as (grpc_address, _),
        Studio(
            folder, ATELIER_INFERENCE_HOST=grpc_address, ATELIER_ENGINES=str(catalogue)
        ) as opened,
    ):
        yield opened
        assert not [line for line in opened.said if "Traceback" in line], opened.said


async def drawn(studio: Studio, prompt: str) -> tuple[NDArray[np.uint8], bytes, str]:
    """The pixels of a picture of the seed 7, its file, and what its card says."""
    outcome = await studio.driver.invoke("imagine", {"prompt": f"{prompt} --seed 7"})
    card = await studio.result(outcome, WITHIN_S)
    (file,) = attachments(card)
    async with aiohttp.ClientSession() as web, web.get(file["url"]) as answer:
        png = await answer.read()
    return pixels_of(png), png, text_of(card)


async def test_a_lora_changes_the_picture_and_stands_in_its_recipe(studio: Studio) -> None:
    plain, *_ = await drawn(studio, "a cat")
    strong, png, told = await drawn(studio, "a cat <lora:ink wash:1.5>")
    weak, *_ = await drawn(studio, "a cat <lora:Ink wash:0.5>")
    nothing, *_ = await drawn(studio, "a cat <lora:Ink wash:0>")
    assert (plain == nothing).all()
    assert (plain != strong).any()
    assert (weak != strong).any()
    recipe = read_recipe(png)
    assert recipe is not None
    assert recipe.loras == (("Ink wash", 1.5),)
    assert "LoRA Ink wash at 1.5" in told


async def test_a_word_of_a_textual_inversion_changes_the_picture(studio: Studio) -> None:
    plain, *_ = await drawn(studio, "a cat")
    other, *_ = await drawn(studio, "a ZEBRA")
    again, *_ = await drawn(studio, "a zebra")
    assert (other != plain).any()
    assert (other == again).all()


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("a cat <lora:ink:0.8>", "sd has no LoRA ink; did you mean Ink wash?"),
        ("a cat <lora:Ink wash:7>", "weight 7 of Ink wash is outside -4 to 4"),
        ("a cat <lora:Ink wash:1> <lora:ink wash:2>", "Ink wash stands there twice"),
    ],
)
async def test_what_cannot_be_drawn_says_why(studio: Studio, prompt: str, told: str) -> None:
    outcome = await studio.driver.invoke("imagine", {"prompt": prompt})
    assert outcome.ephemeral
    assert told.lower() in text_of(shown(outcome)).lower()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("a cat <lora:in", ["a cat <lora:Ink wash:1>"]),
        ("a cat <lora:", ["a cat <lora:Ink wash:1>"]),
        ("a ze", ["a zebra"]),
        ("a cat <lora:nothing", []),
        ("a cat", []),
    ],
)
async def test_names_are_completed_while_typing(
    studio: Studio, typed: str, offered: list[str]
) -> None:
    found: list[dict[str, Any]] = await studio.driver.autocomplete(
        "imagine", "prompt", {"prompt": typed}
    )
    assert [choice["value"] for choice in found] == offered
