"""One network of Real-ESRGAN, run by ncnn on the processor.

The input is RGB from 0 to 1 under the name "data", the output the same under "output" and a little
beyond these ends (seen up to 1.12), so it is clipped.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import ncnn
import numpy as np

from inference.backends.failure import DrawingFailed

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MOST_THREADS = 4
"""More of them make a picture hardly faster, and others draw beside it."""


class Network:
    """The weights of one file in memory; one thread may use it at a time."""

    def __init__(self, description: Path) -> None:
        """Read the `.param` file and the `.bin` file beside it.

        Raises:
            DrawingFailed: they cannot be read.
        """
        self._net = ncnn.Net()
        self._net.opt.use_vulkan_compute = False
        self._net.opt.num_threads = min(MOST_THREADS, max(1, (os.cpu_count() or 1) // 2))
        weights = description.with_suffix(".bin")
        if self._net.load_param(str(description)) or self._net.load_model(str(weights)):
            raise DrawingFailed(f"the weights {description.stem} cannot be read; install them anew")

    def enlarge(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pixels (height × width × 3, RGB) as many times as wide and high as the network makes.

        Raises:
            DrawingFailed: the network gave nothing, or what is no picture.
        """
        height, width = pixels.shape[:2]
        kind = ncnn.Mat.PixelType.PIXEL_RGB
        given = ncnn.Mat.from_pixels(np.ascontiguousarray(pixels), kind, width, height)
        given.substract_mean_normalize([], [1 / 255] * 3)
        with self._net.create_extractor() as extractor:
            extractor.input("data", given)
            failed, made = extractor.extract("output")
            if failed:
                raise DrawingFailed("the network gave no picture; is there enough memory?")
            planes = np.array(made, dtype=np.float32)
        if planes.ndim != 3 or not np.isfinite(planes).all():
            raise DrawingFailed("the network gave values that are no picture")
        levels = np.clip(planes.transpose(1, 2, 0) * 255, 0, 255).round()
        return levels.astype(np.uint8)
