"""Whether a film's words are as many as its model reads, told before the film has a place."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from generation.errors import BadRequest
from inference.backends.diffusers.models.parts import load_tokenizer
from inference.backends.diffusers.videos.wan import MAX_TOKENS, read_words

if TYPE_CHECKING:
    from pathlib import Path

    from inference.video.order import VideoOrder


class FilmWords:
    """Counts tokens with tokenizers of its own: the models' are used by the engine's thread."""

    def __init__(self) -> None:
        """Nothing is loaded before the first film with words."""
        self._tokenizers: dict[Path, Any] = {}
        self._lock = threading.Lock()

    def check(self, source: Path, order: VideoOrder) -> None:
        """Hold the words of an order against the tokenizer in its model's folder.

        Raises:
            BadRequest: there are too many; names the field and both figures.
        """
        for field, text in (("prompt", order.prompt), ("negative_prompt", order.negative_prompt)):
            count = self._count(source, text) if text else 0
            if count > MAX_TOKENS:
                most = f"the {MAX_TOKENS} that {order.engine_id} reads"
                raise BadRequest(field, f"its {count} tokens are more than {most}; shorten it")

    def _count(self, source: Path, text: str) -> int:
        with self._lock:
            if source not in self._tokenizers:
                self._tokenizers[source] = load_tokenizer(source)
            return len(self._tokenizers[source](read_words(text)).input_ids)
