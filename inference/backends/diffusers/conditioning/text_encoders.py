"""Texts as the embeddings that a model's own encoders give them, emphasis included.

Emphasis is Compel's: of each word E' = E_0 + w · (E - E_0), E_0 being the empty text, and below 1
additionally a step towards the text without that word. Its parser never sees a member's text;
the fragments come from our own prompt language.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from compel import EmbeddingsProvider, ReturnedEmbeddingsType

from generation.errors import BadRequest
from inference.backends.diffusers.adapters.embeddings import replace_words
from inference.backends.diffusers.conditioning.mixture import NO_TEXT, plain
from inference.backends.diffusers.model import Family
from prompts import Fragment

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from inference.backends.diffusers.conditioning.mixture import Text
    from inference.backends.diffusers.model import Model

MAX_WEAKENED = 24
"""How many runs of a text may have less emphasis; each is encoded once more without it."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A text's embeddings (tokens, width), and for SDXL the pooled one (width); float32."""

    embeds: Tensor
    pooled: Tensor | None = None

    def padded(self, blank: Encoded, tokens: int) -> Encoded:
        """With so many tokens, filled with those of a blank text."""
        missing = tokens - len(self.embeds)
        if not missing:
            return self
        filling = blank.embeds.repeat(-(-missing // len(blank.embeds)), 1)[:missing]
        return Encoded(torch.cat((self.embeds, filling)), self.pooled)


class TextMemory:
    """The embeddings of the texts that one model encoded last; the one of no words stays."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._known: OrderedDict[Text, Encoded] = OrderedDict()

    def get(self, text: Text, encode: Callable[[], Encoded]) -> Encoded:
        """What is known of a text, or what the function gives."""
        found = self._known[text] = self._known.get(text) or encode()
        self._known.move_to_end(text)
        if NO_TEXT in self._known:
            self._known.move_to_end(NO_TEXT)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return found


class TextEncoders:
    """The one or two text encoders of a Stable Diffusion or SDXL model."""

    def __init__(self, model: Model, memory: TextMemory | None = None) -> None:
        """Without a memory every text is encoded anew."""
        pipeline = model.pipeline
        self._memory = memory or TextMemory()
        self._words = model.words
        self._device = model.device
        self._pools = model.family is Family.SDXL
        self._has_zeros = self._pools and bool(
            pipeline.config.get("force_zeros_for_empty_prompt", True)
        )
        pairs = [(pipeline.tokenizer, pipeline.text_encoder)]
        if self._pools:
            pairs.append((pipeline.tokenizer_2, pipeline.text_encoder_2))
        # A refiner has only the second.
        self._pairs = [pair for pair in pairs if pair[1] is not None]
        self._providers = [self._provider(*pair) for pair in self._pairs]

    def _provider(self, tokenizer: Any, encoder: Any) -> Any:
        kind = ReturnedEmbeddingsType.LAST_HIDDEN_STATES_NORMALIZED
        if self._pools:
            kind = ReturnedEmbeddingsType.PENULTIMATE_HIDDEN_STATES_NON_NORMALIZED

        def dtype_on(_: Any) -> Any:
            return encoder.dtype

        return EmbeddingsProvider(
            tokenizer,
            encoder,
            truncate=False,
            returned_embeddings_type=kind,
            dtype_for_device_getter=dtype_on,
        )

    @torch.no_grad()
    def encode(self, text: Text) -> Encoded:
        """The embeddings of a text, of 77 tokens or as many times 77 as it needs.

        Raises:
            BadRequest: too many of its words are weakened.
        """
        return self._memory.get(text, lambda: self._encode(text))

    def _encode(self, text: Text) -> Encoded:
        weakened = sum(run.weight < 1 for run in text)
        if weakened > MAX_WEAKENED:
            reason = f"{weakened} passages with less emphasis are more than the {MAX_WEAKENED}"
            raise BadRequest("prompt", f"{reason} that one prompt may have")
        text = tuple(Fragment(replace_words(self._words, run.text), run.weight) for run in text)
        parts = [
            self._fragments(text, provider, tokenizer)
            for provider, (tokenizer, _) in zip(self._providers, self._pairs, strict=True)
        ]
        return Encoded(torch.cat(parts, dim=-1).float(), self._pool(text))

    def _fragments(self, text: Text, provider: Any, tokenizer: Any) -> Tensor:
        # Compel finds a fragment by its tokens; one without any has no place in the text.
        runs = [run for run in text if tokenizer(run.text, add_special_tokens=False).input_ids]
        texts, weights = [run.text for run in runs] or [""], [run.weight for run in runs] or [1.0]
        return provider.get_embeddings_for_weighted_prompt_fragments(
            [texts], [weights], device=self._device
        )[0]

    def _pool(self, text: Text) -> Tensor | None:
        """The pooled embedding of the words without emphasis, as far as they fit 77 tokens."""
        if not self._pools:
            return None
        tokenizer, encoder = self._pairs[-1]
        tokens = tokenizer(
            plain(text),
            padding="max_length",
            max_length=tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        ).input_ids
        return encoder(tokens.to(self._device)).text_embeds[0].float()

    def encode_nothing(self) -> Encoded:
        """What no prompt at all is: zeros where the model was trained so, else the empty text."""
        empty = self.encode(NO_TEXT)
        if not self._has_zeros:
            return empty
        pooled = None if empty.pooled is None else torch.zeros_like(empty.pooled)
        return Encoded(torch.zeros_like(empty.embeds), pooled)
