"""Orders survive a restart as plain data."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from generation.request import (
    Control,
    GuidancePreset,
    GuidanceSettings,
    ImageRequest,
    Lora,
    MaskedAreaInit,
    Sampler,
    StylePreset,
    TextPrompt,
    WeightMethod,
)
from jobs.orders.image import ImageOrder


def an_order(**values) -> ImageOrder:
    request = ImageRequest(
        engine_id="atelier-painter",
        prompts=(TextPrompt("a fox", 1.5), TextPrompt("fog", -0.5)),
        width=512,
        height=512,
        seed=7,
        steps=30,
        cfg_scale=7.5,
        samples=2,
        sampler=Sampler.K_EULER_ANCESTRAL,
        guidance=GuidancePreset.FAST_BLUE,
        style=StylePreset.PIXEL_ART,
        strength=0.4,
    )
    known: dict[str, Any] = {
        "prompt": "a fox::1.5 fog::-0.5",
        "title": "a fox, fog",
        "requests": (request,) * 2,
    }
    return ImageOrder(**{**known, **values})


def test_an_order_comes_back_as_it_was():
    order = an_order(notices=("Mind the fog.",), uses_init=True, uses_mask=True)
    assert ImageOrder.from_json(json.loads(json.dumps(order.to_json()))) == order


def test_what_is_seldom_said_comes_back_too():
    (request, _) = an_order().requests
    rare = replace(
        request,
        weight_method=WeightMethod.CROSS_ATTENTION,
        masked_area=MaskedAreaInit.RANDOM,
        noise_scale=1.02,
        guidance_settings=GuidanceSettings(2.0, 4, "a red fox"),
        controls=(Control("canny", b"", 0.5), Control("depth", b"")),
        loras=(Lora("ink", 0.8), Lora("grain")),
        unfiltered=True,
    )
    order = an_order(requests=(rare, request))
    data = json.loads(json.dumps(order.to_json()))
    assert ImageOrder.from_json(data) == order
    assert not {"controls", "loras"} & data["requests"][1].keys()


def test_the_bytes_of_control_pictures_are_not_in_it():
    (request, _) = an_order().requests
    order = an_order(requests=(replace(request, controls=(Control("canny", b"pixels"),)),))
    (back,) = ImageOrder.from_json(json.loads(json.dumps(order.to_json()))).requests
    assert back.controls == (Control("canny", b""),)


def test_pictures_are_counted_over_all_requests():
    assert an_order().pictures == 4
