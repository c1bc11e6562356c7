"""Hubs that refuse, lie or break off: one sentence each, and nothing wrong stays in the cache."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import save_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.inference.diffusers.downloads.hub import Hub

    Models = Callable[..., tuple[int, str]]

INFO, UNET_FILE = "/api/models/", "/unet/diffusion_pytorch_model.safetensors"


def refused(models: Models) -> str:
    """The last line of what a download says that does not succeed; the others name files."""
    status, said = models("get", "small", "--bare")
    assert status == 1, said
    assert "Traceback" not in said
    return said.splitlines()[-1]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (HTTPStatus.UNAUTHORIZED, "the hub refuses it (401); its licence has to be accepted"),
        (HTTPStatus.FORBIDDEN, "the hub refuses it (403); its licence has to be accepted"),
        (HTTPStatus.NOT_FOUND, "the hub has no such repository or file (404)."),
        (HTTPStatus.TOO_MANY_REQUESTS, "the hub was asked too often (429); try again later"),
        (HTTPStatus.BAD_GATEWAY, "the hub is out of order (502); try again later."),
        (HTTPStatus.IM_A_TEAPOT, "the hub refuses it (418)."),
    ],
)
def test_a_hub_that_refuses(hub: Hub, models: Models, status: HTTPStatus, words: str):
    hub.answers = {INFO: status}
    assert f"studio/small cannot be downloaded: {words}" in refused(models)


def test_a_hub_that_refuses_one_file(hub: Hub, models: Models):
    hub.answers = {UNET_FILE: HTTPStatus.FORBIDDEN}
    assert "studio/small cannot be downloaded: the hub refuses it (403)" in refused(models)
    assert "no" in models()[1].splitlines()[1]
    hub.answers = {}
    assert models("get", "small", "--bare")[0] == 0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HF_ENDPOINT", "http://127.0.0.1:9", "the hub cannot be reached"),
        ("HF_ENDPOINT", "nonsense", "HF_ENDPOINT is no address of a hub"),
        ("HF_HUB_OFFLINE", "1", "HF_HUB_OFFLINE forbids to ask the hub"),
    ],
)
def test_a_hub_that_is_not_asked(models: Models, name: str, value: str, words: str):
    told = refused(lambda *arguments: models(*arguments, **{name: value}))
    assert f"studio/small cannot be downloaded: {words}" in told


def sizes(told: dict[str, Any], size: object) -> None:
    for file in told["siblings"]:
        file["size"] = size


def no_hashes(told: dict[str, Any]) -> None:
    for file in told["siblings"]:
        file.pop("lfs", None)
        file.pop("blobId")


@pytest.mark.parametrize(
    ("tells", "words"),
    [
        (lambda told: told.update(sha=None), "the hub does not name its newest state"),
        (lambda told: told.update(sha="../../evil"), "the hub does not name its newest state"),
        (lambda told: told.update(siblings=None), "it has no model_index.json"),
        (lambda told: told.update(siblings=[3]), "the hub does not answer as it should"),
        (lambda told: sizes(told, "many"), "the hub does not answer as it should"),
        (lambda told: sizes(told, -1), "the hub does not answer as it should"),
        (lambda told: sizes(told, 10**15), "make room, or set HF_HOME to another disk"),
        (no_hashes, "cannot be checked: the hub does not tell its hash"),
    ],
)
def test_a_hub_that_tells_nonsense(
    hub: Hub, models: Models, tells: Callable[[dict[str, Any]], None], words: str
):
    hub.tells = tells
    assert words in refused(models)
    hub.tells = lambda told: None
    assert models("get", "small", "--bare")[0] == 0


@pytest.mark.parametrize("index", [b"[" * 100_000, b"[]", b"{", b"\xff"])
def test_an_index_that_cannot_be_read(hub: Hub, models: Models, tmp_path: Path, index: bytes):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "model_index.json").write_bytes(index)
    hub.folders["studio/small"] = tmp_path / "bad"
    assert refused(models) == "studio/small: model_index.json cannot be read."


def test_an_index_that_arrives_damaged_is_fetched_again(hub: Hub, models: Models):
    hub.spoils = "model_index.json"
    assert "model_index.json arrived damaged and was thrown away" in refused(models)
    hub.spoils = ""
    assert models("get", "small", "--bare")[0] == 0


def test_a_hub_cannot_have_our_files_thrown_away(hub: Hub, models: Models, tmp_path: Path):
    own = tmp_path / "own"
    own.write_text("mine")
    # Its library names what it keeps by this header: hub/models--studio--small/blobs/ETAG.
    hub.headers = {"ETag": '"../../../../own"'}
    refused(models)
    assert own.read_text() == "mine"


def test_a_hub_without_ranges_sends_all_of_a_file_again(hub: Hub, models: Models, tmp_path: Path):
    large = tmp_path / "large"
    large.mkdir()
    (large / "config.json").write_text("{}")
    weights = {"weight": torch.arange(6_000_000, dtype=torch.float32)}
    save_file(weights, large / "diffusion_pytorch_model.safetensors")
    hub.folders["studio/canny"] = large
    hub.breaks_after = 15_000_000
    hub.has_ranges = False
    status, said = 1, ""
    for _ in range(3):
        status, said = models("get", "small")
        if not status:
            break
        assert "Traceback" not in said
    assert status == 0, said
