"""Models of depth: transformers' own figures, the device's memory, and models that are wrong."""

from __future__ import annotations

import gc
import json
import shutil
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load, save_file
from transformers import (
    DepthAnythingForDepthEstimation,
    DPTForDepthEstimation,
    DPTImageProcessorPil,
)

from inference.backends.backend import DrawContext
from inference.backends.cancellation import Stopped
from inference.backends.diffusers.backend import DiffusersBackend
from inference.backends.diffusers.models.residency import ModelStore
from inference.backends.failure import DrawingFailed
from inference.depth.order import DepthOrder
from inference.weights.engines import Unservable
from tests.inference.diffusers.conditioning.models import request
from tests.inference.diffusers.models.catalogues import found
from tests.inference.orders import png

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from inference.weights.engines import EngineWeights

    Folders = Callable[[str], Path]

CPU = torch.device("cpu")
WANTED = DrawContext(lambda: False)
WIDTH, HEIGHT = 90, 60
CLASSES: dict[str, Any] = {
    "depth_anything": DepthAnythingForDepthEstimation,
    "metric_depth_anything": DepthAnythingForDepthEstimation,
    "dpt": DPTForDepthEstimation,
}
WEIGHTS = "model.safetensors"


def scene() -> NDArray[np.uint8]:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = (x * 2, y * 3, 128 + 100 * np.sin(x / 9) * np.cos(y / 7))
    return np.stack(planes, axis=-1).clip(0, 255).astype(np.uint8)


def order(engine_id: str = "one") -> DepthOrder:
    return DepthOrder(engine_id=engine_id, image=png(scene()), width=WIDTH, height=HEIGHT)


def store(*engines: EngineWeights, budget: int = 1 << 30) -> ModelStore:
    return ModelStore(engines, CPU, budget)


def estimated(models: ModelStore, context: DrawContext = WANTED) -> NDArray[np.float32]:
    backend = DiffusersBackend(models)
    try:
        data = backend.estimate_depth(order(), context)
    finally:
        backend.close()
    return np.frombuffer(data, "<f4").reshape(HEIGHT, WIDTH)


def by_transformers(name: str, folder: Path) -> NDArray[np.float32]:
    """What transformers' own model and processor make of the scene."""
    model = CLASSES[name].from_pretrained(folder, local_files_only=True).eval()
    processor = DPTImageProcessorPil.from_pretrained(folder, local_files_only=True)
    read = processor(images=Image.fromarray(scene()), return_tensors="pt")
    with torch.no_grad():
        depth = model(**read).predicted_depth
    depth = 1 / depth if name.startswith("metric") else depth
    wide = torch.nn.functional.interpolate(depth[None], (HEIGHT, WIDTH), mode="bicubic")
    return wide[0, 0].numpy()


@pytest.mark.parametrize("name", list(CLASSES))
def test_the_nearness_is_that_of_transformers(tiny_folder: Folders, name: str) -> None:
    nearness = estimated(store(found(tiny_folder(name), kind="depth")))
    wanted = by_transformers(name, tiny_folder(name))
    assert nearness == pytest.approx(wanted, rel=1e-4, abs=1e-5)
    assert nearness.std() > 1e-3 * abs(nearness.mean())


def test_it_shares_the_memory_with_models_that_draw(tiny_folder: Folders) -> None:
    depth = found(tiny_folder("depth_anything"), kind="depth")
    drawing = found(tiny_folder("sd15"), "sd")
    sizes = [one.located.elements * 4 for one in (depth, drawing) if one.located is not None]
    models = store(depth, drawing, budget=max(sizes) + min(sizes) // 2)
    backend = DiffusersBackend(models)
    try:
        backend.estimate_depth(order(), WANTED)
        with models.lease("one") as model:
            network = weakref.ref(model.pipeline.network)
        del model
        assert models.loaded == ("one",)
        backend.draw(request("a cat", engine_id="sd", steps=1), 7, WANTED)
        assert models.loaded == ("sd",)
        gc.collect()
        assert network() is None
        backend.estimate_depth(order(), WANTED)
        assert models.loaded == ("one",)
    finally:
        backend.close()


def test_it_ends_where_nobody_waits(tiny_folder: Folders) -> None:
    models = store(found(tiny_folder("depth_anything"), kind="depth"))
    with models.lease("one"), pytest.raises(Stopped):
        estimated(models, DrawContext(lambda: True))


def copied(folder: Path, into: Path) -> Path:
    return shutil.copytree(folder, into / folder.name)


def damaged(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> Path:
    tensors = load((folder / WEIGHTS).read_bytes())
    change(tensors)
    save_file(tensors, folder / WEIGHTS, {"format": "pt"})
    return folder


def test_what_dpt_computes_nothing_with_may_be_missing(
    tiny_folder: Folders, tmp_path: Path
) -> None:
    folder = copied(tiny_folder("dpt"), tmp_path)
    idle = "neck.fusion_stage.layers.0.residual_layer1."

    def drop(tensors: dict[str, torch.Tensor]) -> None:
        names = [name for name in tensors if name.startswith(idle)]
        assert names
        for name in names:
            del tensors[name]

    nearness = estimated(store(found(damaged(folder, drop), kind="depth")))
    assert nearness == pytest.approx(by_transformers("dpt", tiny_folder("dpt")), rel=1e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tensors: tensors.pop("head.conv1.weight"), "lacks 1 tensors (head.conv1.weight)"),
        (lambda tensors: tensors["head.conv1.weight"].fill_(torch.nan), "values that are not num"),
    ],
)
def test_a_damaged_model_is_named(
    tiny_folder: Folders,
    tmp_path: Path,
    change: Callable[[dict[str, torch.Tensor]], object],
    words: str,
) -> None:
    folder = damaged(copied(tiny_folder("depth_anything"), tmp_path), change)
    with pytest.raises(DrawingFailed) as caught:
        estimated(store(found(folder, kind="depth")))
    assert words in str(caught.value)


def another_class(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["EvilModel"]}))


def a_pickle(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")


def no_processor(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (another_class, "config.json tells of EvilModel, which is neither DepthAnything"),
        (a_pickle, "pytorch_model.bin is a pickle, and only .safetensors files are read"),
        (no_processor, "preprocessor_config.json is missing"),
        (shutil.rmtree, "is not there"),
    ],
)
def test_a_folder_without_a_model_of_depth_is_named(
    tiny_folder: Folders, tmp_path: Path, change: Callable[[Path], None], words: str
) -> None:
    folder = copied(tiny_folder("depth_anything"), tmp_path)
    change(folder)
    with pytest.raises(Unservable) as caught:
        found(folder, kind="depth")
    assert words in str(caught.value)


def test_a_key_of_models_that_draw_is_refused(tiny_folder: Folders) -> None:
    with pytest.raises(Unservable, match="optimise: a model that estimates depth has none"):
        found(tiny_folder("depth_anything"), kind="depth", optimise=("channels_last",))


def test_a_model_that_draws_estimates_no_depth(tiny_folder: Folders) -> None:
    with pytest.raises(Unservable, match=r"config\.json is missing"):
        found(tiny_folder("sd15"), kind="depth")
    with pytest.raises(Unservable, match=r"no model_index\.json"):
        found(tiny_folder("depth_anything"))
