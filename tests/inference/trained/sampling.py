"""Noisy latents to learn from, and a look at what the model draws meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from tests.inference.trained import networks, store
from tests.inference.trained.drawings import COLOURS, SHAPES
from tests.inference.trained.judge import judge, share
from tests.inference.trained.tokenizer import MAX_TOKENS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.inference.trained.dataset import Dataset


MAX_SIGNAL = 5.0
"""Cap of the signal-to-noise ratio in the loss (min-SNR weighting, arXiv 2303.09556)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Noisy latents [B, 4, 8, 8] with their times, tokens [B, 77] and noise."""

    noisy: Any
    times: Any
    tokens: Any
    noise: Any
    weights: Any

    def loss(self, predicted: Any) -> Any:
        """The weighted squared error of a prediction of the noise."""
        return (self.weights * (predicted - self.noise).square().mean((1, 2, 3))).mean()


@dataclass(frozen=True, slots=True)
class Denoising:
    """All latents and tokenized captions of a dataset."""

    dataset: Dataset
    latents: Any
    numbers: dict[str, int]
    tokens: Any
    signal: Any

    @classmethod
    def prepare(cls, dataset: Dataset, folder: Path) -> Denoising:
        """Encode everything once."""
        vae = store.load_part("AutoencoderKL", folder / "vae")
        unique = dict.fromkeys(text for captions in dataset.captions for text in captions)
        captions = ["", *unique]
        with torch.no_grad():
            latents = [
                vae.encode(dataset.levels(part)).latent_dist.mean * vae.config.scaling_factor
                for part in torch.arange(len(dataset.captions)).split(64)
            ]
        tokens = _tokens(captions, folder)
        numbers = {text: number for number, text in enumerate(captions)}
        signal = networks.build_scheduler().alphas_cumprod
        return cls(dataset, torch.cat(latents), numbers, tokens, signal)

    def batch(self, indices: Any, random: np.random.Generator, empty: float) -> Batch:
        """Those drawings at times spread evenly over the schedule."""
        clean = self.latents[indices]
        spread = torch.arange(len(clean)) + torch.rand(len(clean))
        times = (spread / len(clean) * len(self.signal)).long()
        signal = self.signal[times].view(-1, 1, 1, 1)
        noise = torch.randn_like(clean)
        texts = self.dataset.texts(indices, random, empty)
        tokens = self.tokens[[self.numbers[text] for text in texts]]
        ratio = (signal / (1 - signal)).flatten()
        return Batch(
            signal.sqrt() * clean + (1 - signal).sqrt() * noise,
            times,
            tokens,
            noise,
            ratio.clamp(max=MAX_SIGNAL) / ratio,
        )


def _tokens(captions: list[str], folder: Path) -> Any:
    _, tokenizer = store.load_clip(folder)
    return tokenizer(
        captions, padding="max_length", max_length=MAX_TOKENS, return_tensors="pt"
    ).input_ids


def score(folder: Path, count: int) -> str:
    """How many of so many prompts are drawn in the right colour and shape."""
    pipeline = store.load_pipeline(folder)
    looks = [(colour, shape) for shape in SHAPES for colour in COLOURS]
    wanted = [looks[7 * number % len(looks)] for number in range(count)]
    right = np.zeros(2)
    for start in range(0, count, 20):
        part = wanted[start : start + 20]
        pictures = pipeline(
            [f"a {colour} {shape}" for colour, shape in part],
            width=64,
            height=64,
            num_inference_steps=20,
            guidance_scale=5.0,
            generator=torch.Generator().manual_seed(start),
            output_type="np",
        ).images
        for (colour, shape), picture in zip(part, pictures, strict=True):
            verdict = judge((picture * 255).round().astype(np.uint8))
            right += share([verdict], colour=colour), share([verdict], shape=shape)
    colours, shapes = right / count
    return f"colour {colours:.3f} shape {shapes:.3f} of {count}"
