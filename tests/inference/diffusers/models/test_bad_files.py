"""Models that are broken, hostile or of another kind: one sentence each, and the rest is served."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load, save_file

from inference.backends.backend import DrawContext
from inference.backends.failure import DrawingFailed
from inference.registry import open_registry
from tests.inference.diffusers.checkpoints import config_of
from tests.inference.diffusers.conditioning.models import request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from inference.registry import EngineRegistry

    Damage = Callable[[Path], str]

UNET = "unet/diffusion_pytorch_model.safetensors"
LENGTH = 8
"""Bytes of a header's length at the beginning of a safetensors file."""


class Payload:
    """Leaves a trace if anybody unpickles it."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._trace),)


def hostile(folder: Path) -> bytes:
    return pickle.dumps(Payload(folder.parent / "trace"))


def read(file: Path) -> dict[str, torch.Tensor]:
    """The tensors of a file that is written anew afterwards, so not mapped into memory."""
    return load(file.read_bytes())


def only_a_pickle(folder: Path) -> str:
    (folder / UNET).unlink()
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(hostile(folder))
    return "unet/diffusion_pytorch_model.bin is a pickle, and only .safetensors files are read"


def pickle_by_another_name(folder: Path) -> str:
    (folder / UNET).write_bytes(hostile(folder))
    return "diffusion_pytorch_model.safetensors is no safetensors file, or damaged"


def torch_file_by_another_name(folder: Path) -> str:
    torch.save(read(folder / UNET), folder / UNET)
    return "diffusion_pytorch_model.safetensors is no safetensors file, or damaged"


def half_of_a_file(folder: Path) -> str:
    os.truncate(folder / UNET, (folder / UNET).stat().st_size // 2)
    return "diffusion_pytorch_model.safetensors is damaged: "


def half_of_a_header(folder: Path) -> str:
    os.truncate(folder / UNET, LENGTH + 100)
    return "diffusion_pytorch_model.safetensors is no safetensors file, or damaged"


def empty_file(folder: Path) -> str:
    os.truncate(folder / UNET, 0)
    return "diffusion_pytorch_model.safetensors is no safetensors file, or damaged"


def missing_weights(folder: Path) -> str:
    (folder / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    return "vae/diffusion_pytorch_model.safetensors is missing"


def missing_tokenizer(folder: Path) -> str:
    shutil.rmtree(folder / "tokenizer")
    return "tokenizer holds no tokenizer.json, nor vocab.json with merges.txt"


def missing_scheduler(folder: Path) -> str:
    shutil.rmtree(folder / "scheduler")
    return "scheduler/scheduler_config.json is missing"


def link_to_nothing(folder: Path) -> str:
    (folder / UNET).unlink()
    (folder / UNET).symlink_to(folder.parent / "gone.safetensors")
    return "unet/diffusion_pytorch_model.safetensors is missing"


def link_that_leads_out(folder: Path) -> str:
    (folder.parent / "secret").write_text("a secret")
    (folder / UNET).unlink()
    (folder / UNET).symlink_to(folder.parent / "secret")
    return "diffusion_pytorch_model.safetensors is no safetensors file, or damaged"


def shards_that_lead_out(folder: Path) -> str:
    weights, outside = folder / UNET, folder.parent / "outside.safetensors"
    shutil.copy(weights, outside)
    weights.rename(weights.with_name("diffusion_pytorch_model-00001-of-00001.safetensors"))
    places = dict.fromkeys(read(outside), "../../outside.safetensors")
    told = {"metadata": {}, "weight_map": places}
    weights.with_name(f"{weights.name}.index.json").write_text(json.dumps(told))
    return "names ../../outside.safetensors, which is not beside it"


def another_kind(folder: Path) -> str:
    index = json.loads((folder / "model_index.json").read_text())
    index["_class_name"] = "AudioLDMPipeline"
    (folder / "model_index.json").write_text(json.dumps(index))
    return "model_index.json tells of a AudioLDMPipeline, with which this server cannot draw"


def no_pipeline(folder: Path) -> str:
    (folder / "model_index.json").unlink()
    return "it has no model_index.json, so it is no pipeline in diffusers' form"


def index_without_end(folder: Path) -> str:
    (folder / "model_index.json").write_text("[" * 100_000)
    return "model_index.json cannot be read"


def lied_of(folder: Path, name: str, text: str) -> str:
    """A header that says `text` for the `name` of the tensor "conv_in.bias"."""
    raw = (folder / UNET).read_bytes()
    end = LENGTH + int.from_bytes(raw[:LENGTH], "little")
    header = json.loads(raw[LENGTH:end])
    told = json.dumps(header["conv_in.bias"][name])
    before = json.dumps(header["conv_in.bias"])
    lie = before.replace(f'"{name}": {told}', f'"{name}": {text}')
    assert lie != before
    header_text = json.dumps(header).replace(before, lie).encode()
    length = len(header_text).to_bytes(LENGTH, "little")
    (folder / UNET).write_bytes(length + header_text + raw[end:])
    return "diffusion_pytorch_model.safetensors is no safetensors file, or damaged"


def shape_of_a_liar(folder: Path) -> str:
    """A header that promises less than the file holds, with offsets that are right."""
    return lied_of(folder, "shape", "[3]")


def shape_beyond_all_numbers(folder: Path) -> str:
    return lied_of(folder, "shape", "[1e999]")


def shape_of_hundreds_of_digits(folder: Path) -> str:
    return lied_of(folder, "shape", f"[{10**400}]")


def negative_shape(folder: Path) -> str:
    return lied_of(folder, "shape", "[-1, -16]")


def offsets_beyond_all_numbers(folder: Path) -> str:
    return lied_of(folder, "data_offsets", "[0, 1e999]")


def no_table_of_tensors(folder: Path) -> str:
    (folder / UNET).write_bytes((2).to_bytes(LENGTH, "little") + b"[]")
    return "diffusion_pytorch_model.safetensors is no safetensors file, or damaged"


UNSERVED: tuple[Damage, ...] = (
    only_a_pickle,
    pickle_by_another_name,
    torch_file_by_another_name,
    half_of_a_file,
    half_of_a_header,
    empty_file,
    missing_weights,
    missing_tokenizer,
    missing_scheduler,
    link_to_nothing,
    link_that_leads_out,
    shards_that_lead_out,
    another_kind,
    no_pipeline,
    index_without_end,
    shape_of_a_liar,
    shape_beyond_all_numbers,
    shape_of_hundreds_of_digits,
    negative_shape,
    offsets_beyond_all_numbers,
    no_table_of_tensors,
)


def filled(folder: Path, value: float) -> None:
    tensors = read(folder / UNET)
    save_file({name: tensor.fill_(value) for name, tensor in tensors.items()}, folder / UNET)


def no_numbers(folder: Path) -> str:
    filled(folder, float("nan"))
    return "its unet has values that are not numbers"


def nothing_but_zeros(folder: Path) -> str:
    filled(folder, 0.0)
    return "its unet holds nothing but zeros"


def unreadable_words(folder: Path) -> str:
    (folder / "tokenizer" / "tokenizer.json").write_text('{"model": 1}')
    return "cannot be used: "


UNUSABLE: tuple[Damage, ...] = (no_numbers, nothing_but_zeros, unreadable_words)


def entry(engine_id: str, source: Path | str, more: str = "") -> str:
    return (
        f'[[engine]]\nid = "{engine_id}"\nbackend = "diffusers"\nsource = "{source}"\n'
        f"side_step = 8\ndefault_size = [64, 64]\nmin_steps = 1\n{more}\n"
    )


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str], EngineRegistry]]:
    """Registries of catalogues, closed after the test."""
    found: list[EngineRegistry] = []

    def of(catalogue: str) -> EngineRegistry:
        (tmp_path / "engines.toml").write_text(catalogue)
        found.append(open_registry(tmp_path / "engines.toml"))
        return found[-1]

    yield of
    for registry in found:
        registry.close()


def damaged(damages: tuple[Damage, ...], whole: Path, root: Path) -> dict[str, tuple[Path, str]]:
    """The damaged folders with what is to be said of each, by id."""
    found: dict[str, tuple[Path, str]] = {}
    for damage in damages:
        folder = shutil.copytree(whole, root / damage.__name__ / "model")
        found[damage.__name__.replace("_", "-")] = folder, damage(folder)
    return found


def test_what_cannot_be_used_is_told_at_the_start_and_the_rest_is_served(
    tiny_folder: Callable[[str], Path],
    tmp_path: Path,
    opened: Callable[[str], EngineRegistry],
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = damaged(UNSERVED, tiny_folder("sd15"), tmp_path)
    single = tmp_path / "single.safetensors"
    single.write_bytes(hostile(single))
    old = Path(shutil.copy(single, tmp_path / "old.ckpt"))
    config = config_of(tiny_folder("sd15"), tmp_path / "config")
    others = {
        "old": (old, "old.ckpt is not read: only .safetensors files are"),
        "single": (single, "single.safetensors is no safetensors file, or damaged"),
        "nowhere": (tmp_path / "nowhere", "nowhere is not there"),
        "elsewhere": ("studio/never-downloaded", "studio/never-downloaded is not downloaded"),
        "long": ("x" * 300, "cannot be looked at (File name too long)"),
        "unknown": ("~nobody-of-that-name/model", "cannot be looked at ("),
    }
    catalogue = "".join(entry(name, folder) for name, (folder, _) in broken.items())
    catalogue += "".join(
        entry(name, source, f'config = "{config}"' if name == "single" else "")
        for name, (source, _) in others.items()
    )
    registry = opened(catalogue + entry("whole", tiny_folder("sd15")))
    assert [served.engine.id for served in registry] == ["whole"]
    told = {text.partition(" ")[0]: text for text in caplog.messages}
    for name, (_, words) in {**broken, **others}.items():
        assert words in told[name], name
        assert "a secret" not in told[name]
    assert not list(tmp_path.rglob("trace"))


def test_what_is_found_after_loading_is_told_to_who_asks(
    tiny_folder: Callable[[str], Path], tmp_path: Path, opened: Callable[[str], EngineRegistry]
) -> None:
    broken = damaged(UNUSABLE, tiny_folder("sd15"), tmp_path)
    catalogue = "".join(entry(name, folder) for name, (folder, _) in broken.items())
    registry = opened(catalogue + entry("whole", tiny_folder("sd15")))
    for name, (_, words) in broken.items():
        with pytest.raises(DrawingFailed) as caught:
            draw(registry, name)
        assert str(caught.value).startswith(f"{name} cannot be used: ")
        assert words in str(caught.value)
        assert str(tmp_path) not in str(caught.value)
        assert draw(registry, "whole").startswith(b"\x89PNG")


def draw(registry: EngineRegistry, engine_id: str) -> bytes:
    asked = request("a cat", engine_id=engine_id, steps=1)
    return registry.find(engine_id).backend.draw(asked, 1, DrawContext(lambda: False))
