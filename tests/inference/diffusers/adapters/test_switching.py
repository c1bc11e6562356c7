"""LoRAs under load: same bytes, shared calls, bounded memory, and nothing left of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from generation.errors import BadRequest
from generation.request import Lora, Sampler
from inference.backends.diffusers.adapters.loras import Loras, NoRoomYet
from inference.backends.diffusers.sampling.runtime import Runtime
from inference.backends.failure import DrawingFailed
from tests.inference.diffusers.adapters import files
from tests.inference.diffusers.conditioning.models import request
from tests.inference.diffusers.sampling.engine import draw, latents, ticket, wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop

    Opened = Callable[[str], Model]

INK, GRAIN = Lora("ink", 0.8), Lora("grain", 0.5)


@pytest.fixture
def model(opened: Opened, with_folder: Callable[[Model], Model], tmp_path: Path) -> Model:
    """A model with two LoRAs."""
    plain = opened("sd15")
    for seed, name in enumerate(("ink", "grain")):
        files.saved(tmp_path / f"{name}.safetensors", files.kohya(plain, seed))
    return with_folder(plain)


SETS = ((), (INK,), (INK, GRAIN), (GRAIN, INK), (Lora("ink", 0.3),), (Lora("ink", 0.0),))
REQUESTS = [
    request("a cat", seed=seed, steps=4 + seed % 3, sampler=Sampler.DDIM, loras=loras)
    for seed, loras in enumerate(SETS * 2)
]


def test_the_same_bytes_alone_and_among_others(model: Model, loop: SamplingLoop) -> None:
    handed = [ticket(model, asked) for asked in REQUESTS]
    for one in handed:
        loop.submit(one)
    crowded = [wait(one) for one in handed]
    for asked, found in zip(REQUESTS, crowded, strict=True):
        assert np.array_equal(draw(loop, model, asked), found), asked.loras


def test_the_same_set_shares_a_call_and_another_one_does_not(model: Model) -> None:
    rows: list[int] = []
    hook = model.unet.register_forward_pre_hook(lambda _, inputs: rows.append(len(inputs[0])))
    same = [request("a cat", seed=seed, steps=1, loras=(INK,)) for seed in range(2)]
    latents(model, same)
    latents(model, [same[0], replace(same[1], loras=(GRAIN,))])
    latents(model, [same[0], replace(same[1], loras=())])
    hook.remove()
    assert len(rows) == 1 + 2 + 2


def test_the_order_and_a_weight_of_zero_change_nothing(model: Model) -> None:
    pairs = (((INK, GRAIN), (GRAIN, INK)), ((), (Lora("grain", 0.0),)))
    for one, other in pairs:
        found = [latents(model, [request("a cat", loras=loras)])[0] for loras in (one, other)]
        assert torch.equal(*found)


def test_without_a_lora_the_bytes_are_as_before(model: Model, opened: Opened) -> None:
    asked = request("a cat")
    (before,) = latents(opened("sd15"), [asked])
    _, after = latents(model, [request("a cat", loras=(INK,)), asked])
    assert torch.equal(before, after)


def test_texts_are_encoded_with_their_lora(model: Model) -> None:
    """What a text became with a LoRA is not taken for what it is without."""
    from tests.inference.diffusers.sampling.engine import prepare

    runtime = Runtime(model)
    sets = ((), (INK,), (), (Lora("ink", 0.3),), (INK,))
    rows = [
        prepare(ticket(model, request("a cat", loras=loras)), runtime).conditioning.rows[0].embeds
        for loras in sets
    ]
    assert torch.equal(rows[0], rows[2])
    assert torch.equal(rows[1], rows[4])
    assert not torch.equal(rows[0], rows[1])
    assert not torch.equal(rows[1], rows[3])


def test_a_hundred_switches_leave_nothing(model: Model) -> None:
    loras = Loras()
    size = sum(tensor.numel() for tensor in model.unet.parameters())
    for number in range(100):
        asked = request("a cat", loras=((INK,), (GRAIN,))[number % 2])
        loras.activate(model, loras.take(model, asked))
    loras.activate(model, ())
    assert loras.loaded == ("ink", "grain")
    assert loras.size <= model.lora_room
    assert not any(module._forward_hooks for module in model.unet.modules())
    assert not any(module._forward_hooks for module in model.pipeline.text_encoder.modules())
    assert size == sum(tensor.numel() for tensor in model.unet.parameters())


def test_the_least_recently_used_one_leaves_unless_a_picture_needs_it(model: Model) -> None:
    loras = Loras()
    small = replace(model, lora_room=4 * model.loras["ink"].elements)
    loras.activate(small, loras.take(small, request("a cat", loras=(INK,))))
    with pytest.raises(NoRoomYet):
        loras.take(small, request("a cat", loras=(GRAIN,)), {"ink"})
    loras.take(small, request("a cat", loras=(GRAIN,)))
    assert loras.loaded == ("grain",)
    assert loras.size <= small.lora_room
    assert not any(module._forward_hooks for module in model.unet.modules())


def test_who_finds_no_room_waits_for_it(model: Model, loop: SamplingLoop) -> None:
    small = replace(model, lora_room=4 * model.loras["ink"].elements)
    handed = [
        ticket(small, request("a cat", seed=seed, loras=loras))
        for seed, loras in enumerate(((INK,), (GRAIN,), (INK,), (GRAIN,)))
    ]
    for one in handed:
        loop.submit(one)
    for one in handed:
        assert wait(one).shape == (64, 64, 3)


def test_one_that_nobody_knows(model: Model, loop: SamplingLoop) -> None:
    with pytest.raises(BadRequest) as caught:
        draw(loop, model, request("a cat", loras=(Lora("nobody"),)))
    assert str(caught.value) == "lora: tiny has no LoRA nobody"


def test_a_lora_that_has_grown_ends_instead_of_waiting_for_ever(
    model: Model, loop: SamplingLoop
) -> None:
    tight = replace(model, lora_room=4)
    with pytest.raises(DrawingFailed, match="have changed; try again"):
        draw(loop, tight, request("a cat", sampler=Sampler.DDIM, loras=(INK,)))
