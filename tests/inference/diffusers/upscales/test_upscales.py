"""Upscales of tiny models: diffusers' own pictures, a step at a time, and ended within one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from PIL import Image

from generation.request import TextPrompt
from inference.backends.backend import DrawContext, Progress
from inference.backends.cancellation import Stopped
from inference.backends.diffusers.backend import DiffusersBackend
from inference.backends.diffusers.models.residency import ModelStore
from inference.backends.failure import DrawingFailed
from inference.catalogue import load_entries
from inference.weights.engines import Unservable, find_engine
from tests.inference.diffusers.upscales.upscalers import (
    FACTORS,
    IDS,
    STEPS,
    given,
    order,
    write_catalogue,
)
from tests.inference.orders import pixels_of, png

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from inference.upscaling.order import UpscaleOrder

WANTED = DrawContext(lambda: False)
KINDS = tuple(FACTORS)


@pytest.fixture(scope="module")
def store(
    tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> ModelStore:
    catalogue = write_catalogue(tmp_path_factory.mktemp("upscales"), tiny_folder)
    found = [find_engine(entry) for entry in load_entries(catalogue)]
    return ModelStore(found, torch.device("cpu"), 1 << 30)


@pytest.fixture(scope="module")
def backend(store: ModelStore) -> Iterator[DiffusersBackend]:
    opened = DiffusersBackend(store)
    yield opened
    opened.close()


def made(backend: DiffusersBackend, asked: UpscaleOrder) -> NDArray[np.uint8]:
    return pixels_of(backend.upscale(asked, WANTED))


def theirs(folder: Path, asked: UpscaleOrder, **words: Any) -> NDArray[np.uint8]:
    """The picture of the pipeline in a folder by its own call."""
    pipeline: Any = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    return np.asarray(
        pipeline(
            image=Image.fromarray(pixels_of(asked.image)),
            num_inference_steps=asked.steps,
            guidance_scale=asked.cfg_scale,
            generator=torch.Generator().manual_seed(asked.seed),
            **words,
        ).images[0]
    )


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("cfg_scale", [1.0, 5.0])
def test_the_picture_is_that_of_diffusers(
    backend: DiffusersBackend, tiny_folder: Callable[[str], Path], name: str, cfg_scale: float
) -> None:
    asked = order(name, 128, 64, cfg_scale=cfg_scale)
    found = made(backend, asked)
    expected = theirs(tiny_folder(name), asked, prompt="a cat", negative_prompt="a dog")
    assert found.shape == (64 * FACTORS[name], 128 * FACTORS[name], 3)
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert found.std() > 5
    assert backend.upscale(asked, WANTED) == backend.upscale(asked, WANTED)


@pytest.mark.parametrize("name", KINDS)
def test_a_picture_of_any_size_is_not_cut(backend: DiffusersBackend, name: str) -> None:
    odd = made(backend, order(name, 67, 49))
    assert odd.shape == (49 * FACTORS[name], 67 * FACTORS[name], 3)
    smaller = made(backend, replace(order(name, 67, 49), width=100, height=73))
    assert smaller.shape == (73, 100, 3)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "more",
    [
        {"seed": 8},
        {"steps": 2},
        {"cfg_scale": 9.0},
        {"prompts": (TextPrompt("a red circle"),)},
        {"prompts": (TextPrompt("a cat"), TextPrompt("a dog", -0.5))},
        {"image": png(given(64, 64)[:, ::-1].copy())},
    ],
)
def test_every_field_counts(backend: DiffusersBackend, name: str, more: dict[str, Any]) -> None:
    before = made(backend, order(name))
    assert (made(backend, order(name, **more)) != before).any()


@pytest.mark.parametrize("name", KINDS)
def test_without_words_guidance_does_not_double_the_work(
    backend: DiffusersBackend, store: ModelStore, name: str
) -> None:
    rows: list[int] = []
    with store.lease(IDS[name]) as model:
        hook = model.unet.register_forward_pre_hook(lambda _, sent: rows.append(len(sent[0])))
        without = made(backend, order(name, prompts=()))
        assert set(rows) == {1}
        rows.clear()
        made(backend, order(name))
        assert set(rows) == {2}
        hook.remove()
    assert (made(backend, order(name, prompts=(), cfg_scale=1.0)) == without).all()


@pytest.mark.parametrize("name", KINDS)
def test_long_words_are_read_as_far_as_they_go(backend: DiffusersBackend, name: str) -> None:
    long = made(backend, order(name, prompts=(TextPrompt("a cat " * 100),)))
    longer = made(backend, order(name, prompts=(TextPrompt("a cat " * 100 + "red"),)))
    assert (long == longer).all()


@pytest.mark.parametrize("name", KINDS)
def test_every_step_is_told(backend: DiffusersBackend, name: str) -> None:
    told: list[Progress] = []
    backend.upscale(order(name), DrawContext(lambda: False, report=told.append))
    assert told == [Progress(done, STEPS) for done in range(1, STEPS + 1)]


@pytest.mark.parametrize("name", KINDS)
def test_it_ends_within_a_step(backend: DiffusersBackend, store: ModelStore, name: str) -> None:
    before = backend.upscale(order(name), WANTED)
    begun = 0

    def begin(*_: object) -> None:
        nonlocal begun
        begun += 1

    with store.lease(IDS[name]) as model:
        hook = model.unet.register_forward_pre_hook(begin)
        with pytest.raises(Stopped):
            backend.upscale(order(name, steps=20), DrawContext(lambda: begun >= 2))
        hook.remove()
    assert begun == 2
    assert backend.upscale(order(name), WANTED) == before


@pytest.mark.parametrize("name", KINDS)
def test_no_numbers_are_no_picture(
    backend: DiffusersBackend, store: ModelStore, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.lease(IDS[name]) as model:
        weight = model.unet.conv_in.weight.data
        monkeypatch.setattr(model.unet.conv_in.weight, "data", weight * float("nan"))
        with pytest.raises(DrawingFailed, match="numbers that are no picture"):
            backend.upscale(order(name), WANTED)


@pytest.mark.parametrize("name", KINDS)
def test_with_little_memory_it_is_decoded_in_tiles(
    backend: DiffusersBackend, store: ModelStore, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = made(backend, order(name))
    with store.lease(IDS[name]) as model:
        decode = model.vae.decode

        def short(latents: Any, **named: Any) -> Any:
            if not model.vae.use_tiling:
                raise torch.OutOfMemoryError
            return decode(latents, **named)

        monkeypatch.setattr(model.vae, "decode", short)
        # It is no larger than a tile, so in tiles it is the same.
        assert (made(backend, order(name)) == expected).all()
        assert not model.vae.use_tiling


def test_without_memory_a_sentence_says_so(
    backend: DiffusersBackend, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError

    with store.lease(IDS["upscaler"]) as model:
        monkeypatch.setattr(model.unet, "forward", full)
        with pytest.raises(DrawingFailed, match="more memory than there is for 256×256"):
            backend.upscale(order("upscaler"), WANTED)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("factor = 4", "factor = 2", "factor: 2 is not 4, as its model makes pictures larger"),
        ("factor = 2", "factor = 4", "factor: 4 is not 2, as its model makes pictures larger"),
        (
            'kind = "upscale"\nbackend = "diffusers"\nsource = "{}"\nprice = "flat:1"\nfactor = 4',
            'kind = "image"\nbackend = "diffusers"\nsource = "{}"\nprice = "flat:1"',
            'its model makes pictures larger, but its kind is "image"',
        ),
    ],
)
def test_an_entry_that_is_not_its_models_is_named(
    tiny_folder: Callable[[str], Path], tmp_path: Path, old: str, new: str, problem: str
) -> None:
    file = write_catalogue(tmp_path, tiny_folder)
    old, new = (text.format(tiny_folder("upscaler")) for text in (old, new))
    file.write_text(file.read_text().replace(old, new))
    problems: list[str] = []
    for entry in load_entries(file):
        try:
            find_engine(entry)
        except Unservable as error:
            problems.append(str(error))
    assert problems == [problem]
