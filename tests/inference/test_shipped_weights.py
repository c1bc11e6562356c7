"""Entries of engines that upscale, with or without the package that holds the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.catalogue.catalogue import CatalogueError
from inference.catalogue import load_entries
from inference.registry import open_registry
from inference.weights.engines import Unservable, find_engine

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = """[[engine]]
id = "larger"
kind = "upscale"
backend = "{backend}"
side_step = 1
factor = {factor}
{more}
"""


def written(folder: Path, backend: str, factor: int, more: str = "") -> Path:
    file = folder / "engines.toml"
    file.write_text(ENTRY.format(backend=backend, factor=factor, more=more))
    return file


@pytest.mark.parametrize(
    ("backend", "factor", "words"),
    [
        ("painter", 1, "larger: factor: 1 is not from 2 to 8"),
        ("painter", 0, "larger: factor: 0 is not from 2 to 8"),
        ("painter", 9, "larger: factor: 9 is not from 2 to 8"),
        ("diffusers", 2, "larger: source: the backend diffusers needs it"),
        ("real-esrgan", 2, "larger: source: the backend real-esrgan needs it"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(
    tmp_path: Path, backend: str, factor: int, words: str
):
    with pytest.raises(CatalogueError) as caught:
        open_registry(written(tmp_path, backend, factor))
    assert words in str(caught.value)


def test_a_factor_belongs_to_engines_that_upscale(tmp_path: Path):
    file = tmp_path / "engines.toml"
    file.write_text('[[engine]]\nid = "plain"\nbackend = "painter"\nfactor = 2\n')
    with pytest.raises(CatalogueError, match="factor: only engines of the kind upscale have one"):
        open_registry(file)


@pytest.mark.parametrize(
    ("factor", "source", "words"),
    [
        (2, "realesrgan-x9", "source: realesrgan-x9 is none of realesr-animevideov3-x2,"),
        (2, "realesrgan-x4plus", "factor: realesrgan-x4plus enlarges 4 times, not 2"),
    ],
)
def test_a_network_that_there_is_not_is_named(tmp_path: Path, factor: int, source: str, words: str):
    file = written(tmp_path, "real-esrgan", factor, f'source = "{source}"')
    (entry,) = load_entries(file)
    with pytest.raises(Unservable) as caught:
        find_engine(entry)
    assert str(caught.value).startswith(words)
    assert caught.value.is_broken


def test_without_the_package_it_is_not_served_and_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("inference.weights.shipped.PACKAGE", "a_package_that_nobody_has")
    monkeypatch.setattr("inference.weights.shipped.RUNTIME", "json")
    file = written(tmp_path, "real-esrgan", 4, 'source = "realesrgan-x4plus"')
    (entry,) = load_entries(file)
    with pytest.raises(Unservable) as caught:
        find_engine(entry)
    assert "is not installed; `make inference`" in str(caught.value)
    assert not caught.value.is_broken
