"""Adapters that come, change and go while the server runs: on its socket, by a clock of ours."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import grpc.aio
import numpy as np
import pytest

from generation.headers import ADAPTERS
from generation.image.client import ImageClient
from generation.image.endpoint import Endpoint
from generation.request import Lora
from generation.wire import engines_pb2
from generation.wire.engines_pb2_grpc import EnginesServiceStub
from inference import registry
from inference.backends.diffusers.model import Family
from inference.options import Options
from inference.registry import EngineRegistry
from inference.server import serve
from inference.weights.adapter_folders import AdapterFolders, Folder
from inference.weights.adapters import Widths, find_loras
from tests.inference.diffusers.adapters import files
from tests.inference.diffusers.adapters.test_journey import CATALOGUE
from tests.inference.diffusers.conditioning.models import open_model, request
from tests.inference.orders import pixels_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from inference.server import Running


@pytest.fixture(scope="module")
def ink(tiny_folder: Callable[[str], Path]) -> dict[str, Tensor]:
    """A LoRA that fits."""
    return files.kohya(open_model(tiny_folder("sd15"), Family.SD), spread=0.3)


def folder_of(path: Path) -> Folder:
    return Folder(path, lambda folder: find_loras(folder, Widths(32, (32,))))


def test_what_comes_changes_and_goes_is_seen(tmp_path: Path, ink: dict[str, Tensor]) -> None:
    folders = AdapterFolders(folder_of(tmp_path / "loras"))
    assert not folders.refresh()
    assert not folders.loras
    file = files.saved(tmp_path / "loras" / "ink.safetensors", ink)
    assert folders.refresh()
    first = folders.loras["ink"]
    assert not first.problem
    assert not folders.refresh()
    files.saved(file, {name: tensor * 2 for name, tensor in ink.items()})
    assert folders.refresh()
    assert folders.loras["ink"] != first
    file.unlink()
    assert folders.refresh()
    assert not folders.loras


def test_a_file_that_is_half_there_is_named_once_until_it_is_whole(
    tmp_path: Path, ink: dict[str, Tensor]
) -> None:
    whole = files.saved(tmp_path / "elsewhere" / "ink.safetensors", ink).read_bytes()
    file = tmp_path / "loras" / "ink.safetensors"
    file.parent.mkdir()
    folders, news = AdapterFolders(folder_of(file.parent)), list[str]()
    for share in (0.3, 0.6, 0.9):
        file.write_bytes(whole[: int(len(whole) * share)])
        assert folders.refresh()
        assert folders.loras["ink"].is_broken
        news += folders.take_news()
    assert news == ["ink"]
    file.write_bytes(whole)
    assert folders.refresh()
    assert not folders.loras["ink"].problem
    assert not folders.take_news()
    file.write_bytes(whole[:-8])
    assert folders.refresh()
    assert list(folders.take_news()) == ["ink"]


def test_the_folders_are_looked_through_now_and_then(
    tmp_path: Path, tiny_folder: Callable[[str], Path], ink: dict[str, Tensor]
) -> None:
    catalogue = tmp_path / "engines.toml"
    catalogue.write_text(CATALOGUE.format(folder=tiny_folder("sd15")))
    opened = registry.open_registry(catalogue)
    clock = [0.0]
    engines = EngineRegistry(list(opened), clock=lambda: clock[0])
    try:
        files.saved(tmp_path / "loras" / "ink.safetensors", ink)
        clock[0] = registry.LOOK_EACH_S / 2
        engines.refresh_adapters()
        assert engines.find("sd").engine.loras == ()
        clock[0] = registry.LOOK_EACH_S
        engines.refresh_adapters()
        assert engines.find("sd").engine.loras == ("ink",)
        assert [entry.engine.loras for entry in engines] == [("ink",)]
    finally:
        opened.close()


@pytest.fixture
async def server(
    tmp_path: Path, tiny_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Running]:
    """A server that looks through the folders whenever it is asked."""
    monkeypatch.setattr(registry, "LOOK_EACH_S", 0.0)
    (tmp_path / "loras").mkdir()
    (tmp_path / "words").mkdir()
    catalogue = tmp_path / "engines.toml"
    catalogue.write_text(CATALOGUE.format(folder=tiny_folder("sd15")) + 'filter = ""\n')
    async with serve(Options(grpc_port=0, http_port=0, engines=catalogue)) as running:
        yield running


async def told(server: Running) -> dict[str, Any]:
    """What the list of engines says of adapters."""
    async with grpc.aio.insecure_channel(server.grpc_address) as channel:
        call = EnginesServiceStub(channel).ListEngines(engines_pb2.ListEnginesRequest())
        metadata = dict(await call.initial_metadata() or ())
        await call
    return json.loads(metadata.get(ADAPTERS, "{}"))


async def drawn(server: Running, prompt: str, *loras: Lora) -> NDArray[np.uint8]:
    asked = request(prompt, engine_id="sd", steps=3, loras=loras)
    name = f"{prompt} {np.random.default_rng().integers(1 << 60)}"
    async with ImageClient(Endpoint(server.grpc_address)) as client:
        (picture,) = [picture async for picture in client.generate(asked, name)]
    return pixels_of(picture.png)


async def test_they_are_drawn_with_without_a_restart(
    server: Running, tmp_path: Path, ink: dict[str, Tensor], caplog: pytest.LogCaptureFixture
) -> None:
    assert await told(server) == {}
    plain, word = await drawn(server, "a cat"), await drawn(server, "a zebra")
    file = files.saved(tmp_path / "loras" / "ink.safetensors", ink)
    assert await told(server) == {"sd": {"loras": ["ink"]}}
    inked = await drawn(server, "a cat", Lora("ink"))
    assert (inked != plain).any()
    # Another file of that name, which also changes what the words become.
    files.saved(file, {name: tensor * 1.5 for name, tensor in ink.items()})
    assert (await drawn(server, "a cat", Lora("ink")) != inked).any()
    files.saved(file, ink)
    assert (await drawn(server, "a cat", Lora("ink")) == inked).all()
    (vectors,) = files.vectors([32], 2)
    files.saved(tmp_path / "words" / "zebra.safetensors", {"emb_params": vectors * 4})
    assert (await told(server))["sd"]["embeddings"] == ["zebra"]
    assert (await drawn(server, "a zebra") != word).any()
    assert (await drawn(server, "a cat") == plain).all()
    caplog.set_level(logging.WARNING)
    (tmp_path / "loras" / "half.safetensors").write_bytes(file.read_bytes()[:500])
    for _ in range(2):
        assert (await told(server))["sd"]["loras"] == ["ink"]
    assert [record.getMessage() for record in caplog.records if "half" in record.getMessage()] == [
        "sd is served without some adapters (half: half.safetensors is no safetensors file,"
        " or damaged)."
    ]
    file.unlink()
    assert "loras" not in (await told(server))["sd"]
