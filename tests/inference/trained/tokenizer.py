"""A CLIP tokenizer: single bytes, and the words of the captions as whole tokens."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import transformers

from tests.inference.trained.drawings import BACKGROUNDS, COLOURS, SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator


WORDS = (
    *("a", "an", "and", "on", "at", "of", "the", "picture", "shape", "background", "small"),
    *("large", "left", "right", "top", "bottom", *COLOURS, *SHAPES, *BACKGROUNDS),
)

END = "</w>"
MAX_TOKENS = 77


def build_tokenizer() -> Any:
    """A CLIPTokenizer with the whole words as tokens; the end token has the largest number."""
    letters = list(_byte_letters())
    merges = list(_merges(WORDS))
    tokens = [*letters, *(letter + END for letter in letters)]
    tokens += ["".join(merge) for merge in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    return transformers.CLIPTokenizer(
        vocab=vocabulary, merges=merges, model_max_length=MAX_TOKENS, pad_token="<|endoftext|>"
    )


def _byte_letters() -> Iterator[str]:
    """The printable character of each byte (GPT-2's bytes_to_unicode)."""
    printable = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    spare = 0x100
    for byte in range(256):
        if byte in printable:
            yield chr(byte)
        else:
            yield chr(spare)
            spare += 1


def _merges(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Merges that make each word one token, each word with the merges of those before it."""
    ranks: dict[tuple[str, str], int] = {}
    for word in words:
        parts = _merged([*word[:-1], word[-1] + END], ranks)
        while len(parts) > 1:
            pair = (parts[0], parts[1])
            ranks[pair] = len(ranks)
            yield pair
            parts = _merged(parts, ranks)


def _merged(parts: list[str], ranks: dict[tuple[str, str], int]) -> list[str]:
    """Byte-pair encoding with the merges so far: the lowest rank first."""
    while True:
        pairs = [pair for pair in pairwise(parts) if pair in ranks]
        if not pairs:
            return parts
        first, second = min(pairs, key=lambda pair: ranks[pair])
        joined: list[str] = []
        for part in parts:
            if joined and joined[-1] == first and part == second:
                joined[-1] = first + second
            else:
                joined.append(part)
        parts = joined
