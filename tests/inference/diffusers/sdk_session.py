"""What a user of stability-sdk asks of each kind of model; prints what came back as JSON.

It is run by the SDK's own interpreter. Usage: sdk_session.py HOST:PORT
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import sys
from typing import Any

from PIL import Image

# Loaded by name: the library is in another environment than this file's reader.
client: Any = importlib.import_module("stability_sdk.client")
api: Any = importlib.import_module("stability_sdk.api")
utils: Any = importlib.import_module("stability_sdk.utils")
struct: Any = importlib.import_module("google.protobuf.struct_pb2")
pb: Any = client.generation
SD, KANDINSKY = "stable-diffusion-v1-5", "kandinsky-2-2"
SDXL = "stable-diffusion-xl-1024-v1-0"
SIZE = {"width": 72, "height": 64}
RED = Image.new("RGB", (64, 64), (200, 30, 30))


def seen(picture: Any) -> dict[str, Any]:
    """What a test can compare of a picture."""
    digest = hashlib.sha256(picture.convert("RGB").tobytes()).hexdigest()
    return {"size": list(picture.size), "hash": digest}


def first(answers: Any) -> dict[str, Any]:
    """The one picture of a call."""
    (artifact,) = [artifact for answer in answers for artifact in answer.artifacts]
    return seen(Image.open(io.BytesIO(artifact.binary)))


def weighted(text: str, weight: float) -> Any:
    return pb.Prompt(text=text, parameters=pb.PromptParameters(weight=weight))


def draw(host: str, engine: str = "", prompt: Any = "a cat", **more: Any) -> dict[str, Any]:
    """A picture through StabilityInference; without an engine the SDK asks for SDXL."""
    named = {"engine": engine} if engine else {}
    session = client.StabilityInference(host=host, **named)
    return first(session.generate(prompt=prompt, **{"seed": 7, "steps": 4, **SIZE, **more}))


def draw_controlled(host: str, engine: str, strength: float = 1.0) -> dict[str, Any]:
    """With a control picture, which has the index 1, as protobuf objects."""
    hint = utils.image_to_prompt(RED)
    hint.artifact.index = 1
    extras = struct.Struct()
    extras.update({"control": [{"kind": "canny", "strength": strength}]})
    session = client.StabilityInference(host=host, engine=engine)
    image = pb.ImageParameters(seed=[7], steps=4, **SIZE)
    return first(session.emit_request([pb.Prompt(text="a cat"), hint], image, extras))


def draw_with_lora(host: str, engine: str, name: str) -> dict[str, Any]:
    """With a LoRA, which the extras name."""
    extras = struct.Struct()
    extras.update({"loras": [{"name": name, "weight": 0.8}]})
    session = client.StabilityInference(host=host, engine=engine)
    image = pb.ImageParameters(seed=[7], steps=4, **SIZE)
    return first(session.emit_request([pb.Prompt(text="a cat")], image, extras))


def inpaint(host: str) -> dict[str, Any]:
    """Through Context with the engine that it names by itself."""
    mask = Image.new("L", (64, 64), 255)
    mask.paste(0, (0, 0, 32, 64))
    context = api.Context(host, "sk-unused")
    found = context.inpaint(RED, mask, ["a cat"], [1.0], steps=4, seed=7)
    return seen(found[pb.ARTIFACT_IMAGE][0])


def main() -> None:
    """Ask for everything and print the findings."""
    host = sys.argv[1]
    found = {
        "sd": draw(host, SD),
        "again": draw(host, SD),
        "seed": draw(host, SD, seed=8),
        "negative": draw(host, SD, [weighted("a cat", 1.5), weighted("a dog", -1.0)]),
        "control": draw_controlled(host, SD),
        "lora": draw_with_lora(host, SD, "sd15"),
        "word": draw(host, SD, "a zebra"),
        "sdxl control": draw_controlled(host, SDXL),
        "sdxl no control": draw_controlled(host, SDXL, strength=0.0),
        "sdxl": draw(host),
        "kandinsky": draw(host, KANDINSKY, cfg_scale=4.0),
        "inpaint": inpaint(host),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
