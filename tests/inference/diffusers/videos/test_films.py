"""Films of tiny models: diffusers' own frames, a step at a time, and ended within one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from diffusers import WanPipeline
from PIL import Image

from inference.backends.backend import DrawContext, Progress
from inference.backends.cancellation import Stopped
from inference.backends.diffusers.backend import DiffusersBackend
from inference.backends.diffusers.videos import svd
from inference.backends.failure import DrawingFailed
from tests.inference.diffusers.conditioning.models import request
from tests.inference.diffusers.videos.films import (
    FRAMES,
    HEIGHT,
    STEPS,
    WANTED,
    WIDTH,
    open_store,
    order,
    picture,
    write_catalogue,
)
from tests.inference.video.videos import frames_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.models.residency import ModelStore

KINDS = ("svd", "wan")
PICTURES = """
[[engine]]
id = "sd"
backend = "diffusers"
side_step = 8
default_size = [64, 64]
source = "{folder}"
"""


@pytest.fixture(scope="module")
def store(
    tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> ModelStore:
    more = PICTURES.format(folder=tiny_folder("sd15"))
    return open_store(write_catalogue(tmp_path_factory.mktemp("films"), tiny_folder, more))


@pytest.fixture(scope="module")
def backend(store: ModelStore) -> Iterator[DiffusersBackend]:
    opened = DiffusersBackend(store)
    yield opened
    opened.close()


def last(backend: DiffusersBackend, engine_id: str, **more: Any) -> NDArray[np.uint8]:
    """The last frame of a film, which is kept without loss."""
    video = backend.shoot(order(engine_id, **more), WANTED)
    return np.asarray(Image.open(BytesIO(video.last_frame)), np.uint8)


def call_of_diffusers(model: Model, cfg_scale: float, decoded_at_once: int = 8) -> Any:
    """The frames in 0 … 1 that diffusers' own pipeline makes of the order."""
    pipeline, told = model.pipeline, dict[str, Any]()
    pipeline.set_progress_bar_config(disable=True)
    if model.id == "svd":
        told = {"max_guidance_scale": cfg_scale, "fps": 8, "decode_chunk_size": decoded_at_once}
    else:
        # Its own pipeline from pictures reads prompts only where ftfy is installed.
        shared = ("tokenizer", "text_encoder", "vae", "scheduler", "transformer")
        reader = WanPipeline(**{name: pipeline.components[name] for name in shared})
        wanted, unwanted = reader.encode_prompt("a cat", "a dog", max_sequence_length=512)
        told = {"guidance_scale": cfg_scale, "prompt_embeds": wanted}
        told["negative_prompt_embeds"] = unwanted
    return pipeline(
        picture(),
        height=HEIGHT,
        width=WIDTH,
        num_frames=FRAMES[model.id],
        num_inference_steps=STEPS,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
        **told,
    ).frames[0]


@pytest.mark.parametrize("engine_id", KINDS)
@pytest.mark.parametrize("cfg_scale", [1.0, 3.0])
@torch.no_grad()
def test_the_frames_are_those_of_diffusers(
    backend: DiffusersBackend, store: ModelStore, engine_id: str, cfg_scale: float
) -> None:
    words = {"prompt": "a  cat", "negative_prompt": "a dog"} if engine_id == "wan" else {}
    found = last(backend, engine_id, cfg_scale=cfg_scale, **words)
    with store.lease(engine_id) as model:
        expected = call_of_diffusers(model, cfg_scale)
    assert expected.shape == (FRAMES[engine_id], HEIGHT, WIDTH, 3)
    # Half a level of rounding, and one where rounding was near.
    assert np.abs(found / 255 - expected[-1]).max() < 1.1 / 255
    assert found.std() > 5


@pytest.mark.parametrize("engine_id", KINDS)
def test_a_film_is_an_mp4_and_its_last_frame(backend: DiffusersBackend, engine_id: str) -> None:
    video = backend.shoot(order(engine_id), WANTED)
    frames = frames_of(video.video)
    assert len(frames) == FRAMES[engine_id]
    kept = np.asarray(Image.open(BytesIO(video.last_frame)), np.int16)
    assert kept.shape == frames[-1].shape == (HEIGHT, WIDTH, 3)
    # Noise of a tiny model, whose colours the film has at half the size.
    assert np.abs(kept - frames[-1]).mean() < 8
    assert backend.shoot(order(engine_id), WANTED) == video


@pytest.mark.parametrize(
    ("engine_id", "more"),
    [
        ("svd", {"seed": 8}),
        ("svd", {"motion_bucket_id": 255}),
        ("svd", {"cfg_scale": 9.0}),
        ("wan", {"seed": 8}),
        ("wan", {"cfg_scale": 9.0}),
        ("wan", {"prompt": "a cat"}),
        ("wan", {"negative_prompt": "a cat"}),
    ],
)
def test_every_field_counts(
    backend: DiffusersBackend, engine_id: str, more: dict[str, Any]
) -> None:
    known = {} if engine_id == "svd" else {"prompt": "a red dog"}
    before, after = last(backend, engine_id, **known), last(backend, engine_id, **known | more)
    assert (before != after).any()


@pytest.mark.parametrize("engine_id", KINDS)
def test_every_step_is_told(backend: DiffusersBackend, engine_id: str) -> None:
    told: list[Progress] = []
    backend.shoot(order(engine_id), DrawContext(lambda: False, report=told.append))
    assert told == [Progress(done, STEPS) for done in range(1, STEPS + 1)]


@pytest.mark.parametrize("engine_id", KINDS)
def test_it_ends_within_a_step(
    backend: DiffusersBackend, store: ModelStore, engine_id: str
) -> None:
    before = backend.shoot(order(engine_id), WANTED)
    begun = ended = 0
    with store.lease(engine_id) as model:
        denoiser = model.unet
        # Once a block in the middle of the second call is about to run, nobody wants it any more.
        blocks = denoiser.up_blocks if engine_id == "svd" else denoiser.blocks

        def begin(*_: object) -> None:
            nonlocal begun
            begun += 1

        def end(*_: object) -> None:
            nonlocal ended
            ended += 1

        hooks = [
            denoiser.register_forward_pre_hook(begin),
            blocks[0].register_forward_pre_hook(end),
        ]
        with pytest.raises(Stopped):
            backend.shoot(order(engine_id), DrawContext(lambda: ended >= 2))
        for hook in hooks:
            hook.remove()
    assert begun == 2
    assert backend.shoot(order(engine_id), WANTED) == before


@pytest.mark.parametrize("engine_id", KINDS)
def test_it_ends_while_it_is_decoded(
    backend: DiffusersBackend, store: ModelStore, engine_id: str
) -> None:
    is_decoding = Event()
    with store.lease(engine_id) as model:
        hook = model.vae.decoder.register_forward_pre_hook(lambda *_: is_decoding.set())
        with pytest.raises(Stopped):
            backend.shoot(order(engine_id), DrawContext(is_decoding.is_set))
        hook.remove()


def test_pictures_are_drawn_in_between(backend: DiffusersBackend) -> None:
    asked = request("a cat", engine_id="sd", steps=2)
    ended, has_begun = list[str](), Event()
    picture_alone = backend.draw(asked, 7, WANTED)
    film_alone = backend.shoot(order("svd", steps=20), WANTED)

    def film() -> None:
        context = DrawContext(lambda: False, client="one", report=lambda _: has_begun.set())
        assert backend.shoot(order("svd", steps=20), context) == film_alone
        ended.append("film")

    with ThreadPoolExecutor(1) as pool:
        shooting = pool.submit(film)
        assert has_begun.wait(60)
        assert backend.draw(asked, 7, DrawContext(lambda: False, client="two")) == picture_alone
        ended.append("picture")
        shooting.result()
    assert ended == ["picture", "film"]


@pytest.mark.parametrize("engine_id", KINDS)
def test_no_numbers_are_no_film(
    backend: DiffusersBackend, store: ModelStore, engine_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.lease(engine_id) as model:
        forward = model.unet.forward

        def broken(*given: Any, **named: Any) -> Any:
            return (forward(*given, **named)[0] * float("nan"),)

        monkeypatch.setattr(model.unet, "forward", broken)
        with pytest.raises(DrawingFailed, match="numbers that are no film"):
            backend.shoot(order(engine_id), WANTED)


@pytest.mark.parametrize("engine_id", KINDS)
def test_with_little_memory_it_is_decoded_in_parts(
    backend: DiffusersBackend, store: ModelStore, engine_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {"prompt": "a  cat", "negative_prompt": "a dog"} if engine_id == "wan" else {}
    with store.lease(engine_id) as model, torch.no_grad():
        expected = call_of_diffusers(model, 3.0, decoded_at_once=1)
        decode = model.vae.decode

        def short(latents: Any, **named: Any) -> Any:
            is_whole = len(latents) > 1 if engine_id == "svd" else not model.vae.use_tiling
            if is_whole:
                raise torch.OutOfMemoryError
            return decode(latents, **named)

        monkeypatch.setattr(model.vae, "decode", short)
        found = last(backend, engine_id, **words)
    assert np.abs(found / 255 - expected[-1]).max() < 1.1 / 255


def test_without_memory_a_sentence_says_so(
    backend: DiffusersBackend, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError

    with store.lease("svd") as model:
        monkeypatch.setattr(model.unet, "forward", full)
        with pytest.raises(DrawingFailed, match=f"more memory than there is for {WIDTH}×{HEIGHT}"):
            backend.shoot(order("svd"), WANTED)


def test_a_prompt_of_too_many_tokens_is_refused(backend: DiffusersBackend) -> None:
    with pytest.raises(DrawingFailed, match="tokens, and wan reads 512"):
        backend.shoot(order("wan", prompt="x" * 600), WANTED)


def test_guidance_grows_along_the_film(store: ModelStore) -> None:
    from queue import SimpleQueue

    from inference.backends.diffusers.sampling.order_ticket import OrderTicket

    with store.lease("svd") as model, torch.no_grad():
        ticket = OrderTicket(model, order("svd"), WANTED, SimpleQueue())
        condition = svd.SvdCondition(model, ticket, torch.Generator())
    assert condition.scales.flatten().tolist() == [1.0, 1.5, 2.0, 2.5, 3.0]
