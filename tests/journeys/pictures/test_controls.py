"""Pictures that follow a control picture, and are watched while they are drawn."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from PIL import Image

from generation.headers import PREVIEWS, PROGRESS
from tests.generation.image.progress import jpeg, preview, said, step
from tests.generation.image.scripted import png
from tests.journeys.backend import ENGINE_ID, SIZE, Backend, drawn, serving_backend
from tests.journeys.studio import Studio, attachments, button, buttons, opened, shown, text_of
from tests.media.containers import source_type
from tests.media.recipes import read_recipe

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    import aiohttp

    from generation.wire import generation_pb2 as pb

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAIN_ID = "stable-diffusion-v1"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        backend.engine_ids = [ENGINE_ID, PLAIN_ID]
        backend.controls = {ENGINE_ID: ["canny", "depth"]}
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> AsyncGenerator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    async with Studio(folder, STABILITY_HOST=f"127.0.0.1:{backend.port}") as opened:
        yield opened
        assert await opened.problems() == []
        assert not [line for line in opened.said if "Traceback" in line], opened.said


def control_of(request: pb.Request) -> tuple[list[dict[str, Any]], tuple[int, int]]:
    """What a request says of its control picture, and the size of that."""
    (control,) = (one.artifact for one in request.prompt if one.artifact.index == 1)
    said = request.extras.fields["control"].list_value.values
    kinds = [
        {name: value.string_value or value.number_value for name, value in entry}
        for entry in (one.struct_value.fields.items() for one in said)
    ]
    with Image.open(BytesIO(control.binary)) as picture:
        return kinds, picture.size


async def test_a_control_picture_goes_to_the_engine_and_is_kept(
    studio: Studio, backend: Backend, web: aiohttp.ClientSession
):
    backend.draw_at_once()
    edges = (await studio.driver.upload("edges.png", png(0, (300, 200))))["id"]
    offered = await studio.driver.autocomplete("imagine", "control_kind", {"engine": ENGINE_ID})
    assert [choice["value"] for choice in offered] == ["canny", "depth"]
    outcome = await studio.imagine(
        "a fox", engine=ENGINE_ID, control=edges, control_kind="canny", control_strength=80
    )
    card = await studio.result(outcome)
    assert "canny control at 80%" in text_of(card)
    expected = ([{"kind": "canny", "strength": 0.8}], SIZE)
    assert control_of(backend.engine.requests[-1]) == expected
    async with web.get(attachments(card)[0]["url"]) as answer:
        recipe = read_recipe(await answer.read())
    assert recipe is not None
    assert recipe.controls == (("canny", 0.8),)

    again = await studio.result(await studio.driver.click(card["id"], button(card, "Reroll")))
    assert "canny control at 80%" in text_of(again)
    form = await studio.driver.click(card["id"], buttons(card)["Edit"])
    field = opened(form)["components"][0]["component"]["custom_id"]
    edited = await studio.driver.submit(form.id, {field: f"a wolf --engine {ENGINE_ID}"})
    assert "a wolf" in text_of(await studio.result(edited))
    assert [control_of(one) for one in backend.engine.requests[-2:]] == [expected, expected]


async def test_a_picture_of_a_message_is_followed(studio: Studio, backend: Backend):
    backend.draw_at_once()
    message = await studio.driver.post("follow this", {"room.png": png(0, (300, 200))})
    form = await studio.driver.menu("Use as image", message=message["id"])
    drawn_along = await studio.driver.submit(form.id, {"prompt0": "a fox", "use": ["depth"]})
    assert "depth control at 100%" in text_of(await studio.result(drawn_along))
    kinds, _ = control_of(backend.engine.requests[-1])
    assert kinds == [{"kind": "depth", "strength": 1.0}]
    assert backend.engine.requests[-1].engine_id == ENGINE_ID


async def test_what_no_engine_follows_is_refused_in_a_sentence(studio: Studio):
    edges = (await studio.driver.upload("edges.png", png()))["id"]
    for options, sentence in (
        ({"engine": PLAIN_ID}, f"follows no control picture; {ENGINE_ID} can"),
        ({"engine": ENGINE_ID}, "say what the control picture is: canny, depth"),
        ({"engine": ENGINE_ID, "control_kind": "pose"}, "it has canny, depth"),
    ):
        sentence = sentence[:1].upper() + sentence[1:]
        refused = await studio.imagine("a fox", control=edges, **options)
        assert refused.ephemeral
        assert sentence.lower() in text_of(shown(refused)).lower()
    assert "25" in await studio.settled("jun")


async def test_steps_and_previews_are_shown_until_the_picture_is_there(
    studio: Studio, backend: Backend, web: aiohttp.ClientSession
):
    sees, goes_on = asyncio.Event(), asyncio.Event()

    async def script(_: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        yield step(9)
        yield said("{")
        yield preview(b"no picture")
        await sees.wait()
        yield preview(jpeg(400))
        yield step(21)
        await goes_on.wait()
        yield preview(jpeg(400, 20))
        yield drawn(0)

    backend.play(script)
    outcome = await studio.imagine("a heron", engine=ENGINE_ID)
    card_id = shown(outcome)["id"]
    card = await studio.message(card_id, lambda one: "step 9 of 30" in text_of(one))
    assert attachments(card) == []
    sees.set()
    card = await studio.message(card_id, lambda one: bool(attachments(one)))
    assert "step" in text_of(card)
    (file,) = attachments(card)
    async with web.get(file["url"]) as answer:
        data = await answer.read()
    assert source_type(data, "image/jpeg").endswith("trainedAlgorithmicMedia")
    with Image.open(BytesIO(data)) as picture:
        assert picture.size == (400, 400)
    goes_on.set()
    card = await studio.message(card_id, lambda one: "Reroll" in str(buttons(one)))
    (file,) = attachments(card)
    assert file["filename"].endswith(".png")
    assert backend.engine.metadata[-1][PROGRESS] == PREVIEWS
    # Nothing that was on its way comes in after the result.
    await asyncio.sleep(3)
    assert "Reroll" in str(buttons(await studio.message(card_id)))
