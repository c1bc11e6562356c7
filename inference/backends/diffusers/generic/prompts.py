"""What a pipeline is told of the words of a request."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from generation.errors import BadRequest
from inference.backends.diffusers.conditioning.mixture import NO_TEXT, mix, plain
from inference.backends.diffusers.generic.embeddings import encoder_of, tell_mixture

if TYPE_CHECKING:
    from generation.request import ImageRequest
    from inference.backends.diffusers.conditioning.mixture import Mixture
    from inference.backends.diffusers.generic.contract import Contract

_BLANK = " "
"""A negative prompt of no words; Qwen-Image does not guide without any."""
_UNBOUNDED = 1_000_000
"""Above it a tokenizer's length means that it has none."""


def tell_words(pipeline: Any, contract: Contract, request: ImageRequest) -> dict[str, Any]:
    """What the call is told of the prompts; the pipeline encodes texts that have to be mixed.

    Raises:
        BadRequest: they are too long, or weighed in a way that the pipeline cannot follow.
    """
    mixture = mix(request.prompts)
    if mixture.unwanted and not contract.guides(request.cfg_scale):
        hint = "; ask for cfg above 1" if contract.is_free else ""
        raise BadRequest(
            "prompt",
            f"{request.engine_id} draws without guidance here, so words of negative weight"
            f" would not count: leave them out{hint}",
        )
    for text in mixture.texts:
        _check_length(pipeline, contract, request.engine_id, plain(text))
    pushes_text = "negative_prompt" in contract.takes
    if _is_plain(mixture) and (pushes_text or not mixture.unwanted):
        return _as_text(contract, request, mixture)
    encode = encoder_of(contract.kind.__name__)
    if encode is None:
        raise BadRequest(
            "prompt",
            f"{request.engine_id} weighs no prompts: it takes one prompt, and against it none or"
            " one of the same weight",
        )
    is_guided = contract.guides(request.cfg_scale)
    return tell_mixture(pipeline, mixture, encode, is_guided=is_guided)


def _is_plain(mixture: Mixture) -> bool:
    """Whether it is one prompt, with none or one of the same weight against it."""
    one = len(mixture.wanted) == 1 and len(mixture.unwanted) <= 1
    return one and mixture.negative_scale in (0.0, 1.0)


def _as_text(contract: Contract, request: ImageRequest, mixture: Mixture) -> dict[str, Any]:
    told = {"prompt": plain(next(iter(mixture.wanted)))}
    if contract.guides(request.cfg_scale) and "negative_prompt" in contract.takes:
        unwanted = next(iter(mixture.unwanted), None)
        needs_any = "true_cfg_scale" in contract.takes
        told["negative_prompt"] = plain(unwanted or NO_TEXT) or (_BLANK if needs_any else "")
    return told


def _check_length(pipeline: Any, contract: Contract, engine_id: str, text: str) -> None:
    """Refuse a text whose end the pipeline would leave out without a word."""
    tokenizer, limit = _reader(pipeline, contract)
    if tokenizer is None or limit >= _UNBOUNDED:
        return
    if getattr(tokenizer, "chat_template", None):
        turns = [{"role": "user", "content": text}]
        text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    count = len(tokenizer(text).input_ids)
    if count > limit:
        raise BadRequest(
            "prompt",
            f"{count} tokens are more than the {limit} that {engine_id} reads; shorten it",
        )


def _reader(pipeline: Any, contract: Contract) -> tuple[Any, int]:
    """The tokenizer that reads a text furthest, and how many tokens it may have.

    CLIP's encoders read 77, and what others read the call says.
    """
    found: list[tuple[int, Any]] = []
    length = inspect.signature(contract.kind.__call__).parameters.get("max_sequence_length")
    for name, part in pipeline.components.items():
        is_used = pipeline.components.get(name.replace("tokenizer", "text_encoder")) is not None
        if not name.startswith("tokenizer") or part is None or not is_used:
            continue
        tokenizer = getattr(part, "tokenizer", part)
        is_clip = "CLIP" in type(tokenizer).__name__
        most = tokenizer.model_max_length if is_clip or length is None else length.default
        found.append((int(most), tokenizer))
    most, tokenizer = max(found, key=lambda one: one[0], default=(_UNBOUNDED, None))
    return tokenizer, most
