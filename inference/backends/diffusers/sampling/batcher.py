"""Which pictures share the next call of the UNet, and the call itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from inference.backends.diffusers.sampling.batch import Batch
from inference.backends.diffusers.sampling.capacity import halved, row_counts
from inference.backends.diffusers.sampling.composition import Composition, compose
from inference.backends.diffusers.sampling.denoiser import denoise
from inference.backends.diffusers.sampling.laxity import pressing_first
from inference.backends.diffusers.sampling.memory import free_cached, is_out_of_memory
from inference.backends.failure import DrawingFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.picture import Bucket, Picture
    from inference.backends.diffusers.sampling.runtime import Runtime

logger = logging.getLogger(__name__)


class Batcher:
    """Evaluates pictures of one bucket together."""

    def __init__(self) -> None:
        self._compositions: dict[Bucket, Composition] = {}

    def by_need(
        self, pictures: Sequence[Picture], runtimes: Callable[[Model], Runtime]
    ) -> Sequence[Picture]:
        """The pictures in their order, but first those that have to be in the next call."""
        return pressing_first(
            pictures, lambda picture: _row_counts(picture, runtimes(picture.ticket.model))[-1]
        )

    def choose(self, leader: Picture, others: Iterator[Picture], runtime: Runtime) -> set[Picture]:
        """The leader, and those of the others that share its call, as long as there is room."""
        room = _row_counts(leader, runtime)[-1] - len(leader.conditioning.rows)
        chosen = {leader}
        for picture in others:
            if room <= 0:
                break
            rows = len(picture.conditioning.rows)
            if picture.bucket == leader.bucket and rows <= room:
                chosen.add(picture)
                room -= rows
        return chosen

    def evaluate(self, pictures: Sequence[Picture], runtime: Runtime) -> Tensor:
        """Take pictures of one bucket one evaluation further; their denoised estimates.

        Raises:
            DrawingFailed: the device has too little memory, also for half of the rows.
        """
        model = pictures[0].ticket.model
        batch = Batch(pictures, model.device)
        try:
            outputs = self._denoise(batch, runtime)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            outputs = None
        if outputs is None:
            # Outside of the handler, for the error's traceback holds what was allocated.
            outputs = self._denoise_halved(batch, runtime)
        return batch.advance(outputs)

    def forget(self, bucket: Bucket) -> None:
        """There is no picture of the bucket any more."""
        self._compositions.pop(bucket, None)

    def _denoise(self, batch: Batch, runtime: Runtime) -> Tensor:
        first = batch.pictures[0]
        model = first.ticket.model
        known = self._compositions.get(first.bucket)
        if known is None or known.pictures != tuple(batch.pictures):
            known = compose(model, batch.pictures, _row_counts(first, runtime))
            self._compositions[first.bucket] = known
        composition, inputs, times = known, batch.inputs, batch.times
        runtime.loras.activate(model, first.bucket.loras)
        signature = (first.bucket.extra_channels, first.bucket.controls)
        unet = runtime.compiler.unet(model, signature)
        outputs = denoise(model, unet, composition, inputs, times)
        runtime.compiler.warm_up(
            model, signature, lambda compiled: denoise(model, compiled, composition, inputs, times)
        )
        return outputs

    def _denoise_halved(self, batch: Batch, runtime: Runtime) -> Tensor:
        first = batch.pictures[0]
        model, bucket = first.ticket.model, first.bucket
        counts = runtime.row_counts[bucket] = halved(runtime.row_counts[bucket])
        logger.warning("%s: too little memory; from now on %d rows at once.", model.id, counts[-1])
        self.forget(bucket)
        free_cached(model.device)
        try:
            return self._denoise(batch, runtime)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            request = first.ticket.request
            raise DrawingFailed(
                f"{model.id} needs more memory than there is for"
                f" {request.width}×{request.height}; a smaller size may fit"
            ) from error


def _row_counts(picture: Picture, runtime: Runtime) -> tuple[int, ...]:
    if picture.bucket not in runtime.row_counts:
        flops = picture.work / len(picture.conditioning.rows)
        device = picture.ticket.model.device
        runtime.row_counts[picture.bucket] = row_counts(device.type, flops)
    return runtime.row_counts[picture.bucket]
