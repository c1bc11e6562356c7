"""Trains the small pipeline of the tests, its ControlNet and its CLIP model, on drawn shapes.

    python -m tests.inference.trained.train OUTPUT

takes about an hour and a half on one quiet core and leaves what the tests need in OUTPUT/model.
The phases can be run one by one with --phases, each for some minutes only with --minutes; UNet
and text encoder are then trained further from where they are.

The weights in this repository come from several such runs: some 380 steps of the autoencoder, 1,100
of its decoder, 430 of CLIP, 6,700 of the UNet (the first 2,400 without the text encoder, the first
4,000 on drawings of 11 to 23 pixels in radius) and 1,300 of the ControlNet.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch

from tests.inference.trained import store
from tests.inference.trained.dataset import build_dataset
from tests.inference.trained.phases import PHASES
from tests.inference.trained.progress import Budget

SEED = 20261130
DRAWINGS = 12_000

STEPS = {"vae": 600, "decoder": 1500, "clip": 800, "unet": 10_000, "control": 1500}
"""The phases in their order; every one uses random numbers of its own."""


def main() -> None:
    """Run the phases that are asked for, and pack the model when all of it is there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("output", type=Path)
    parser.add_argument("--phases", nargs="+", choices=tuple(STEPS), default=tuple(STEPS))
    parser.add_argument("--minutes", type=float, default=math.inf, help="end each phase after that")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    dataset = build_dataset(DRAWINGS, SEED)
    for phase in arguments.phases:
        torch.manual_seed(SEED)
        random = np.random.default_rng(SEED)
        budget = Budget(STEPS[phase], arguments.minutes)
        PHASES[phase](dataset, arguments.output, budget, random)
    if (arguments.output / "control").exists():
        store.pack(arguments.output)


if __name__ == "__main__":
    main()
