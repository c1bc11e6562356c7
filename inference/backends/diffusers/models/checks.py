"""What is looked at after loading: models that load without complaint although they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch

from inference.backends.diffusers.model import Family
from inference.backends.diffusers.models.fitting import check_kandinsky, check_stable_diffusion
from inference.backends.diffusers.models.problem import ModelProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from inference.backends.diffusers.model import Model

_SAMPLE = "a cat"
PICTURE_CHANNELS = 3


def modules_of(model: Model) -> Iterator[tuple[str, Any]]:
    """Every network of a model with the name by which people know it."""
    for name, part in model.pipeline.components.items():
        if isinstance(part, torch.nn.Module):
            yield name, part
    for kind, control in model.controls.items():
        yield f"ControlNet {kind}", control
    if model.clip is not None:
        yield "CLIP model", model.clip.model


def tensors_of(module: Any) -> Iterator[tuple[str, Any]]:
    """The parameters and buffers of a network by name."""
    yield from module.named_parameters()
    yield from module.named_buffers()


def check_model(model: Model) -> None:
    """Hold a model that was just loaded against what drawing needs of it.

    Raises:
        ModelProblem: a tensor has no value or is no number, or parts do not fit together.
    """
    for name, module in modules_of(model):
        check_values(name, module)
    for name, tokenizer in _tokenizers(model):
        _check_tokenizer(name, tokenizer)
    match model.family:
        case Family.SVD:
            _check_svd(model)
        case Family.WAN:
            _check_wan(model)
        case Family.SD | Family.SDXL:
            check_stable_diffusion(model)
        case Family.KANDINSKY:
            check_kandinsky(model)
        case Family.UPSCALER:
            _check_upscaler(model)
        case Family.GENERIC:
            _check_words(model)
        case _:
            pass
    for kind, control in model.controls.items():
        _check_control(kind, control, model.unet)


def check_values(name: str, module: Any) -> None:
    """Look at every number of a network, in one pass on its device.

    Raises:
        ModelProblem: some have no value, or are infinite or not numbers, or all are 0.
    """
    names: list[str] = []
    extremes: list[Any] = []
    for tensor_name, tensor in tensors_of(module):
        if tensor.is_meta:
            raise ModelProblem(f"its {name} lacks {tensor_name}")
        if tensor.is_floating_point() and tensor.numel():
            names.append(tensor_name)
            # Both are NaN if any number is, without a copy of the tensor.
            extremes.append(torch.stack(torch.aminmax(tensor.detach())).float())
    if not extremes:
        return
    values = torch.stack(extremes)
    is_finite = values.isfinite().all(dim=1).tolist()
    wrong = [name for name, is_right in zip(names, is_finite, strict=True) if not is_right]
    if wrong:
        raise ModelProblem(f"its {name} has values that are not numbers, in {wrong[0]}")
    if not bool(values.any()):
        raise ModelProblem(f"its {name} holds nothing but zeros")


def _tokenizers(model: Model) -> Iterator[tuple[str, Any]]:
    for name, part in model.pipeline.components.items():
        if "tokenizer" in name and part is not None:
            yield name, part
    if model.clip is not None:
        yield "CLIP tokenizer", model.clip.tokenizer


def _check_tokenizer(name: str, tokenizer: Any) -> None:
    tokens = tokenizer(_SAMPLE).input_ids
    read: str = tokenizer.decode(tokens, skip_special_tokens=True)
    if read.replace(" ", "").lower() != _SAMPLE.replace(" ", ""):
        raise ModelProblem(f'its {name} reads "{_SAMPLE}" as "{read}", so its words are missing')


def _check_upscaler(model: Model) -> None:
    """Whether the UNet reads the texts, and the latents with the given picture beside them."""
    _check_words(model)
    parts, unet = model.pipeline.components, model.unet.config
    if unet.cross_attention_dim != parts["text_encoder"].config.hidden_size:
        raise ModelProblem("its text encoder is of another model than its unet")
    latents = model.vae.config.latent_channels
    given = 3 if "low_res_scheduler" in parts else latents
    if unet.in_channels != latents + given or unet.out_channels < latents:
        raise ModelProblem("its vae is of another model than its unet")


def _check_words(model: Model) -> None:
    """A token beyond a text encoder's words would end the whole process on a GPU."""
    parts: Mapping[str, Any] = model.pipeline.components
    for name in parts:
        encoder = parts.get(name.replace("tokenizer", "text_encoder"))
        if not name.startswith("tokenizer") or parts[name] is None or encoder is None:
            continue
        if len(parts[name]) > encoder.config.get_text_config().vocab_size:
            raise ModelProblem(f"its {name} has more words than its text encoder")


def _check_svd(model: Model) -> None:
    parts, unet = model.pipeline.components, model.unet.config
    if unet.cross_attention_dim != parts["image_encoder"].config.projection_dim:
        raise ModelProblem("its image encoder is of another model than its unet")
    if unet.in_channels != 2 * model.vae.config.latent_channels:
        raise ModelProblem("its vae is of another model than its unet")


def _check_wan(model: Model) -> None:
    parts, transformer = model.pipeline.components, model.unet.config
    if len(parts["tokenizer"]) > parts["text_encoder"].config.vocab_size:
        raise ModelProblem("its tokenizer has more words than its text encoder")
    if transformer.text_dim != parts["text_encoder"].config.d_model:
        raise ModelProblem("its text encoder is of another model than its transformer")
    if transformer.in_channels != model.vae.config.z_dim:
        raise ModelProblem("its vae is of another model than its transformer")


def _check_control(kind: str, control: Any, unet: Any) -> None:
    same = ("cross_attention_dim", "block_out_channels", "layers_per_block")
    if any(_plain(control.config.get(key)) != _plain(unet.config.get(key)) for key in same):
        raise ModelProblem(f"its ControlNet {kind} was made for another model")
    if control.config.conditioning_channels != PICTURE_CHANNELS:
        raise ModelProblem(f"its ControlNet {kind} does not look at pictures of three channels")


def _plain(value: Any) -> Any:
    # From a file a tuple comes back as a list.
    return list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value


def size_of(model: Model) -> int:
    """The bytes that all networks of a model take."""
    seen = {
        tensor.data_ptr(): tensor.numel() * tensor.element_size()
        for _, module in modules_of(model)
        for _, tensor in tensors_of(module)
    }
    return sum(seen.values())
