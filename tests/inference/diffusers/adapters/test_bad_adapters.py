"""LoRAs and textual inversions that are damaged or of another model: one sentence each."""

from __future__ import annotations

import json
import math
import os
import pickle
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load, save_file

from generation.errors import BadRequest
from generation.request import Lora
from inference.backends.diffusers.adapters.embeddings import install_embeddings
from inference.weights.adapters import Widths, find_embeddings
from tests.inference.diffusers.adapters import files
from tests.inference.diffusers.conditioning.models import request
from tests.inference.diffusers.sampling.engine import draw

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop

    Opened = Callable[[str], Model]
    Damage = Callable[[Path], None]


def changed(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    tensors = load(file.read_bytes())
    change(tensors)
    save_file(tensors, file)


def half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def without_end(file: Path) -> None:
    changed(file, lambda tensors: tensors.pop(next(n for n in tensors if "lora_up" in n)))


def no_numbers(file: Path) -> None:
    changed(file, lambda tensors: tensors[next(n for n in tensors if "up" in n)].fill_(torch.nan))


def endless_alpha(file: Path) -> None:
    changed(file, lambda tensors: tensors.update({a: tensors[a] / 0 for a in list(tensors)[:1]}))


def several_alphas(file: Path) -> None:
    name = next(n for n in load(file.read_bytes()) if n.endswith(".alpha"))
    changed(file, lambda tensors: tensors.update({name: torch.ones(3)}))


def told(**settings: Any) -> Damage:
    """Other settings in the metadata, and no alpha among the tensors."""

    def damage(file: Path) -> None:
        tensors = {n: t for n, t in load(file.read_bytes()).items() if not n.endswith(".alpha")}
        metadata = json.dumps({f"unet.{name}": value for name, value in settings.items()})
        save_file(tensors, file, metadata={"lora_adapter_metadata": metadata})

    return damage


def strangers(file: Path) -> None:
    stranger = {"lora_unet_nowhere.lora_down.weight": torch.ones(2, 2)}
    changed(file, lambda tensors: tensors.update(stranger))


def narrower(file: Path) -> None:
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_down.weight"
    changed(file, lambda tensors: tensors.update({name: torch.ones(2, 8)}))


def other_kind(file: Path) -> None:
    changed(file, lambda tensors: tensors.update({"lora_unet_x.hada_w1_a": torch.ones(2, 2)}))


def flux(file: Path) -> None:
    name = "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight"
    save_file({name: torch.ones(2, 8)}, file)


def no_lora(file: Path) -> None:
    save_file({"conv_in.weight": torch.ones(2, 8)}, file)


def whole_numbers(file: Path) -> None:
    changed(file, lambda tensors: tensors.update({n: t.to(torch.int8) for n, t in tensors.items()}))


def wider_texts(file: Path) -> None:
    def widen(tensors: dict[str, Any]) -> None:
        for name in tensors:
            if "attn2_to_k" in name and "lora_down" in name:
                tensors[name] = torch.ones(2, 2048)

    changed(file, widen)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (half, "ink.safetensors is damaged: "),
        (without_end, "one of its two matrices for "),
        (no_numbers, "it has values that are not numbers, in lora_"),
        (endless_alpha, "it has values that are not numbers, in lora_"),
        (several_alphas, ".alpha is no single number"),
        (told(alpha_pattern=["to_q"]), "its metadata cannot be read"),
        (told(lora_alpha="much"), "its alpha much is no number"),
        (told(alpha_pattern={"to_q": None}), "its alpha None is no number"),
        (told(lora_alpha=math.nan), "its alpha nan is no number"),
        (strangers, "1 of its "),
        (narrower, "it was made for another model: its matrix down for unet.down_blocks.0."),
        (other_kind, "it is of a kind that is not read (LoHa)"),
        (flux, "it is for a FLUX model"),
        (no_lora, "it is no LoRA"),
        (whole_numbers, " holds whole numbers, which are not read"),
        (
            wider_texts,
            "its texts are 2048 wide, as those of Stable Diffusion XL; this model's are 32",
        ),
    ],
)
def test_a_lora_that_cannot_be_used(
    opened: Opened,
    with_folder: Callable[[Model], Model],
    tmp_path: Path,
    loop: SamplingLoop,
    damage: Damage,
    expected: str,
) -> None:
    plain = opened("sd15")
    files.saved(tmp_path / "whole.safetensors", files.kohya(plain))
    damage(files.saved(tmp_path / "ink.safetensors", files.kohya(plain)))
    model = with_folder(plain)
    for _ in range(2):
        with pytest.raises(BadRequest) as caught:
            draw(loop, model, request("a cat", loras=(Lora("ink"),)))
        text = str(caught.value)
        assert text.startswith("lora: ink cannot be used with tiny: ")
        assert expected in text
        assert str(tmp_path) not in text
        assert "\n" not in text
    assert draw(loop, model, request("a cat", loras=(Lora("whole"),))).shape == (64, 64, 3)


def test_one_of_sdxl_with_stable_diffusion(
    opened: Opened, with_folder: Callable[[Model], Model], tmp_path: Path
) -> None:
    files.saved(tmp_path / "large.safetensors", files.kohya(opened("sdxl")))
    problem = with_folder(opened("sd15")).loras["large"].problem
    assert problem == "its texts are 80 wide; this model's are 32"


def test_pickles_are_not_opened(
    opened: Opened, with_folder: Callable[[Model], Model], tmp_path: Path
) -> None:
    (tmp_path / "old.pt").write_bytes(pickle.dumps({}))
    (tmp_path / "new.safetensors").write_bytes(pickle.dumps({}))
    (tmp_path / "notes.txt").write_text("nothing")
    loras = with_folder(opened("sd15")).loras
    assert {name: lora.problem for name, lora in loras.items()} == {
        "old": "only .safetensors files are read",
        "new": "new.safetensors is no safetensors file, or damaged",
    }


def test_textual_inversions_that_cannot_be_used(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = opened("sd15")
    (good,) = files.vectors([32])
    files.saved(tmp_path / "good.safetensors", {"emb_params": good})
    files.saved(tmp_path / "nan.safetensors", {"emb_params": good * torch.nan})
    files.saved(tmp_path / "wide.safetensors", {"emb_params": files.vectors([768])[0]})
    files.saved(tmp_path / "two words.safetensors", {"emb_params": good})
    files.saved(tmp_path / "xl.safetensors", {"clip_l": good, "clip_g": good + 1})
    found = find_embeddings(tmp_path, Widths(32, (32,)))
    assert {name: file.problem for name, file in found.items()} == {
        "good": "",
        "nan": "",
        "two words": "its file's name cannot stand in a prompt",
        "wide": "its word vectors are 768 wide, as those of Stable Diffusion 1;"
        " this model's are 32",
        "xl": "it is no textual inversion for a model with 1 text encoders",
    }
    install_embeddings(model, found)
    assert list(model.words) == ["good"]
    told = "tiny is used without the embedding nan: it has values that are not numbers."
    assert caplog.messages == [told]


def test_a_word_counts_by_itself_alone(opened: Opened, tmp_path: Path) -> None:
    from inference.backends.diffusers.adapters.embeddings import FIRST_CODE, replace_words

    model = opened("sd15")
    (own,) = files.vectors([32])
    files.saved(tmp_path / "cat.safetensors", {"<my-cat>": own})
    install_embeddings(model, find_embeddings(tmp_path, Widths(32, (32,))))
    token = chr(FIRST_CODE)
    assert set(model.words) == {"cat", "<my-cat>"}
    text = replace_words(model.words, "a Cat, <my-cat>: catalogue cat-like (cat)")
    assert text == f"a {token}, {token}: catalogue cat-like ({token})"
