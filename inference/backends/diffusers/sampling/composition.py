"""The rows of a batch: which pictures share a call of the UNet, padded to a fixed number.

A row's result does not depend on what the other rows hold, but its last bits depend on how many
there are. So calls have fixed numbers of rows, and spare ones repeat the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from inference.backends.diffusers.sampling.text_length import lengthened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.rows import ConditionRow
    from inference.backends.diffusers.sampling.picture import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Hint:
    """One ControlNet's pictures of a chunk, and how much its residuals count in each row."""

    kind: str
    images: Tensor
    strengths: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """What one call of the UNet is told beside x and time; all tensors have a row for each row."""

    owners: Tensor
    """The index of each row's picture."""
    used: int
    """How many rows are not spare."""
    embeds: Tensor
    longer: Tensor
    """The embeddings as the UNet reads them, with tokens to spare where that is faster."""
    mask: Tensor | None
    """1 for the tokens that are not spare, 0 for the others; None where there are none."""
    pooled: Tensor | None
    time_ids: Tensor | None
    extra_channels: Tensor | None
    hints: tuple[Hint, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """One term of the pictures' sums over their rows; a picture without it has coefficient 0."""

    rows: Tensor
    coefficients: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """All that stays the same while the same pictures share their calls."""

    pictures: tuple[Picture, ...]
    chunks: tuple[Chunk, ...]
    picks: tuple[Pick, ...]


def compose(model: Model, pictures: Sequence[Picture], counts: Sequence[int]) -> Composition:
    """Lay out the rows of pictures of one bucket in calls of those numbers of rows, ascending."""
    rows = [
        (index, row) for index, picture in enumerate(pictures) for row in picture.conditioning.rows
    ]
    most = counts[-1]
    chunks = [
        _chunk(model, pictures, rows[at : at + most], counts) for at in range(0, len(rows), most)
    ]
    return Composition(tuple(pictures), tuple(chunks), _picks(pictures, model.device))


def _chunk(
    model: Model,
    pictures: Sequence[Picture],
    rows: list[tuple[int, ConditionRow]],
    counts: Sequence[int],
) -> Chunk:
    count = next(count for count in counts if count >= len(rows))
    padded = rows + [rows[0]] * (count - len(rows))
    owners = [index for index, _ in padded]
    starts = [pictures[index].start for index in owners]

    def stack(tensors: list[Tensor | None]) -> Tensor | None:
        present = [tensor for tensor in tensors if tensor is not None]
        if not present:
            return None
        return torch.stack(present).to(device=model.device, dtype=model.dtype)

    embeds = stack([row.embeds for _, row in padded])
    assert embeds is not None
    longer, mask = lengthened(model, embeds)
    return Chunk(
        owners=torch.tensor(owners, device=model.device),
        used=len(rows),
        embeds=embeds,
        longer=longer,
        mask=mask,
        pooled=stack([row.pooled for _, row in padded]),
        time_ids=stack([row.time_ids for _, row in padded]),
        extra_channels=stack([start.extra_channels for start in starts]),
        hints=_hints(model, [pictures[index] for index in owners]),
    )


def _hints(model: Model, owners: list[Picture]) -> tuple[Hint, ...]:
    hints: list[Hint] = []
    for place, kind in enumerate(owners[0].bucket.controls):
        given = [owner.conditioning.controls[place] for owner in owners]
        device, dtype = model.device, model.dtype
        images = torch.stack([hint.image for hint in given])
        strengths = torch.tensor([hint.strength for hint in given], dtype=dtype, device=device)
        hints.append(Hint(kind, images.to(device, dtype), strengths[:, None, None, None]))
    return tuple(hints)


def _picks(pictures: Sequence[Picture], device: torch.device) -> tuple[Pick, ...]:
    """For each place the row that every picture has there; sums keep the order of the rows."""
    counts = [len(picture.conditioning.rows) for picture in pictures]
    firsts = [sum(counts[:index]) for index in range(len(counts))]
    picks: list[Pick] = []
    for place in range(max(counts)):
        chosen, coefficients = list(firsts), [0.0] * len(pictures)
        for index, picture in enumerate(pictures):
            if place < counts[index]:
                chosen[index] += place
                coefficients[index] = picture.conditioning.rows[place].coefficient
        picks.append(
            Pick(
                torch.tensor(chosen, device=device),
                torch.tensor(coefficients, dtype=torch.float32, device=device)[:, None, None, None],
            )
        )
    return tuple(picks)
