"""LoRAs of a request over the wire, refused by name, and the adapters that a server tells of."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from generation.abilities import validate_lora
from generation.adapters import (
    MAX_TOLD_BYTES,
    NO_ADAPTERS,
    Adapters,
    find_name,
    read_adapters,
    tell_adapters,
)
from generation.catalogue.catalogue import Engine
from generation.codec import decode_request, encode_request
from generation.errors import BadRequest
from generation.request import ImageRequest, Lora, TextPrompt
from generation.validation import validate
from generation.wire import generation_pb2 as pb

ENGINE = Engine("sd", loras=("ink", "ink wash", "grain"), unusable_loras=(("large", "it is XL"),))
REQUEST = ImageRequest("sd", (TextPrompt("a cat"),), 512, 512, 1, 30, 7.0)


def test_loras_travel_in_the_extras() -> None:
    asked = replace(REQUEST, loras=(Lora("ink", 0.8), Lora("grain", -1.5)))
    message = encode_request(asked, "r")
    assert MessageToDict(message.extras)["loras"] == [
        {"name": "ink", "weight": 0.8},
        {"name": "grain", "weight": -1.5},
    ]
    assert decode_request(message, ENGINE) == asked
    assert "loras" not in encode_request(REQUEST, "r").extras


def test_without_a_weight_it_is_one() -> None:
    message = encode_request(REQUEST, "r")
    message.extras.update({"loras": [{"name": "ink"}]})
    assert decode_request(message, ENGINE).loras == (Lora("ink", 1.0),)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("ink", "extras.loras is not a list like"),
        (["ink"], "an entry of extras.loras has no name"),
        ([{"name": ""}], "an entry of extras.loras has no name"),
        ([{"name": "ink", "weight": "0.8"}], "a weight in extras.loras is not a number"),
        ([{"name": "ink", "scale": 1}], "an entry of extras.loras has an unknown scale"),
        ([{"name": "ink", "weight": 4.5}], "weight 4.5 of ink is outside -4 to 4"),
        ([{"name": "ink", "weight": math.nan}], "weight nan of ink is outside -4 to 4"),
        ([{"name": "ink"}, {"name": "ink"}], "ink stands there twice; say its weight once"),
        ([{"name": f"{n}"} for n in range(5)], "5 are more than the 4 of one picture"),
        ([{"name": "ink wosh"}], "sd has no LoRA ink wosh; did you mean ink wash"),
        ([{"name": "xyz"}], "sd has no LoRA xyz; it has ink, ink wash, grain"),
        ([{"name": "large"}], "large cannot be used with sd: it is XL"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(told: Any, reason: str) -> None:
    message = pb.Request()
    message.CopyFrom(encode_request(REQUEST, "r"))
    message.extras.update({"loras": told})
    with pytest.raises(BadRequest) as caught:
        decode_request(message, ENGINE)
    assert caught.value.field == "lora"
    assert reason in caught.value.reason


def test_an_engine_without_any_says_so() -> None:
    with pytest.raises(BadRequest, match="painter has no LoRA ink; it has none"):
        validate(replace(REQUEST, engine_id="painter", loras=(Lora("ink"),)), Engine("painter"))


def test_the_engine_that_has_it_is_named() -> None:
    others = [Engine("painter"), ENGINE, Engine("xl", loras=("large",))]
    with pytest.raises(BadRequest, match="painter has no LoRA grain; sd has it"):
        validate_lora(Engine("painter"), others, "grain")


def test_of_an_engine_that_has_more_any_name_may_be_right() -> None:
    validate_lora(replace(ENGINE, has_more_adapters=True), (), "unheard")


def test_what_is_told_is_read() -> None:
    engines = [ENGINE, Engine("plain"), Engine("xl", embeddings=("zebra", "Größe"))]
    text = tell_adapters(engines)
    assert text.isascii()
    assert read_adapters(text) == {
        "sd": Adapters(ENGINE.loras),
        "xl": Adapters(embeddings=("zebra", "Größe")),
    }
    assert tell_adapters([Engine("plain")]) == "{}"


def test_a_folder_of_thousands_fits_the_metadata() -> None:
    many = tuple(f"a style of the year {number}" for number in range(3000))
    engines = [replace(ENGINE, loras=many), Engine("xl", embeddings=("zebra",))]
    text = tell_adapters(engines)
    assert MAX_TOLD_BYTES / 2 < len(text) <= MAX_TOLD_BYTES
    found = read_adapters(text)
    assert found["sd"].has_more
    assert found["sd"].loras == many[: len(found["sd"].loras)]
    assert found["xl"] == Adapters(embeddings=("zebra",))


@pytest.mark.parametrize(
    "text",
    ["", "[", "[]", "[" * 100_000, '{"sd": 1}', '{"sd": {"loras": 7, "embeddings": [1, null]}}'],
)
def test_nonsense_is_nothing(text: str) -> None:
    assert all(told == NO_ADAPTERS for told in read_adapters(text).values())


def test_a_name_is_found_in_another_case() -> None:
    assert find_name("Ink Wash", ENGINE.loras) == "ink wash"
    assert find_name("INK", ("ink", "Ink")) is None
    assert find_name("Ink", ("ink", "Ink")) == "Ink"
