"""An older version of the bot: its code from the history, and a Python that can run it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
COMMIT = "1b364ee83dee75869f7ddb83be2c9716582e9e74"
"""The version before jobs got one workflow, and modules and stored values their present names."""

IMPORT_ALL = """
import importlib, importlib.metadata, os, pkgutil, re, tomllib
with open("pyproject.toml", "rb") as file:
    needed = tomllib.load(file)["project"]["dependencies"]
for one in needed:
    # Some are imported only when they are used, such as a database's driver.
    importlib.metadata.version(re.match(r"[\\w.-]+", one)[0])
assert os.path.samefile(importlib.import_module("bot").__path__[0], "bot")
for name in ("bot", "commands", "jobs", "storage", "generation", "media", "prompts"):
    for found in pkgutil.walk_packages(importlib.import_module(name).__path__, name + "."):
        if not found.name.startswith("storage.migrations") and "__main__" not in found.name:
            importlib.import_module(found.name)
"""


class OldVersionUnavailable(Exception):
    """An older version cannot be run here; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class OldVersion:
    """The folder of its code, and the Python that runs it."""

    code: Path
    python: str


def why_missing(commit: str) -> str:
    """Why a commit cannot be checked out here, in one sentence; empty if it can be."""
    if shutil.which("git") is None:
        return "git is not installed."
    asked = ("git", "-C", str(REPOSITORY), "cat-file", "-e", f"{commit}^{{commit}}")
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        return f"the history here has no commit {commit[:7]}."
    return ""


async def check_out(commit: str, folder: Path) -> OldVersion:
    """Put a commit's code into a folder, and find or make what can run it.

    Raises:
        OldVersionUnavailable
    """
    if missing := why_missing(commit):
        raise OldVersionUnavailable(missing)
    code = folder / "code"
    code.mkdir(parents=True)
    archive = folder / "code.tar"
    await _succeeds("git", "-C", str(REPOSITORY), "archive", "-o", str(archive), commit)
    await asyncio.to_thread(shutil.unpack_archive, archive, code, filter="data")
    if await _can_import(sys.executable, code):
        return OldVersion(code, sys.executable)
    return OldVersion(code, await _install(code, folder / "venv"))


async def _install(code: Path, venv: Path) -> str:
    """A Python with the versions of its dependencies that it was written for."""
    sys.stdout.write("Installing what the old version depends on, which this one has not ...\n")
    python = str(venv / "bin" / "python")
    pip = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check")
    is_made = await _succeeds(sys.executable, "-m", "venv", str(venv)) and await _succeeds(
        *pip, "-c", str(code / "constraints.txt"), "-e", str(code)
    )
    if not (is_made and await _can_import(python, code)):
        raise OldVersionUnavailable("the old version's dependencies cannot be installed here.")
    return python


async def _can_import(python: str, code: Path) -> bool:
    return await _succeeds(python, "-c", IMPORT_ALL, code=code)


async def _succeeds(*command: str, code: Path | None = None) -> bool:
    environment = {**os.environ, "PYTHONPATH": str(code)} if code else None
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=code,
        env=environment,
    )
    return await process.wait() == 0
