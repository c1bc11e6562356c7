"""What a user of stability-sdk asks of generic pipelines; prints what came back as JSON.

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
pb: Any = client.generation
SIZE = {"width": 96, "height": 64}
RED = Image.new("RGB", (96, 64), (200, 30, 30))


def draw(host: str, engine: str, prompt: Any = "a cat", **more: Any) -> dict[str, Any]:
    """A picture through StabilityInference."""
    session = client.StabilityInference(host=host, engine=engine)
    answers = session.generate(prompt=prompt, **{"seed": 7, "steps": 4, **SIZE, **more})
    (artifact,) = [artifact for answer in answers for artifact in answer.artifacts]
    picture = Image.open(io.BytesIO(artifact.binary)).convert("RGB")
    digest = hashlib.sha256(picture.tobytes()).hexdigest()
    return {"size": list(picture.size), "hash": digest}


def weighted(text: str, weight: float) -> Any:
    return pb.Prompt(text=text, parameters=pb.PromptParameters(weight=weight))


def main() -> None:
    """Ask for everything and print the findings."""
    host = sys.argv[1]
    flux, sd3, z_image = "flux-1-schnell", "stable-diffusion-3-5-medium", "z-image"
    found = {
        "flux": draw(host, flux, cfg_scale=1.0),
        "flux again": draw(host, flux, cfg_scale=1.0),
        "flux weighted": draw(
            host, flux, [weighted("a cat", 1.0), weighted("a dog", 0.5)], cfg_scale=1.0
        ),
        "flux start": draw(host, flux, cfg_scale=1.0, init_image=RED, start_schedule=0.75),
        "sd3": draw(host, sd3),
        "sd3 negative": draw(host, sd3, [weighted("a cat", 1.0), weighted("a dog", -1.0)]),
        "z-image": draw(host, z_image),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
