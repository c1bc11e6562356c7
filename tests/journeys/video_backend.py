"""A scripted engine for films: each is ready at the first look, but for the seeds named here."""

from __future__ import annotations

import json
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.generation.video.scripted_rest import (
    ScriptedRest,
    gives_video,
    hangs_up,
    replies,
    serving,
)
from tests.playground.videos import video

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.generation.video.scripted_rest import Seen

LOST = 13
"""The seed of a start whose answer gets lost."""

PICTURES = """
[[engine]]
id = "stable-diffusion-v1-5"
name = "Stable Diffusion"
kind = "image"
price = "flat:0.5"
default_size = [512, 512]
min_side = 64
max_pixels = 1048576
min_steps = 1
max_steps = 150
min_cfg_scale = 0
max_cfg_scale = 35
max_prompt_chars = 2000
"""

FILMS = """
[[engine]]
id = "films"
name = "Films"
kind = "video"
price = "flat:1"
default_size = [1024, 576]
sizes = [[1024, 576], [576, 1024], [768, 768]]
min_cfg_scale = 0
max_cfg_scale = 10
default_cfg_scale = 1.8
segment_s = 2
typical_s = 1
"""
"""A film costs 1 credit, and is looked for after a second."""


async def _play(seen: Seen, writer: asyncio.StreamWriter) -> None:
    if seen.method == "GET":
        await gives_video(video((1024, 576), 25, 12))(seen, writer)
    elif int(seen.form["seed"]) == LOST:
        await hangs_up(seen, writer)
    else:
        started = json.dumps({"id": secrets.token_hex(32)}).encode()
        await replies(200, started, content_type="application/json")(seen, writer)


EDITOR = "an-editor"
EDITS = f"""
[[engine]]
id = "{EDITOR}"
kind = "edit"
price = "flat:0.1"
edits = ["outpaint", "erase", "replace", "recolour", "remove-background"]
side_step = 1
min_steps = 0
default_steps = 0
samplers = []

"""


@asynccontextmanager
async def serving_videos() -> AsyncGenerator[str]:
    """The base address of a running backend."""
    async with serving(ScriptedRest(_play)) as base:
        yield base


def written_catalogue(folder: Path, *, is_able: bool = False) -> str:
    """The path of a catalogue with an engine for pictures and one for films.

    What `is_able` also blends, and there is one that edits.
    """
    file = folder / "engines.toml"
    able = PICTURES.replace("max_prompt_chars", "blends = true\nmax_prompt_chars", 1)
    # Versions before know no such key.
    file.write_text(able + EDITS + FILMS if is_able else PICTURES + FILMS)
    return str(file)
