"""Textual inversions: words of a prompt that stand for learned vectors.

The vectors become rows of the text encoders' tables under tokens that no text can hold by itself,
and a word is replaced by its tokens before a text is encoded.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import AddedToken

from inference.weights.adapters import ONLY, vectors_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.weights.adapters import AdapterFile

logger = logging.getLogger(__name__)

FIRST_CODE = 0xF0000
"""Of the characters that are the tokens: Unicode leaves them to private use."""

LEGACY_END = 2
"""The end of a text in old configurations of CLIP, which means: the token of the highest number."""


def install_embeddings(model: Model, files: Mapping[str, AdapterFile]) -> None:
    """Give a model the textual inversions that can be used; the others are named in the log."""
    found: dict[str, tuple[Tensor, ...]] = {}
    for stem, file in files.items():
        if file.problem:
            continue
        try:
            words, vectors = _read(file.path, stem, len(_pairs(model)))
        except ValueError as error:
            logger.warning("%s is used without the embedding %s: %s.", model.id, stem, error)
            continue
        found |= {word: vectors for word in words if word not in found}
    if found:
        _install(model, found)


def replace_words(words: Mapping[str, str], text: str) -> str:
    """The text with the tokens of textual inversions in the place of their words, in any case."""
    if not words:
        return text
    return _pattern(tuple(words)).sub(lambda match: words[match[0].lower()], text)


@lru_cache(maxsize=32)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{longest_first})(?![\w-])", re.IGNORECASE)


def _pairs(model: Model) -> list[tuple[Any, Any]]:
    """The tokenizers with their text encoders."""
    parts = model.pipeline.components
    names = (("tokenizer", "text_encoder"), ("tokenizer_2", "text_encoder_2"))
    pairs = [(parts.get(tokenizer), parts.get(encoder)) for tokenizer, encoder in names]
    return [(tokenizer, encoder) for tokenizer, encoder in pairs if encoder is not None]


def _read(path: Path, stem: str, encoders: int) -> tuple[set[str], tuple[Tensor, ...]]:
    """The words of a textual inversion, and its vectors (count, width) for each text encoder."""
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ValueError("its file cannot be read") from error
    names = vectors_of({name: tuple(one.shape) for name, one in tensors.items()}, encoders)
    if names is None:
        raise ValueError("it is no textual inversion for this model")
    vectors = tuple(tensors[name].float().reshape(-1, tensors[name].shape[-1]) for name in names)
    if not all(bool(one.isfinite().all()) for one in vectors):
        raise ValueError("it has values that are not numbers")
    own = {names[0]} if encoders == 1 and names != (ONLY,) else set[str]()
    return {word.lower() for word in {stem, *own}}, vectors


def _install(model: Model, found: Mapping[str, tuple[Tensor, ...]]) -> None:
    code = FIRST_CODE
    tokens: list[str] = []
    rows: list[list[Tensor]] = [[] for _ in _pairs(model)]
    placed: dict[int, str] = {}
    for word, vectors in found.items():
        if id(vectors) not in placed:
            count = max(len(one) for one in vectors)
            new = [chr(code + number) for number in range(count)]
            code, placed[id(vectors)] = code + count, "".join(new)
            tokens += new
            for of_encoder, one in zip(rows, vectors, strict=True):
                # Where one encoder has fewer vectors, its last one is repeated.
                of_encoder += [one[min(number, len(one) - 1)] for number in range(count)]
        model.words[word] = placed[id(vectors)]
    for (tokenizer, encoder), of_encoder in zip(_pairs(model), rows, strict=True):
        _add_rows(tokenizer, encoder, tokens, of_encoder)


def _add_rows(tokenizer: Any, encoder: Any, tokens: list[str], rows: list[Tensor]) -> None:
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in tokens])
    ids = tokenizer.convert_tokens_to_ids(tokens)
    table = encoder.get_input_embeddings()
    encoder.resize_token_embeddings(max(len(tokenizer), table.num_embeddings), mean_resizing=False)
    table = encoder.get_input_embeddings()
    with torch.no_grad():
        for number, row in zip(ids, rows, strict=True):
            table.weight[number] = row.to(table.weight.device, table.weight.dtype)
    table.requires_grad_(requires_grad=False)
    for module in encoder.modules():
        if getattr(module, "eos_token_id", None) == LEGACY_END:
            # The new tokens have higher numbers than the end of a text.
            module.eos_token_id = tokenizer.eos_token_id
