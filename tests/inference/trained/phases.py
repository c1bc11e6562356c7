"""The four phases of the training; each reads what the earlier ones left in the folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from tests.inference.trained import networks, store
from tests.inference.trained.dataset import EMPTY_CAPTIONS, Dataset
from tests.inference.trained.progress import Average, Budget
from tests.inference.trained.sampling import Denoising, score
from tests.inference.trained.tokenizer import build_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np


IMPERFECTION = 0.05
"""Standard deviation of what is added to the decoder's latents."""

CHECK_EVERY = 800
"""Steps between two looks at what the UNet draws."""


def train_vae(dataset: Dataset, folder: Path, budget: Budget, random: np.random.Generator) -> None:
    """The autoencoder, whose first three latents follow the mean colours of their 8×8 pixels.

    Left to itself it finds brightness and edges at once and the third colour only after hours.
    """
    del random
    vae = networks.build_vae().to(memory_format=torch.channels_last)
    parameters, average = list(vae.parameters()), Average(vae, 0.99)
    optimiser = torch.optim.Adam(parameters, betas=(0.9, 0.99))
    generator = torch.Generator().manual_seed(1)
    for step in budget.run("vae", optimiser, 2e-3):
        pictures = dataset.levels(dataset.batch(8, generator))
        posterior = vae.encode(pictures).latent_dist
        drawn = vae.decode(posterior.sample()).sample
        step.descend(_autoencoding_loss(pictures, posterior, drawn), parameters)
        average.follow()
    average.exchange()
    vae.register_to_config(scaling_factor=_scaling_factor(vae, dataset))
    store.save(vae, folder / "vae")


def train_decoder(
    dataset: Dataset, folder: Path, budget: Budget, random: np.random.Generator
) -> None:
    """The decoder alone, on latents as imperfect as sampled ones are."""
    del random
    vae = store.load_part("AutoencoderKL", folder / "vae").to(memory_format=torch.channels_last)
    half = torch.nn.ModuleList([vae.decoder, vae.post_quant_conv]).train()
    parameters, average = list(half.parameters()), Average(half, 0.99)
    optimiser = torch.optim.Adam(parameters, betas=(0.9, 0.99))
    generator = torch.Generator().manual_seed(5)
    for step in budget.run("decoder", optimiser, 1.5e-3):
        pictures = dataset.levels(dataset.batch(8, generator))
        with torch.no_grad():
            latents = vae.encode(pictures).latent_dist.mean
        drawn = vae.decode(latents + IMPERFECTION * torch.randn_like(latents)).sample
        error = functional.l1_loss(drawn, pictures) + functional.mse_loss(drawn, pictures)
        step.descend(error, parameters)
        average.follow()
    average.exchange()
    store.save(vae, folder / "vae")


def _autoencoding_loss(pictures: Any, posterior: Any, drawn: Any) -> Any:
    """Errors of the pixels and of coarser pixels, the divergence, and the colours of latents."""
    error = functional.l1_loss(drawn, pictures) + functional.mse_loss(drawn, pictures)
    coarse = functional.mse_loss(
        functional.avg_pool2d(drawn, 4), functional.avg_pool2d(pictures, 4)
    )
    divergence = posterior.kl().mean() / posterior.mean[0].numel()
    colours = functional.mse_loss(posterior.mean[:, :3], 2 * functional.avg_pool2d(pictures, 8))
    return error + 2 * coarse + 1e-4 * divergence + 0.5 * colours


def _scaling_factor(vae: Any, dataset: Dataset) -> float:
    with torch.no_grad():
        latents = vae.encode(dataset.levels(torch.arange(512))).latent_dist.mean
        error = (vae.decode(latents).sample - dataset.levels(torch.arange(512))).abs().mean()
    print(f"vae error {127.5 * float(error):.2f} levels, deviation {float(latents.std()):.3f}")
    return round(float(1 / latents.std()), 5)


def train_clip(dataset: Dataset, folder: Path, budget: Budget, random: np.random.Generator) -> None:
    """The CLIP model: which caption belongs to which picture of a batch."""
    tokenizer = build_tokenizer()
    clip = networks.build_clip(tokenizer)
    parameters, average = list(clip.parameters()), Average(clip, 0.99)
    optimiser = torch.optim.AdamW(parameters, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    generator = torch.Generator().manual_seed(2)
    for step in budget.run("clip", optimiser, 1e-3):
        indices = dataset.batch(64, generator)
        texts = dataset.texts(indices, random, 0.0)
        step.descend(
            _contrast(clip, tokenizer, _disturbed(dataset.levels(indices)), texts), parameters
        )
        average.follow()
    average.exchange()
    store.save(clip, folder / "clip")
    store.save(tokenizer, folder / "tokenizer")


def _disturbed(pictures: Any) -> Any:
    """The pictures as CLIP sees them, some of them blurred or noisy as unfinished ones are."""
    blurred = functional.avg_pool2d(pictures, 5, 1, 2, count_include_pad=False)
    share = torch.rand(len(pictures), 1, 1, 1)
    noise = torch.randn_like(pictures) * torch.rand(len(pictures), 1, 1, 1) * 0.3
    return store.clip_levels(torch.lerp(pictures, blurred, share) + noise)


def _contrast(clip: Any, tokenizer: Any, pictures: Any, texts: list[str]) -> Any:
    tokens = tokenizer(texts, padding=True, return_tensors="pt")
    answer = clip(input_ids=tokens.input_ids, pixel_values=pictures)
    same = torch.tensor([[float(one == other) for other in texts] for one in texts])
    targets = same / same.sum(1, keepdim=True)
    return (
        functional.cross_entropy(answer.logits_per_text, targets)
        + functional.cross_entropy(answer.logits_per_image, targets)
    ) / 2


def train_unet(dataset: Dataset, folder: Path, budget: Budget, random: np.random.Generator) -> None:
    """The UNet on the latents, and the text encoder with it, which starts as CLIP's.

    CLIP alone learns colours long before shapes. A UNet in the folder is trained further.
    """
    denoising = Denoising.prepare(dataset, folder)
    encoder = store.load_text_encoder(folder).train()
    unet = store.load_unet(folder).train()
    both = torch.nn.ModuleList([unet, encoder])
    parameters, average = list(both.parameters()), Average(both)
    optimiser = torch.optim.AdamW(parameters, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    generator = torch.Generator().manual_seed(3)
    for step in budget.run("unet", optimiser, 1e-3):
        batch = denoising.batch(dataset.batch(24, generator), random, EMPTY_CAPTIONS)
        texts = encoder(batch.tokens).last_hidden_state
        noise = unet(batch.noisy, batch.times, texts).sample
        step.descend(batch.loss(noise), parameters)
        average.follow()
        if step.number % CHECK_EVERY == CHECK_EVERY - 1:
            _keep(average, unet, encoder, folder)
            print(f"unet after {step.number + 1} steps: {score(folder, 60)}", flush=True)
    _keep(average, unet, encoder, folder)
    print(score(folder, 200), flush=True)


def _keep(average: Average, unet: Any, encoder: Any, folder: Path) -> None:
    average.exchange()
    store.save(unet, folder / "unet")
    store.save(encoder, folder / "text_encoder")
    average.exchange()


def train_control(
    dataset: Dataset, folder: Path, budget: Budget, random: np.random.Generator
) -> None:
    """The ControlNet on outlines; the UNet stays as it is."""
    denoising = Denoising.prepare(dataset, folder)
    encoder = store.load_text_encoder(folder)
    unet = store.load_unet(folder).requires_grad_(False)
    control = networks.build_controlnet(unet)
    parameters, average = list(control.parameters()), Average(control, 0.99)
    optimiser = torch.optim.AdamW(parameters, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    generator = torch.Generator().manual_seed(4)
    for step in budget.run("control", optimiser, 1e-3):
        indices = dataset.batch(32, generator)
        batch = denoising.batch(indices, random, 0.4)
        hints = dataset.outlines[indices].float() / 255
        with torch.no_grad():
            texts = encoder(batch.tokens).last_hidden_state
        down, middle = control(
            batch.noisy, batch.times, texts, controlnet_cond=hints, return_dict=False
        )
        noise = unet(
            batch.noisy,
            batch.times,
            texts,
            down_block_additional_residuals=down,
            mid_block_additional_residual=middle,
        ).sample
        step.descend(batch.loss(noise), parameters)
        average.follow()
    average.exchange()
    store.save(control, folder / "control")


PHASES: dict[str, Callable[[Dataset, Path, Budget, np.random.Generator], None]] = {
    "vae": train_vae,
    "decoder": train_decoder,
    "clip": train_clip,
    "unet": train_unet,
    "control": train_control,
}
