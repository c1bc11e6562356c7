"""Pictures of the generic path are those of the pipelines' own calls, byte by byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import diffusers
import numpy as np
import pytest
from PIL import ImageOps

from tests.inference.diffusers.conditioning.models import drawing, mask_picture, png, request
from tests.inference.diffusers.generic import theirs
from tests.inference.diffusers.sampling.engine import draw

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop

    Opened = Callable[[str], Model]
    Folder = Callable[[str], Path]

CAT, DOG = "a red cat", "a dog"
WORDS: list[tuple[str, float, bool, dict[str, Any]]] = [
    ("flux_schnell", 1.0, False, {"guidance_scale": 1.0}),
    ("flux_dev", 3.5, False, {"guidance_scale": 3.5}),
    ("sd3", 5.0, False, {"guidance_scale": 5.0}),
    ("sd3", 5.0, True, {"guidance_scale": 5.0, "negative_prompt": DOG}),
    ("z_image", 1.0, False, {"guidance_scale": 0.0}),
    ("z_image", 5.0, True, {"guidance_scale": 4.0, "negative_prompt": DOG}),
    ("qwen_image", 4.0, False, {"true_cfg_scale": 4.0, "negative_prompt": " "}),
    ("qwen_image", 4.0, True, {"true_cfg_scale": 4.0, "negative_prompt": DOG}),
    ("klein", 1.0, False, {"guidance_scale": 1.0}),
    ("klein_base", 4.0, False, {"guidance_scale": 4.0}),
]


@pytest.mark.parametrize(("name", "cfg", "pushes", "named"), WORDS)
def test_from_words(
    opened: Opened,
    tiny_folder: Folder,
    loop: SamplingLoop,
    name: str,
    cfg: float,
    pushes: bool,
    named: dict[str, Any],
) -> None:
    prompts = (CAT, (DOG, -1.0)) if pushes else (CAT,)
    asked = request(*prompts, cfg_scale=cfg, steps=4, width=96, height=64)
    found = draw(loop, opened(name), asked)
    assert found.shape == (64, 96, 3)
    assert found.std() > 1
    expected = theirs.draw(tiny_folder(name), asked, prompt=CAT, **named)
    assert (found == expected).all()
    assert (found == draw(loop, opened(name), asked)).all()
    assert (found != draw(loop, opened(name), asked.with_seed(8))).any()


STARTS: list[tuple[str, str, float, dict[str, Any]]] = [
    ("flux_schnell", "Flux{}Pipeline", 1.0, {"guidance_scale": 1.0}),
    ("sd3", "StableDiffusion3{}Pipeline", 5.0, {"guidance_scale": 5.0}),
    ("z_image", "ZImage{}Pipeline", 3.0, {"guidance_scale": 2.0}),
    ("qwen_image", "QwenImage{}Pipeline", 4.0, {"true_cfg_scale": 4.0, "negative_prompt": " "}),
]


@pytest.mark.parametrize(("name", "kind", "cfg", "named"), STARTS)
@pytest.mark.parametrize("masked", [False, True])
def test_from_a_picture(
    opened: Opened,
    tiny_folder: Folder,
    loop: SamplingLoop,
    name: str,
    kind: str,
    cfg: float,
    named: dict[str, Any],
    masked: bool,
) -> None:
    mask = {"mask": png(mask_picture())} if masked else {}
    start = {"init_image": png(drawing()), "strength": 0.75, **mask}
    asked = request(CAT, cfg_scale=cfg, steps=4, **start)
    if masked:
        named = named | {"mask_image": ImageOps.invert(mask_picture())}
    task = getattr(diffusers, kind.format("Inpaint" if masked else "Img2Img"))
    expected = theirs.draw(
        tiny_folder(name), asked, task, prompt=CAT, image=drawing(), strength=0.75, **named
    )
    assert (draw(loop, opened(name), asked) == expected).all()


def test_a_picture_to_edit(opened: Opened, tiny_folder: Folder, loop: SamplingLoop) -> None:
    asked = request(CAT, cfg_scale=1.0, steps=3, init_image=png(drawing()))
    expected = theirs.draw(
        tiny_folder("klein"), asked, prompt=CAT, image=drawing(), guidance_scale=1.0
    )
    assert (draw(loop, opened("klein"), asked) == expected).all()


@pytest.mark.parametrize(("name", "cfg"), [("flux_schnell", 1.0), ("sd3", 5.0), ("klein_base", 4)])
def test_weights_mix_embeddings(opened: Opened, loop: SamplingLoop, name: str, cfg: float) -> None:
    def drawn(*prompts: tuple[str, float]) -> np.ndarray[Any, Any]:
        return draw(loop, opened(name), request(*prompts, cfg_scale=cfg, steps=3)).astype(int)

    plain = drawn((CAT, 1.0))
    assert (plain == drawn((CAT, 0.3))).all()
    assert np.abs(plain - drawn((CAT, 1.0), (DOG, 1e-4))).max() <= 2
    half, more = drawn((CAT, 1.0), (DOG, 1.0)), drawn((CAT, 1.0), (DOG, 4.0))
    dog = drawn((DOG, 1.0))
    assert np.abs(more - dog).mean() < np.abs(half - dog).mean() < np.abs(plain - dog).mean()
    if cfg > 1:
        pushed = drawn((CAT, 1.0), (DOG, -1.0))
        weaker = drawn((CAT, 1.0), (DOG, -0.01))
        assert np.abs(weaker - plain).mean() < np.abs(pushed - plain).mean()


def test_mixed_negatives_are_the_pipelines_own(
    opened: Opened, tiny_folder: Folder, loop: SamplingLoop
) -> None:
    # Two halves of one text take the way of the mixture.
    asked = request((CAT, 1.0), (f"{CAT} ", 1e-7), (DOG, -1.0), cfg_scale=5.0, steps=3)
    found = draw(loop, opened("sd3"), asked).astype(int)
    named = {"guidance_scale": 5.0, "negative_prompt": DOG}
    expected = theirs.draw(tiny_folder("sd3"), asked, prompt=CAT, **named)
    assert np.abs(found - expected).max() <= 1
