"""What can be loaded is what diffusers itself loads; what cannot is refused in one sentence."""

from __future__ import annotations

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from diffusers import (
    DiffusionPipeline,
    StableDiffusionInpaintPipeline,
    UNet2DConditionModel,
)
from PIL import Image
from safetensors.torch import load_file, save_file

from inference.backends.diffusers.model import Family
from inference.backends.diffusers.models import loader
from inference.backends.diffusers.models.checks import check_model, size_of
from inference.backends.diffusers.models.loader import load
from inference.backends.diffusers.models.residency import ModelStore
from inference.backends.failure import DrawingFailed
from inference.weights.engines import Unservable
from tests.inference.diffusers import tiny
from tests.inference.diffusers.checkpoints import checkpoint, config_of
from tests.inference.diffusers.models.catalogues import found

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inference.backends.diffusers.model import Model

CPU = torch.device("cpu")
UNET = "unet/diffusion_pytorch_model.safetensors"


def loaded(source: Path, **weights: Any) -> Model:
    return load(found(source, **weights), CPU)


@pytest.fixture
def own_folder(tiny_folder: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a tiny pipeline that a test may damage."""

    def copied(name: str) -> Path:
        return shutil.copytree(tiny_folder(name), tmp_path / name)

    return copied


def drawn(pipeline: Any, **options: Any) -> Any:
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(1)
    options = {"num_inference_steps": 2, "width": 64, "height": 64} | options
    return np.asarray(pipeline("a cat", generator=generator, **options).images[0]).astype(int)


@pytest.mark.parametrize(
    ("name", "family"),
    [("sd15", Family.SD), ("sdxl", Family.SDXL), ("kandinsky", Family.KANDINSKY)],
)
def test_a_folder_draws_as_with_diffusers(
    tiny_folder: Callable[[str], Path], name: str, family: Family
):
    model = loaded(tiny_folder(name))
    assert (model.family, model.unet_channels, model.vae_scale) == (family, 4, 8)
    assert model.dtype is torch.float32
    assert not model.is_inpainting
    theirs = DiffusionPipeline.from_pretrained(tiny_folder(name), local_files_only=True)
    assert type(model.pipeline) is type(theirs)
    assert (drawn(model.pipeline) == drawn(theirs)).all()
    assert not any(value.requires_grad for value in model.unet.parameters())


def test_a_decoder_and_its_prior_are_one_model(tiny_folder: Callable[[str], Path], tmp_path: Path):
    decoder, prior = tiny.kandinsky_parts(tmp_path / "decoder", tmp_path / "prior")
    whole = loaded(tiny_folder("kandinsky"))
    assert (drawn(loaded(decoder, prior=prior).pipeline) == drawn(whole.pipeline)).all()
    cases: list[tuple[Path, dict[str, Any], str]] = [
        (decoder, {}, "without its prior"),
        (prior, {}, "it is a prior"),
        (decoder, {"prior": decoder}, "it is no prior"),
        (tiny_folder("sd15"), {"prior": prior}, "Kandinsky's alone"),
    ]
    for source, others, words in cases:
        with pytest.raises(Unservable, match=words):
            found(source, **others)


@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_a_checkpoint_draws_what_its_folder_draws(
    tiny_folder: Callable[[str], Path], tmp_path: Path, name: str
):
    file = checkpoint(tiny_folder(name), tmp_path / "one.safetensors")
    model = loaded(file, config=config_of(tiny_folder(name), tmp_path / "config"))
    found, expected = drawn(model.pipeline), drawn(loaded(tiny_folder(name)).pipeline)
    # The same numbers elsewhere in memory are added up in another order: the last bit may differ.
    assert np.abs(found.astype(int) - expected.astype(int)).max() <= 1


def test_a_checkpoint_for_masks(tiny_folder: Callable[[str], Path], tmp_path: Path):
    folder = tiny_folder("sd15_inpaint")
    file = checkpoint(folder, tmp_path / "one.safetensors")
    model = loaded(file, config=config_of(folder, tmp_path / "config"))
    assert model.is_inpainting
    assert type(model.pipeline) is StableDiffusionInpaintPipeline
    picture = {"image": Image.new("RGB", (64, 64)), "mask_image": Image.new("L", (64, 64), 255)}
    whole = loaded(folder).pipeline
    tensors = whole.unet.state_dict()
    assert all(
        torch.equal(tensor, tensors[name])
        for name, tensor in model.pipeline.unet.state_dict().items()
    )
    # Where a tensor lies in memory decides the last bits of some products.
    difference = drawn(model.pipeline, **picture) - drawn(whole, **picture)
    assert np.abs(difference).max() <= 1


def test_controlnets_and_clip_come_along(tiny_folder: Callable[[str], Path]):
    control = tiny_folder("sd15_control")
    engine = found(
        tiny_folder("sd15"),
        control={"canny": control, "depth": "nowhere"},
        clip_model=tiny_folder("clip"),
    )
    assert engine.engine.controls == ("canny",)
    assert engine.engine.clip_guidance
    model = load(engine, CPU)
    assert [*model.controls] == ["canny"]
    assert model.clip is not None
    assert model.clip.size == 32
    assert model.clip.mean == pytest.approx((0.481, 0.458, 0.408), abs=1e-3)
    assert engine.located is not None
    assert size_of(model) == pytest.approx(engine.located.elements * 4, rel=0.01)


def test_without_its_clip_model_there_is_no_guidance(tiny_folder: Callable[[str], Path]):
    engine = found(tiny_folder("sd15"), clip_model="nowhere").engine
    assert not engine.clip_guidance


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_numbers_of_16_bits(tiny_folder: Callable[[str], Path], dtype: str):
    model = loaded(tiny_folder("sdxl"), dtype=dtype)
    assert model.dtype is getattr(torch, dtype)
    assert model.unet.dtype is model.dtype
    # Its decoder would leave the range of float16.
    assert model.vae.dtype is (torch.float32 if dtype == "float16" else torch.bfloat16)


def test_a_variant_is_read_where_it_is(tiny_folder: Callable[[str], Path], tmp_path: Path):
    folder = tmp_path / "halves"
    pipeline = DiffusionPipeline.from_pretrained(tiny_folder("sd15"), local_files_only=True)
    pipeline.to(torch.float16).save_pretrained(folder, variant="fp16")
    shutil.copy(tiny_folder("sd15") / "vae" / "diffusion_pytorch_model.safetensors", folder / "vae")
    (folder / "vae" / "diffusion_pytorch_model.fp16.safetensors").unlink()
    assert loaded(folder, variant="fp16").unet.dtype is torch.float32
    with pytest.raises(Unservable, match=r"unet/diffusion_pytorch_model\.safetensors is missing"):
        found(folder)


def test_another_spacing_of_steps(tiny_folder: Callable[[str], Path]):
    model = loaded(tiny_folder("sdxl"), timestep_spacing="trailing")
    assert model.pipeline.scheduler.config.timestep_spacing == "trailing"


def change(file: Path, **changes: Any) -> None:
    tensors = load_file(file)
    save_file(
        {name: value for name, value in (tensors | changes).items() if value is not None}, file
    )


def test_a_tensor_that_is_missing(own_folder: Callable[[str], Path]):
    folder = own_folder("sd15")
    change(folder / UNET, **{"conv_in.weight": None})
    with pytest.raises(DrawingFailed, match=r"one cannot be used: its unet lacks .*conv_in\.w"):
        loaded(folder)


def test_a_tensor_of_another_shape(own_folder: Callable[[str], Path]):
    folder = own_folder("sd15")
    change(folder / UNET, **{"conv_in.weight": torch.zeros(2, 2)})
    with pytest.raises(DrawingFailed, match="one cannot be used: "):
        loaded(folder)


@pytest.mark.parametrize(
    "file",
    [UNET, "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"],
)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_no_numbers(own_folder: Callable[[str], Path], file: str, value: float):
    folder = own_folder("sd15")
    name, tensor = max(load_file(folder / file).items(), key=lambda item: item[1].numel())
    tensor.view(-1)[-1] = value
    change(folder / file, **{name: tensor})
    part = file.partition("/")[0]
    with pytest.raises(DrawingFailed, match=f"its {part} has values that are not numbers"):
        loaded(folder)


def test_a_checkpoint_with_a_missing_tensor(tiny_folder: Callable[[str], Path], tmp_path: Path):
    for number, name in enumerate(
        (
            "model.diffusion_model.time_embed.0.weight",
            "first_stage_model.decoder.conv_in.weight",
            "cond_stage_model.transformer.text_model.final_layer_norm.weight",
        )
    ):
        file = checkpoint(tiny_folder("sd15"), tmp_path / f"{number}.safetensors")
        change(file, **{name: None})
        config = config_of(tiny_folder("sd15"), tmp_path / f"config{number}")
        with pytest.raises(DrawingFailed, match="one cannot be used: "):
            loaded(file, config=config)


def test_a_controlnet_of_another_model(tiny_folder: Callable[[str], Path]):
    engine = found(tiny_folder("sd15"), control={"canny": tiny_folder("sdxl_control")})
    with pytest.raises(DrawingFailed, match="its ControlNet canny was made for another model"):
        load(engine, CPU)


def test_a_tokenizer_without_words(own_folder: Callable[[str], Path]):
    folder = own_folder("sd15")
    file = folder / "tokenizer" / "tokenizer.json"
    words = json.loads(file.read_text())
    words["model"]["vocab"] = {
        word: number for word, number in words["model"]["vocab"].items() if number > 500
    }
    words["model"]["merges"] = []
    file.write_text(json.dumps(words))
    with pytest.raises(DrawingFailed, match="one cannot be used: its tokenizer reads"):
        loaded(folder)


def test_parts_of_two_models(own_folder: Callable[[str], Path], tiny_folder: Callable[[str], Path]):
    folder = own_folder("sd15")
    shutil.rmtree(folder / "text_encoder")
    shutil.copytree(tiny_folder("sdxl") / "text_encoder_2", folder / "text_encoder")
    index = json.loads((folder / "model_index.json").read_text())
    index["text_encoder"][1] = "CLIPTextModelWithProjection"
    (folder / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(DrawingFailed, match="its text encoder is of another model than its unet"):
        loaded(folder)


def test_code_of_its_own_is_not_run(own_folder: Callable[[str], Path]):
    folder = own_folder("sd15")
    (folder / "unet" / "evil.py").write_text("raise SystemExit('ran')")
    for told, words in (
        (["evil", "Net"], "code of its own"),
        (["diffusers", "DDPMPipeline"], "a class that is not read"),
    ):
        index = json.loads((folder / "model_index.json").read_text())
        index["unet"] = told
        (folder / "model_index.json").write_text(json.dumps(index))
        with pytest.raises((Unservable, DrawingFailed), match=words):
            loaded(folder)


def test_models_can_be_loaded_at_the_same_time(tiny_folder: Callable[[str], Path]):
    engines = [found(tiny_folder(name)) for name in ("sd15", "sdxl", "kandinsky")] * 2
    with ThreadPoolExecutor(len(engines)) as threads:
        models = list(threads.map(lambda engine: load(engine, CPU), engines))
    assert len(models) == len(engines)


def test_links_to_folders_are_followed(tiny_folder: Callable[[str], Path], tmp_path: Path):
    folder = tmp_path / "links"
    folder.mkdir()
    for part in tiny_folder("sdxl").iterdir():
        (folder / part.name).symlink_to(part)
    # One folder for two parts, and one that leads back.
    (folder / "tokenizer_2").unlink()
    (folder / "tokenizer_2").symlink_to(tiny_folder("sdxl") / "tokenizer")
    (folder / "again").symlink_to(folder)
    expected = drawn(loaded(tiny_folder("sdxl")).pipeline)
    assert (drawn(loaded(folder).pipeline) == expected).all()


def test_what_is_built_into_a_model_is_not_built_beside_another(
    tiny_folder: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    save_file({"emb_params": torch.ones(1, tiny.WIDTH)}, tmp_path / "zebra.safetensors")
    first = found(tiny_folder("sd15"), embeddings=str(tmp_path), optimise=("fused_qkv",))
    is_checked, is_building, is_over = (threading.Event() for _ in range(3))
    build = UNet2DConditionModel.from_config

    def check(model: Model) -> None:
        check_model(model)
        if model.family is Family.SD:
            is_checked.set()
            is_building.wait(1.0)

    def pause(*args: Any, **options: Any) -> Any:
        """Here torch is changed for all threads."""
        if is_checked.is_set():
            is_building.set()
            is_over.wait(20.0)
        return build(*args, **options)

    def load_first() -> Model:
        try:
            return load(first, CPU)
        finally:
            is_over.set()

    monkeypatch.setattr(loader, "check_model", check)
    monkeypatch.setattr(UNet2DConditionModel, "from_config", pause)
    with ThreadPoolExecutor(2) as threads:
        model = threads.submit(load_first)
        assert is_checked.wait(20.0)
        assert threads.submit(load, found(tiny_folder("sdxl")), CPU).result()
        parts = model.result().unet, model.result().pipeline.text_encoder
    assert model.result().words.keys() == {"zebra"}
    assert not any(value.is_meta for part in parts for value in part.parameters())
    assert hasattr(parts[0].mid_block.attentions[0].transformer_blocks[0].attn1, "to_qkv")


@pytest.mark.parametrize(
    "error",
    [RuntimeError("DefaultCPUAllocator: can't allocate memory"), MemoryError()],
    ids=["of torch", "of Python"],
)
@pytest.mark.parametrize("step", ["load_pipeline", "count_flops"])
def test_too_little_memory_is_no_fault_of_the_files(
    tiny_folder: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    error: Exception,
):
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(loader, step, fail)
    store = ModelStore([found(tiny_folder("sd15"))], CPU)
    words = "the device has too little memory for one now"
    with pytest.raises(DrawingFailed, match=words), store.lease("one"):
        pass


def test_a_denoiser_whose_projections_cannot_be_fused_is_used_as_it_is(
    tiny_folder: Callable[[str], Path], caplog: pytest.LogCaptureFixture
):
    model = loaded(tiny_folder("kandinsky"), optimise=("fused_qkv",))
    assert "one: projections cannot be fused; it is used as it is." in caplog.messages
    assert drawn(model.pipeline).any()
