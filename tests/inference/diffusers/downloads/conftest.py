"""A small hub, and the command that downloads from it as people run it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.inference.diffusers.downloads.hub import Hub, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

CATALOGUE = """
[[engine]]
id = "small"
backend = "diffusers"
source = "studio/small"
licence = "MIT"
control = { canny = "studio/canny" }

[[engine]]
id = "far"
kind = "depth"
backend = "diffusers"
source = "studio/far"
"""


@pytest.fixture
def hub(tiny_folder: Callable[[str], Path]) -> Generator[Hub]:
    with serving() as hub:
        hub.folders = {
            "studio/small": tiny_folder("sd15"),
            "studio/canny": tiny_folder("sd15_control"),
            "studio/far": tiny_folder("depth_anything"),
        }
        yield hub


@pytest.fixture
def models(hub: Hub, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    file = tmp_path / "engines.toml"
    file.write_text(CATALOGUE)
    environment = os.environ | {
        "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "NO_PROXY": "127.0.0.1",
    }

    def run(*arguments: str, room: int | None = None, **more: str) -> tuple[int, str]:
        """Its status and what it said; no file may become larger than the room, in bytes.

        `more` changes its environment.
        """

        def limit() -> None:
            if room is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

        done = subprocess.run(
            [sys.executable, "-m", "inference", "models", *arguments, "--engines", str(file)],
            env=environment | more,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
            preexec_fn=limit,
        )
        return done.returncode, done.stdout + done.stderr

    return run
