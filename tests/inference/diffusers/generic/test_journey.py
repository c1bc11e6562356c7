"""Generic pipelines through the bot and through stability-sdk, on a server of their own."""

from __future__ import annotations

import asyncio
import json
import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image

from tests.inference.diffusers.generic.served import write_catalogue
from tests.inference.diffusers.test_server import SDK_PYTHON
from tests.inference.diffusers.videos.test_journey import serving
from tests.journeys.studio import Studio, attachments, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
SESSION = Path(__file__).with_name("sdk_session.py")
WITHIN_S = 90


@pytest.fixture(scope="module")
def catalogue(tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalogue(tmp_path_factory.mktemp("generic"), tiny_folder)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def address(catalogue: Path) -> AsyncGenerator[str]:
    async with serving(catalogue) as (grpc_address, _):
        yield grpc_address


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(address: str, catalogue: Path) -> AsyncGenerator[Studio]:
    async with Studio(
        catalogue.parent, ATELIER_INFERENCE_HOST=address, ATELIER_ENGINES=str(catalogue)
    ) as opened:
        yield opened
        assert not [line for line in opened.said if "Traceback" in line], opened.said


async def imagine(studio: Studio, prompt: str, **options: Any) -> Outcome:
    return await studio.driver.invoke("imagine", {"prompt": prompt, **options})


async def picture(card: dict[str, Any]) -> Image.Image:
    file = attachments(card)[0]
    async with aiohttp.ClientSession() as web, web.get(file["url"]) as answer:
        return Image.open(BytesIO(await answer.read()))


@pytest.mark.parametrize("engine", ["flux-1-schnell", "stable-diffusion-3-5-medium", "z-image"])
async def test_a_member_draws(studio: Studio, engine: str) -> None:
    outcome = await imagine(studio, "a cat --seed 7 --size 96x64", engine=engine)
    card = await studio.result(outcome, WITHIN_S)
    assert (await picture(card)).size == (96, 64)
    assert "seed 7" in text_of(card)


async def test_what_a_pipeline_cannot_do_is_told_and_not_charged(studio: Studio) -> None:
    outcome = await imagine(studio, "a cat | a dog:-1 --seed 7", engine="flux-1-schnell")
    assert outcome.message

    def is_told(one: dict[str, Any]) -> bool:
        return "would not count" in text_of(one)

    card = await studio.message(outcome.message["id"], is_told, WITHIN_S)
    assert not attachments(card)


@pytest.mark.sdk
@pytest.mark.skipif(
    not SDK_PYTHON.exists(), reason="stability-sdk 0.8.6 is missing: run 'make sdk' once"
)
async def test_the_unmodified_sdk_draws(address: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(str(SDK_PYTHON), str(SESSION), address),
        env={**os.environ, "GRPC_VERBOSITY": "ERROR"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    found = json.loads(said)
    assert {kind: told["size"] for kind, told in found.items()} == {
        kind: [96, 64] for kind in found
    }
    assert found.pop("flux again") == found["flux"]
    assert len({told["hash"] for told in found.values()}) == len(found)
