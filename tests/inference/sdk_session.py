"""What a user of stability-sdk does; run by its own interpreter, prints what came back as JSON.

Usage: sdk_session.py plain|tls HOST:PORT KEY
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
grpc: Any = importlib.import_module("grpc")
pb: Any = client.generation
SIZE = {"width": 128, "height": 128}


def seen(artifacts: list[Any]) -> list[dict[str, Any]]:
    """What a test can compare of the pictures."""
    rows: list[dict[str, Any]] = []
    for artifact in artifacts:
        picture = Image.open(io.BytesIO(artifact.binary)).convert("RGB")
        corner, middle = picture.getpixel((3, 3)), picture.getpixel((120, 120))
        rows.append(
            {
                "seed": artifact.seed,
                "index": artifact.index,
                "mime": artifact.mime,
                "finish_reason": artifact.finish_reason,
                "size": list(picture.size),
                "corner": corner,
                "far": middle,
                "hash": hashlib.sha256(picture.tobytes()).hexdigest(),
            }
        )
    return sorted(rows, key=lambda row: row["index"])


def weighted(text: str, weight: float) -> Any:
    return pb.Prompt(text=text, parameters=pb.PromptParameters(weight=weight))


def half_mask() -> Image.Image:
    """White, so kept, on the left; black, so changed, on the right."""
    mask = Image.new("L", (128, 128), 0)
    mask.paste(255, (0, 0, 64, 128))
    return mask


def through_inference(host: str, key: str) -> dict[str, Any]:
    """Everything that StabilityInference can ask for."""
    session = client.StabilityInference(host=host, key=key)

    def generate(prompt: Any, **more: Any) -> list[dict[str, Any]]:
        fields = {"seed": 7, "steps": 20, **SIZE, **more}
        answers = session.generate(prompt=prompt, **fields)
        return seen([artifact for answer in answers for artifact in answer.artifacts])

    red = Image.new("RGB", (128, 128), (200, 30, 30))
    found: dict[str, Any] = {
        "text": generate("a red lighthouse"),
        "weighted": generate([weighted("a red lighthouse", 1.5), weighted("fog", -0.5)]),
        "init": generate("forest", init_image=red, start_schedule=0.0001),
        "mask": generate("ice crystals", init_image=red, mask_image=half_mask()),
        "samples": generate("a red lighthouse", samples=3),
        "style": generate("a red lighthouse", style_preset="pixel-art"),
        "sampler": generate("a red lighthouse", sampler=pb.SAMPLER_DDPM),
        "guided": generate(
            "a red lighthouse",
            sampler=pb.SAMPLER_K_EULER_ANCESTRAL,
            guidance_preset=pb.GUIDANCE_PRESET_FAST_BLUE,
        ),
        "default size": generate("sea", width=1024, height=1024),
    }
    other = client.StabilityInference(host=host, key=key, engine="stable-diffusion-v9")
    try:
        list(other.generate(prompt="sea", **SIZE))
    except grpc.RpcError as error:
        found["unknown engine"] = [error.code().name, error.details()]
    return found


def through_context(host: str, key: str) -> dict[str, Any]:
    """Everything of Context that a server of pictures answers."""
    name = "stable-diffusion-xl-1024-v1-0"
    context = api.Context(host, key, inpaint_engine_id=name)
    red = Image.new("RGB", (128, 128), (200, 30, 30))
    pictures = context.generate(
        ["a red lighthouse", "fog"], [1.5, -0.5], 128, 128, steps=20, seed=7, samples=2
    )
    started = context.generate(
        ["forest"], [1.0], 128, 128, steps=20, seed=7, init_image=red, init_strength=1.0
    )
    painted = context.inpaint(red, half_mask(), ["ice crystals"], [1.0], steps=20, seed=7)
    balance, _ = context.get_user_info()
    larger = context.upscale(red, prompt="forest")
    return {
        "upscaled": [list(larger.size), larger.getpixel((5, 5))],
        "upscaled to a width": list(context.upscale(red, width=200).size),
        "pictures": [list(picture.size) for picture in pictures[pb.ARTIFACT_IMAGE]],
        "started": started[pb.ARTIFACT_IMAGE][0].getpixel((3, 3)),
        "kept": painted[pb.ARTIFACT_IMAGE][0].getpixel((3, 3)),
        "balance": balance,
    }


def through_tls(host: str, key: str) -> dict[str, Any]:
    """One picture over TLS, which the library chooses by the port's last digits."""
    session = client.StabilityInference(host=host, key=key)
    answers = session.generate(prompt="a red lighthouse", seed=7, steps=20, **SIZE)
    return {"text": seen([artifact for answer in answers for artifact in answer.artifacts])}


def main() -> None:
    """Do what the first argument says and print the findings."""
    kind, host, key = sys.argv[1:]
    if kind == "tls":
        found = through_tls(host, key)
    else:
        found = {**through_inference(host, key), "context": through_context(host, key)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
