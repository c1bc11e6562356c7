"""The prompt of a message: texts, the pictures to start from, and control pictures.

The image artifact with the index 0 is the init image; several of them are pictures to blend, each
with the weight of its prompt. Each one with a larger index is a control picture; `extras.control`
says of them, in the order of their indices, what they are: `[{"kind": "canny", "strength": 1.0}]`.
A depth artifact is a control picture of the kind depth.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generation.decimals import shortest
from generation.errors import BadRequest
from generation.request import BlendPicture, Control, ImageRequest, TextPrompt
from generation.wire import generation_pb2 as pb
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.struct_pb2 import Value

CONTROL_KEY = "control"
"""The key in Request.extras under which the kinds and strengths of control pictures stand."""

DEPTH = "depth"
"""The kind of a control picture that is sent as a depth artifact."""

_CONTROL_FIELDS = {"kind", "strength"}


@dataclass(slots=True)
class PromptParts:
    """What of a request stands in the prompt of its message."""

    texts: tuple[TextPrompt, ...] = ()
    init_image: bytes | None = field(default=None, repr=False)
    mask: bytes | None = field(default=None, repr=False)
    controls: tuple[Control, ...] = ()
    blend: tuple[BlendPicture, ...] = ()


def encode_prompts(request: ImageRequest) -> list[pb.Prompt]:
    """The texts with their weights, then the pictures."""
    prompts = [
        pb.Prompt(text=prompt.text, parameters=pb.PromptParameters(weight=prompt.weight))
        for prompt in request.prompts
    ]
    pictures = [
        (pb.ARTIFACT_IMAGE, request.init_image, 0),
        (pb.ARTIFACT_MASK, request.mask, 0),
        *((pb.ARTIFACT_IMAGE, one.image, at) for at, one in enumerate(request.controls, 1)),
    ]
    for kind, data, index in pictures:
        if data is not None:
            artifact = pb.Artifact(type=kind, binary=data, index=index)
            prompts.append(pb.Prompt(artifact=artifact))
    return [*prompts, *map(_encode_blended, request.blend)]


def _encode_blended(picture: BlendPicture) -> pb.Prompt:
    return pb.Prompt(
        artifact=pb.Artifact(type=pb.ARTIFACT_IMAGE, binary=picture.image),
        parameters=pb.PromptParameters(weight=picture.weight),
    )


def encode_controls(request: ImageRequest) -> list[dict[str, Any]]:
    """What stands in the extras for the control pictures."""
    return [{"kind": one.kind, "strength": one.strength} for one in request.controls]


def decode_prompts(message: pb.Request) -> PromptParts:
    """The parts of a message's prompt; a picture without any text has an empty one.

    Raises:
        BadRequest: names the field and what would be right.
    """
    found = PromptParts()
    pictures: dict[int, bytes] = {}
    for number, prompt in enumerate(message.prompt, 1):
        kind = prompt.WhichOneof("prompt")
        if kind == "text":
            found.texts += (TextPrompt(prompt.text, _weight(prompt)),)
        elif kind == "artifact":
            _take_artifact(found, pictures, prompt)
        else:
            raise BadRequest(
                "prompt",
                Sentence("part {number} holds no text and no picture; send text", number=number),
            )
    if len(found.blend) == 1:
        # Alone it is started from, whatever its weight.
        (first,), found.blend = found.blend, ()
        found.init_image = first.image
    found.controls = (*_controls(message, pictures), *found.controls)
    if not found.texts and (found.init_image is not None or found.blend or found.controls):
        found.texts = (TextPrompt(""),)
    return found


def _take_artifact(found: PromptParts, pictures: dict[int, bytes], prompt: pb.Prompt) -> None:
    artifact = prompt.artifact
    name = _NAMES.get(artifact.type)
    if name is None:
        reason = Sentence("of artifacts only IMAGE, MASK and DEPTH can be part of a prompt")
        raise BadRequest("prompt", reason)
    if name == "image" and artifact.index:
        name = "control"
    if not artifact.binary:
        raise BadRequest(name, Sentence("it holds no binary data"))
    if artifact.type == pb.ARTIFACT_DEPTH:
        found.controls += (Control(DEPTH, artifact.binary),)
    elif name == "control":
        _take_control(pictures, artifact)
    elif name == "mask":
        _take_mask(found, artifact.binary)
    else:
        found.blend += (BlendPicture(artifact.binary, _weight(prompt)),)


def _take_control(pictures: dict[int, bytes], artifact: pb.Artifact) -> None:
    if artifact.index in pictures:
        reason = Sentence(
            "there is more than one picture with the index {index}", index=artifact.index
        )
        raise BadRequest("control", reason)
    pictures[artifact.index] = artifact.binary


def _take_mask(found: PromptParts, data: bytes) -> None:
    if found.mask is not None:
        raise BadRequest("mask", Sentence("there is more than one"))
    found.mask = data


_NAMES = {pb.ARTIFACT_IMAGE: "image", pb.ARTIFACT_MASK: "mask", pb.ARTIFACT_DEPTH: "control"}


def _weight(prompt: pb.Prompt) -> float:
    if not prompt.parameters.HasField("weight"):
        return 1.0
    return shortest(prompt.parameters.weight)


def _controls(message: pb.Request, pictures: dict[int, bytes]) -> list[Control]:
    entries = _control_entries(message)
    if len(entries) != len(pictures):
        raise BadRequest(
            "control",
            Sentence(
                "extras.control describes {described} pictures, but {sent} were sent"
                " (image artifacts with an index from 1 on)",
                described=len(entries),
                sent=len(pictures),
            ),
        )
    ordered = [pictures[index] for index in sorted(pictures)]
    return [_control(entry, image) for entry, image in zip(entries, ordered, strict=True)]


def _control_entries(message: pb.Request) -> Sequence[Value]:
    if CONTROL_KEY not in message.extras.fields:
        return ()
    value = message.extras.fields[CONTROL_KEY]
    if value.WhichOneof("kind") not in ("list_value", "null_value"):
        raise BadRequest(
            "control", Sentence('extras.control is not a list like [{"kind": "canny"}]')
        )
    return value.list_value.values


def _control(entry: Value, image: bytes) -> Control:
    fields = entry.struct_value.fields
    for name in fields:
        if name not in _CONTROL_FIELDS:
            reason = Sentence("an entry of extras.control has an unknown {name}", name=name[:40])
            raise BadRequest("control", reason)
    if "kind" not in fields or not fields["kind"].string_value:
        raise BadRequest("control", Sentence("an entry of extras.control has no kind"))
    strength = 1.0
    if "strength" in fields:
        if fields["strength"].WhichOneof("kind") != "number_value":
            raise BadRequest("control", Sentence("a strength in extras.control is not a number"))
        strength = fields["strength"].number_value
    return Control(fields["kind"].string_value, image, strength)
