"""Orders of films for tiny models, and the store that lends these."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from inference.backends.backend import DrawContext
from inference.backends.diffusers.models.residency import ModelStore
from inference.catalogue import load_entries
from inference.video.order import VideoOrder
from inference.weights.engines import find_engine
from tests.inference.orders import png

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WIDTH, HEIGHT = 128, 64
STEPS = 4
FRAMES = {"svd": 5, "wan": 9}
WANTED = DrawContext(lambda: False)
FORM = f"""
kind = "video"
backend = "diffusers"
price = "flat:1"
default_size = [{WIDTH}, {HEIGHT}]
sizes = [[{WIDTH}, {HEIGHT}], [{HEIGHT}, {WIDTH}]]
max_cfg_scale = 10
default_cfg_scale = 1.8
min_steps = 1
default_steps = {STEPS}
frames_per_s = 8
segment_s = 1
typical_s = 1
poll_spacing_s = 0.2
"""


def picture() -> Image.Image:
    """Soft edges from left to right and a hard one in the middle."""
    rows = np.linspace(0, 255, WIDTH)[None, :, None] * np.ones((HEIGHT, 1, 3))
    rows[:, WIDTH // 2 :, 1] = 40
    return Image.fromarray(rows.astype(np.uint8))


def order(engine_id: str, **more: Any) -> VideoOrder:
    known = VideoOrder(
        png(np.asarray(picture())),
        WIDTH,
        HEIGHT,
        seed=7,
        cfg_scale=3.0,
        engine_id=engine_id,
        frames=FRAMES[engine_id],
        frames_per_s=8,
        steps=STEPS,
    )
    return replace(known, **more)


def write_catalogue(folder: Path, tiny_folder: Callable[[str], Path], more: str = "") -> Path:
    """A catalogue with a tiny engine of each kind of film."""
    file = folder / "engines.toml"
    file.write_text(
        more
        + "".join(
            f'[[engine]]\nid = "{name}"\nname = "Tiny {name}"\nsource = "{tiny_folder(name)}"\n'
            f"frames = {FRAMES[name]}\n{words}{FORM}"
            for name, words in (("svd", ""), ("wan", "takes_prompt = true\n"))
        )
    )
    return file


def open_store(catalogue: Path) -> ModelStore:
    """The models of a catalogue, on the processor."""
    found = [find_engine(entry) for entry in load_entries(catalogue)]
    return ModelStore(found, torch.device("cpu"), 1 << 30)
