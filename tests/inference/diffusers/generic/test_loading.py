"""Folders of generic pipelines that are wrong: a sentence each, at the start or after loading."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load as read_tensors
from safetensors.torch import save_file
from transformers import T5Config, T5EncoderModel

from generation.request import Sampler
from inference.backends.diffusers.models.loader import load
from inference.backends.failure import DrawingFailed
from inference.weights.engines import Unservable
from tests.inference.diffusers.models.catalogues import found

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRANSFORMER = "transformer/diffusion_pytorch_model.safetensors"


@pytest.fixture
def folder(tiny_folder: Callable[[str], Path], tmp_path: Path) -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(tiny_folder("sd3"), copy)
    return copy


def change_index(folder: Path, **told: Any) -> None:
    file = folder / "model_index.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | told))


def problem(folder: Path) -> str:
    """Why the model of a folder that is served cannot be used."""
    with pytest.raises(DrawingFailed) as caught:
        load(found(folder, "tiny"), torch.device("cpu"))
    assert str(caught.value).startswith("tiny cannot be used: ")
    return str(caught.value)


def unservable(folder: Path) -> str:
    with pytest.raises(Unservable) as caught:
        found(folder, "tiny")
    assert caught.value.is_broken
    return str(caught.value)


def test_an_engine_says_what_its_pipeline_can(folder: Path) -> None:
    engine = found(folder, "tiny").engine
    assert engine.samplers == (Sampler.K_EULER,)
    assert engine.default_sampler is Sampler.K_EULER
    told = (engine.controls, engine.styles, engine.emphasis, engine.cross_attention)
    assert told == ((), False, False, False)


def test_a_pickle(folder: Path) -> None:
    (folder / TRANSFORMER).rename(folder / TRANSFORMER.replace(".safetensors", ".bin"))
    assert "is a pickle" in unservable(folder)


def test_no_scheduler_config(folder: Path) -> None:
    (folder / "scheduler" / "scheduler_config.json").write_text("[")
    assert "scheduler_config.json cannot be read" in unservable(folder)


@pytest.mark.parametrize("name", ["FluxControlNetPipeline", "LTXPipeline", "os.system", "Trainer"])
def test_another_kind(folder: Path, name: str) -> None:
    change_index(folder, _class_name=name)
    assert f"tells of a {name}, with which this server cannot draw" in unservable(folder)


def test_code_of_its_own(folder: Path) -> None:
    change_index(folder, transformer=["evil", "Net"])
    assert "the transformer would run code of its own (evil)" in unservable(folder)


def test_a_class_that_is_not_there(folder: Path) -> None:
    change_index(folder, _class_name="StableDiffusion9Pipeline")
    assert "which this version of diffusers does not have" in problem(folder)


def test_a_part_that_is_no_model(folder: Path) -> None:
    change_index(folder, transformer=["transformers", "Trainer"])
    (folder / TRANSFORMER).rename(folder / "transformer" / "model.safetensors")
    assert "its transformer is of a class that is not read here" in problem(folder)


def test_a_pipeline_of_films(folder: Path) -> None:
    change_index(folder, _class_name="CogView9Pipeline")
    assert "does not have" in problem(folder)
    change_index(folder, _class_name="SanaSprintPipeline")
    assert "cannot be used" in problem(folder)


def test_missing_tensors(folder: Path) -> None:
    file = folder / TRANSFORMER
    tensors = read_tensors(file.read_bytes())
    del tensors["proj_out.weight"]
    save_file(tensors, file)
    assert "its transformer lacks 1 tensors (proj_out.weight)" in problem(folder)


def test_values_that_are_no_numbers(folder: Path) -> None:
    file = folder / TRANSFORMER
    tensors = read_tensors(file.read_bytes())
    tensors["proj_out.weight"][0] = torch.nan
    save_file(tensors, file)
    assert "has values that are not numbers, in proj_out.weight" in problem(folder)


def test_the_encoder_of_another_model(folder: Path) -> None:
    words = json.loads((folder / "text_encoder_3" / "config.json").read_text())["vocab_size"]
    config = T5Config(vocab_size=words, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    T5EncoderModel(config).save_pretrained(folder / "text_encoder_3")
    assert "its parts do not fit together" in problem(folder)


def test_more_words_than_the_encoder_has(folder: Path) -> None:
    config = T5Config(vocab_size=8, d_model=64, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    T5EncoderModel(config).save_pretrained(folder / "text_encoder_3")
    assert "its tokenizer_3 has more words than its text encoder" in problem(folder)


def test_words_that_are_missing(folder: Path) -> None:
    shutil.rmtree(folder / "tokenizer_3")
    assert "tokenizer_3 holds no tokenizer.json" in unservable(folder)
