"""Downloads over a hub's own protocol, by the command as people run it."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.inference.diffusers.downloads.hub import Hub

UNET = "unet/diffusion_pytorch_model.safetensors"


def test_a_model_of_depth_is_downloaded(models: Callable[..., tuple[int, str]]):
    status, said = models("get", "far")
    assert status == 0, said
    assert "model.safetensors" in said
    assert "far is here." in said
    assert re.search(r"far +\S+ \S+ +yes", models()[1])


def test_a_model_is_downloaded_and_then_here(hub: Hub, models: Callable[..., tuple[int, str]]):
    assert "small" in models()[1]
    status, said = models("get", "small")
    assert status == 0, said
    assert "licence: MIT" in said
    assert "small is here." in said
    assert "yes" in models()[1].splitlines()[1]
    before = len(hub.asked)
    assert models("get", "small")[0] == 0
    assert len(hub.asked) == before


def test_a_broken_download_goes_on_where_it_ended(
    hub: Hub, models: Callable[..., tuple[int, str]], tmp_path: Path
):
    # Its library writes in pieces of 10 MB.
    large = tmp_path / "large"
    large.mkdir()
    (large / "config.json").write_text("{}")
    weights = {"weight": torch.arange(6_000_000, dtype=torch.float32)}
    save_file(weights, large / "diffusion_pytorch_model.safetensors")
    hub.folders["studio/canny"] = large
    hub.breaks_after = 15_000_000
    status, said = models("get", "small")
    assert status == 0 or models("get", "small")[0] == 0, said
    ranges = {asked for _, path, asked in hub.asked if path.endswith(".safetensors")}
    assert any(asked.startswith("bytes=1") for asked in ranges), ranges


def test_what_arrives_damaged_is_thrown_away(hub: Hub, models: Callable[..., tuple[int, str]]):
    hub.spoils = UNET
    status, said = models("get", "small", "--bare")
    assert status == 1
    assert f"{UNET} arrived damaged and was thrown away" in said
    assert "no" in models()[1].splitlines()[1]
    hub.spoils = ""
    assert models("get", "small", "--bare")[0] == 0


def test_a_repository_that_is_not_there(hub: Hub, models: Callable[..., tuple[int, str]]):
    del hub.folders["studio/small"]
    status, said = models("get", "small")
    assert (status, said.count("\n")) == (1, 2)
    assert "studio/small cannot be downloaded: the hub has no such repository" in said


def test_the_check_tells_what_would_run_here(
    hub: Hub, models: Callable[..., tuple[int, str]]
) -> None:
    assert models("get", "small")[0] == 0
    status, said = models("--check")
    assert status == 0, said
    rate = re.search(r"GB for models, (\S+) TFLOP/s", said)
    assert rate is not None
    assert float(rate[1]) > 0
    assert re.search(r"^small +yes +0\.0 GB +yes ", said, re.MULTILINE)


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN])
def test_a_licence_that_was_not_accepted(
    hub: Hub, models: Callable[..., tuple[int, str]], status: HTTPStatus
) -> None:
    hub.gated["studio/canny"] = status
    failed, said = models("get", "small")
    assert failed == 1
    assert said.splitlines()[-1] == (
        "studio/canny cannot be downloaded: its licence has to be accepted on its page first,"
        " and HF_TOKEN has to be set."
    )
    failed, said = models("get", "small", HF_TOKEN="hf_secret")
    assert (failed, "hf_secret" in said) == (0, False), said


def test_a_disk_that_is_full_is_told_and_the_download_goes_on_later(
    hub: Hub, models: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    weights = {"weight": torch.arange(1_000_000, dtype=torch.float32)}
    large = tmp_path / "large"
    large.mkdir()
    (large / "config.json").write_text("{}")
    save_file(weights, large / "diffusion_pytorch_model.safetensors")
    hub.folders["studio/canny"] = large
    failed, said = models("get", "small", room=3_000_000)
    assert failed == 1
    assert said.splitlines()[-1] == (
        "studio/canny cannot be downloaded: the disk is full;"
        " make room, or set HF_HOME to another disk."
    )
    assert "without control canny" in models()[1]
    assert models("get", "small")[0] == 0
