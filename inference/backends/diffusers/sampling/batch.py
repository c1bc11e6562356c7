"""From the UNet's outputs to the pictures' next latents, for a whole batch at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from inference.backends.diffusers.samplers.coefficients import Column
from inference.backends.diffusers.samplers.course import SchedulerCourse, TableCourse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from inference.backends.diffusers.rows import Guide
    from inference.backends.diffusers.sampling.picture import Picture


class Batch:
    """The latents of pictures that are evaluated together, and the figures of this evaluation."""

    def __init__(self, pictures: Sequence[Picture], device: torch.device) -> None:
        self.pictures = pictures
        self._rows = np.stack([_row(picture) for picture in pictures])
        self._figures = torch.from_numpy(self._rows.T.copy()).to(device)
        self._x = torch.stack([picture.x for picture in pictures])

    def _column(self, column: Column) -> Tensor:
        return self._figures[column].reshape(-1, 1, 1, 1)

    @property
    def inputs(self) -> Tensor:
        """What the UNet looks at (pictures, channels, height, width)."""
        return self._x * self._column(Column.C_IN)

    @property
    def times(self) -> Tensor:
        """At which timesteps (pictures)."""
        return self._figures[Column.TIME]

    def advance(self, outputs: Tensor) -> Tensor:
        """Take every picture one evaluation further; returns the denoised estimates."""
        estimates = self._x * self._column(Column.X_TO_D) + outputs * self._column(Column.E_TO_D)
        for index, picture in enumerate(self.pictures):
            if picture.conditioning.guide is not None:
                self._guide(picture.conditioning.guide, index, estimates)
        if any(isinstance(picture.course, TableCourse) for picture in self.pictures):
            self._advance_tabled(estimates)
        for index, picture in enumerate(self.pictures):
            if isinstance(picture.course, SchedulerCourse) and picture.error is None:
                self._advance_untabled(picture, picture.course, index, outputs)
        return estimates

    def _guide(self, guide: Guide, index: int, estimates: Tensor) -> None:
        try:
            guided = guide(estimates[index], float(self._rows[index, Column.SIGMA]))
        except Exception as error:
            # It concerns this picture alone.
            self.pictures[index].error = error
        else:
            estimates[index] = guided.to(estimates.dtype)

    def _advance_tabled(self, estimates: Tensor) -> None:
        after = self._x * self._column(Column.X_TO_X) + estimates * self._column(Column.D_TO_X)
        rows = self._rows
        if rows[:, Column.MEMORY_TO_X].any():
            memory = torch.stack([picture.memory for picture in self.pictures])
            after = after + memory * self._column(Column.MEMORY_TO_X)
        if rows[:, Column.NOISE_TO_X].any():
            after = after + self._noise() * self._column(Column.NOISE_TO_X)
        remembered = None
        if rows[:, Column.X_TO_MEMORY].any() or rows[:, Column.D_TO_MEMORY].any():
            remembered = self._x * self._column(Column.X_TO_MEMORY) + (
                estimates * self._column(Column.D_TO_MEMORY)
            )
        for index, picture in enumerate(self.pictures):
            if not isinstance(picture.course, TableCourse):
                continue
            picture.x = after[index]
            if remembered is not None:
                picture.memory = remembered[index]
            _blend_tabled(picture, rows[index])
            picture.course.pass_on()

    def _advance_untabled(
        self, picture: Picture, course: SchedulerCourse, index: int, outputs: Tensor
    ) -> None:
        try:
            picture.x = course.advance(self._x[index], outputs[index], picture.generator)
            _blend_untabled(picture, course)
        except Exception as error:
            # A scheduler object is of this picture alone.
            picture.error = error

    def _noise(self) -> Tensor:
        """Fresh noise for the pictures that take some, zeros for the others."""
        zeros = torch.zeros(self._x.shape[1:], dtype=torch.float32)
        return torch.stack(
            [
                picture.draw_noise() if takes else zeros
                for picture, takes in zip(
                    self.pictures, self._rows[:, Column.NOISE_TO_X] != 0.0, strict=True
                )
            ]
        ).to(self._x.device)


def _row(picture: Picture) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The figures of the picture's evaluation; zeros where its scheduler fails."""
    try:
        return picture.course.row
    except Exception as error:
        picture.error = error
        return np.zeros(len(Column), dtype=np.float32)


def _blend_tabled(picture: Picture, row: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    blend = picture.start.blend
    if blend is None:
        return
    kept = blend.latents * float(row[Column.KEEP])
    kept = kept + picture.start.noise * float(row[Column.KEEP_NOISE])
    picture.x = (1.0 - blend.mask) * kept + blend.mask * picture.x


def _blend_untabled(picture: Picture, course: SchedulerCourse) -> None:
    blend = picture.start.blend
    if blend is None:
        return
    kept = course.noised(blend.latents, picture.start.noise)
    picture.x = (1.0 - blend.mask) * kept + blend.mask * picture.x
