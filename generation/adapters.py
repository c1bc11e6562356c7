"""LoRAs of a request, and how a server tells which adapters its engines have.

A request names LoRAs in `extras.loras`: `[{"name": "ink", "weight": 0.8}]`. A textual inversion is
used by its word in a prompt, so no request names it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from generation.errors import BadRequest
from generation.request import Lora
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from google.protobuf.struct_pb2 import Value

    from generation.catalogue.catalogue import Engine
    from generation.request import ImageRequest
    from generation.wire import generation_pb2 as pb

LORAS_KEY = "loras"
"""The key in Request.extras under which the LoRAs of a request stand."""

MAX_TOLD_BYTES = 5_000
"""Of the metadata that names adapters: gRPC refuses metadata of more than 8 KB altogether."""

_FIELDS = {"name", "weight"}


def encode_loras(request: ImageRequest) -> list[dict[str, Any]]:
    """What stands in the extras for the LoRAs of a request."""
    return [{"name": lora.name, "weight": lora.weight} for lora in request.loras]


def decode_loras(message: pb.Request) -> tuple[Lora, ...]:
    """The LoRAs that a message names.

    Raises:
        BadRequest: the list has another form; says which is right.
    """
    if LORAS_KEY not in message.extras.fields:
        return ()
    value = message.extras.fields[LORAS_KEY]
    if value.WhichOneof("kind") not in ("list_value", "null_value"):
        raise BadRequest("lora", Sentence('extras.loras is not a list like [{"name": "ink"}]'))
    return tuple(_lora(entry) for entry in value.list_value.values)


def _lora(entry: Value) -> Lora:
    fields = entry.struct_value.fields
    for name in fields:
        if name not in _FIELDS:
            raise BadRequest(
                "lora", Sentence("an entry of extras.loras has an unknown {name}", name=name[:40])
            )
    if "name" not in fields or not fields["name"].string_value:
        raise BadRequest("lora", Sentence("an entry of extras.loras has no name"))
    if "weight" not in fields:
        return Lora(fields["name"].string_value)
    if fields["weight"].WhichOneof("kind") != "number_value":
        raise BadRequest("lora", Sentence("a weight in extras.loras is not a number"))
    return Lora(fields["name"].string_value, fields["weight"].number_value)


@dataclass(frozen=True, slots=True)
class Adapters:
    """The names of an engine's LoRAs and the words of its textual inversions.

    `has_more` says that there are others, for which the announcement had no room.
    """

    loras: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()
    has_more: bool = False


NO_ADAPTERS = Adapters()


def tell_adapters(engines: Iterable[Engine]) -> str:
    """The announcement of all engines with adapters as ASCII JSON; of too many, the first of each.

    Engine id → {"loras": names, "embeddings": words, "more": whether names were left out}.
    """
    having = [engine for engine in engines if engine.loras or engine.embeddings]
    most = max((len(names) for one in having for names in (one.loras, one.embeddings)), default=0)
    while len(text := json.dumps({one.id: _told(one, most) for one in having})) > MAX_TOLD_BYTES:
        most = most * 3 // 4
        if not most:
            return "{}"
    return text


def _told(engine: Engine, most: int) -> dict[str, Any]:
    lists = {"loras": engine.loras, "embeddings": engine.embeddings}
    told: dict[str, Any] = {key: names[:most] for key, names in lists.items() if names}
    if any(len(names) > most for names in lists.values()):
        told["more"] = True
    return told


def read_adapters(text: str) -> Mapping[str, Adapters]:
    """What a server told by engine id; nothing of what is in no such form."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {
        engine_id: _adapters(cast("dict[str, Any]", one))
        for engine_id, one in cast("dict[str, Any]", told).items()
        if isinstance(one, dict)
    }


def _adapters(told: Mapping[str, Any]) -> Adapters:
    return Adapters(_names(told, "loras"), _names(told, "embeddings"), bool(told.get("more")))


def _names(told: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = told.get(key)
    if not isinstance(names, list):
        return ()
    return tuple(name for name in cast("list[Any]", names) if isinstance(name, str))


def find_name(name: str, known: Sequence[str]) -> str | None:
    """The known name that is meant: the same one, or the only one that differs in case alone."""
    if name in known:
        return name
    same = [one for one in known if one.casefold() == name.casefold()]
    return same[0] if len(same) == 1 else None
