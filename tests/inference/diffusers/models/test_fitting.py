"""Parts that do not fit together, or want what they are not given, are named after loading."""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
from typing import TYPE_CHECKING, Any

import diffusers
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from generation.catalogue.engine import Engine
from inference.backends.diffusers.models.loader import load
from inference.backends.failure import DrawingFailed
from inference.catalogue import EngineEntry, Weights
from inference.weights.engines import Unservable, find_engine
from tests.inference.diffusers import tiny
from tests.inference.diffusers.models.catalogues import found

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Copy = Callable[[str], Path]

CPU = torch.device("cpu")


@pytest.fixture
def own(tiny_folder: Callable[[str], Path], tmp_path: Path) -> Copy:
    """A copy of a tiny pipeline that a test may change."""
    return lambda name: shutil.copytree(tiny_folder(name), tmp_path / name)


def change(file: Path, **values: Any) -> None:
    told = json.loads(file.read_text()) | values
    file.write_text(json.dumps({key: value for key, value in told.items() if value is not ...}))


def problem(folder: Path, **weights: Any) -> str:
    with pytest.raises(DrawingFailed) as caught:
        load(found(folder, **weights), CPU)
    return str(caught.value).removeprefix("one cannot be used: ")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"in_channels": 8}, "its unet takes 8 channels, and its vae has 4: 4 are read, and 9 of"),
        ({"in_channels": 5}, "its unet takes 5 channels"),
        ({"time_cond_proj_dim": 16}, "its unet is told more than is done here (time_cond_proj_dim"),
        ({"class_embed_type": "timestep"}, "more than is done here (class_embed_type = timestep)"),
        ({"num_class_embeds": 5}, "its unet is told more than is done here (num_class_embeds = 5)"),
        (
            {"addition_embed_type": "text", "encoder_hid_dim": None},
            "its unet is told more than is done here (addition_embed_type = text)",
        ),
    ],
)
def test_a_unet_that_is_told_more(tmp_path: Path, settings: dict[str, Any], words: str):
    assert words in problem(tiny.sd15(tmp_path / "model", **settings))


@pytest.mark.parametrize(
    "name",
    [
        "FlowMatchEulerDiscreteScheduler",
        "EDMEulerScheduler",
        "EDMDPMSolverMultistepScheduler",
        "CMStochasticIterativeScheduler",
    ],
)
def test_a_model_of_another_noise(own: Copy, name: str):
    folder = own("sd15")
    getattr(diffusers, name)().save_pretrained(folder / "scheduler")
    change(folder / "model_index.json", scheduler=["diffusers", name])
    assert problem(folder) == f"it was trained with the noise of a {name}, for which no sampler is"


@pytest.mark.parametrize(
    "name", ["LCMScheduler", "UniPCMultistepScheduler", "DPMSolverSinglestepScheduler"]
)
def test_a_model_with_a_sampler_that_is_not_ours(own: Copy, name: str):
    folder = own("sd15")
    getattr(diffusers, name)().save_pretrained(folder / "scheduler")
    change(folder / "model_index.json", scheduler=["diffusers", name])
    load(found(folder), CPU)


def test_a_tokenizer_for_longer_texts(own: Copy):
    folder = own("sd15")
    config = tiny.text_config(tiny.WIDTH, max_position_embeddings=32)
    CLIPTextModel(config).save_pretrained(folder / "text_encoder")
    assert problem(folder) == "its tokenizer gives 77 tokens, and its text encoder reads 32"
    change(folder / "tokenizer" / "tokenizer_config.json", model_max_length=32)
    load(found(folder), CPU)
    change(folder / "tokenizer" / "tokenizer_config.json", model_max_length=...)
    assert "does not say how long texts may be (model_max_length)" in problem(folder)


def test_a_text_encoder_that_wants_a_mask(own: Copy):
    folder = own("sd15")
    change(folder / "text_encoder" / "config.json", use_attention_mask=True)
    assert "wants to know which tokens count" in problem(folder)


def test_a_second_text_encoder_of_another_model(own: Copy):
    folder = own("sdxl")
    config = tiny.text_config(tiny.SECOND_WIDTH, projection_dim=32)
    CLIPTextModelWithProjection(config).save_pretrained(folder / "text_encoder_2")
    assert problem(folder) == "its text_encoder_2 is of another model than its unet"


def test_an_encoder_of_another_model_than_kandinskys_prior(own: Copy):
    folder = own("kandinsky")
    config = tiny.text_config(tiny.SECOND_WIDTH)
    CLIPTextModelWithProjection(config).save_pretrained(folder / "prior_text_encoder")
    assert problem(folder) == "its encoders are of another model than its prior"


def test_a_unet_with_more_blocks_than_its_configuration(own: Copy):
    folder = own("sd15")
    change(folder / "unet" / "config.json", mid_block_type=None)
    assert problem(folder).startswith("its unet has more than its configuration says: ")


def test_an_old_vae_is_read(own: Copy):
    """Before 2023 the parts of its attention had other names."""
    folder = own("sd15")
    file = folder / "vae" / "diffusion_pytorch_model.safetensors"
    old = {"to_q.": "query.", "to_k.": "key.", "to_v.": "value.", "to_out.0.": "proj_attn."}
    tensors = load_file(file)
    for name in [*tensors]:
        for new_part, old_part in old.items():
            if new_part in name:
                tensors[name.replace(new_part, old_part)] = tensors.pop(name)
    assert any("query." in name for name in tensors)
    save_file(tensors, file)
    load(found(folder), CPU)


def sized(folder: Path, **sizes: Any) -> EngineEntry:
    values: dict[str, Any] = {"default_size": (64, 64), "side_step": 8} | sizes
    engine = Engine("one", backend="diffusers", **values)
    return EngineEntry(engine, Weights(folder=folder.parent, source=str(folder)))


def test_sizes_that_are_no_whole_latents(own: Copy):
    folder = own("sd15")
    find_engine(sized(folder))
    config = json.loads((folder / "vae" / "config.json").read_text())
    blocks = {
        key: [*config[key], config[key][-1]]
        for key in ("block_out_channels", "down_block_types", "up_block_types")
    }
    change(folder / "vae" / "config.json", **blocks)
    with pytest.raises(Unservable, match="side_step: 8 is no multiple of the 16 pixels"):
        find_engine(sized(folder))
    find_engine(sized(folder, side_step=16))
    find_engine(sized(folder, sizes=((64, 64), (96, 64))))
    with pytest.raises(Unservable, match="sizes: 72 is no multiple of the 16 pixels"):
        find_engine(sized(folder, sizes=((64, 64), (72, 64))))


def test_what_is_no_controlnet(
    own: Copy, tiny_folder: Callable[[str], Path], caplog: pytest.LogCaptureFixture
):
    union = own("sd15_control")
    change(union / "config.json", _class_name="ControlNetUnionModel")
    single = union / "diffusion_pytorch_model.safetensors"
    with caplog.at_level(logging.INFO):
        engine = found(tiny_folder("sd15"), control={"canny": union, "depth": single}).engine
    assert engine.controls == ()
    assert "it is a ControlNetUnionModel, not a ControlNetModel" in caplog.text
    assert "it is a file, and a folder is read" in caplog.text


def test_a_controlnet_for_other_pictures(own: Copy, tiny_folder: Callable[[str], Path]):
    torch.manual_seed(0)
    folder = own("sd15_control")
    config = json.loads((folder / "config.json").read_text()) | {"conditioning_channels": 1}
    diffusers.ControlNetModel.from_config(config).save_pretrained(folder)
    told = problem(tiny_folder("sd15"), control={"depth": folder})
    assert told == "its ControlNet depth does not look at pictures of three channels"


@pytest.mark.parametrize(
    ("name", "kind", "file", "key"),
    [
        ("sd15", "image", "text_encoder", "hidden_size"),
        ("svd", "video", "vae", "block_out_channels"),
        ("wan", "video", "transformer", "patch_size"),
        ("wan", "video", "vae", "scale_factor_temporal"),
        ("upscaler", "upscale", "vae", "block_out_channels"),
    ],
)
@pytest.mark.parametrize("value", [float("inf"), {"a": 1}, "many"])
def test_a_configuration_that_makes_no_sense(
    own: Copy, name: str, kind: str, file: str, key: str, value: object
):
    """One such model does not end the server at its start; what loads at all is told later."""
    folder = own(name)
    change(folder / file / "config.json", **{key: value})
    sizes = {"sizes": ((64, 64),)} if kind == "video" else {}
    factor = 4 if kind == "upscale" else 0
    values: dict[str, Any] = {"default_size": (64, 64), "kind": kind, "factor": factor} | sizes
    engine = Engine("one", backend="diffusers", **values)
    weights = Weights(folder=folder.parent, source=str(folder), loras="loras")
    with contextlib.suppress(Unservable):
        find_engine(EngineEntry(engine, weights))


@pytest.mark.parametrize("name", ["sd15", "sdxl", "kandinsky"])
def test_no_model_is_offered_with_style_presets(tiny_folder: Callable[[str], Path], name: str):
    """Whatever its entry says: a style that it does not know is refused, not ignored."""
    assert not find_engine(sized(tiny_folder(name), styles=True)).engine.styles


@pytest.mark.parametrize(
    ("name", "controls", "is_guided"),
    [("sd15", ("canny",), True), ("sdxl", ("canny",), False), ("kandinsky", (), False)],
)
def test_a_model_is_offered_with_what_it_takes_alone(
    tiny_folder: Callable[[str], Path], name: str, controls: tuple[str, ...], *, is_guided: bool
):
    """Not with all that its entry names, which would be refused, and take memory."""
    control = tiny_folder("sdxl_control" if name == "sdxl" else "sd15_control")
    engine = found(tiny_folder(name), control={"canny": control}, clip_model=tiny_folder("clip"))
    assert (engine.engine.controls, engine.engine.clip_guidance) == (controls, is_guided)
    model = load(engine, CPU)
    assert (tuple(model.controls), model.clip is not None) == (controls, is_guided)
