"""Whether an entry fits the transport that it names, before anything is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.catalogue.engine import GRPC, IMAGE, STABILITY_REST, TRANSPORTS
from generation.stability.fields import ASPECTS, Choice, Figure, Text, Upload
from generation.stability.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.catalogue.engine import Engine
    from generation.stability.operations import Operation

REST_KEYS = ("endpoint", "model", "mask_endpoint", "mask_price")
"""What only engines of the REST transport have."""


def transport_problem(engine: Engine) -> str | None:
    """Why the engine's entry does not fit its transport, or None."""
    if engine.transport not in TRANSPORTS:
        return f"transport: {engine.transport} is none of {', '.join(TRANSPORTS)}"
    if engine.transport == GRPC:
        for key in REST_KEYS:
            if getattr(engine, key):
                return f"{key}: only engines of the transport {STABILITY_REST} have one"
        return None
    return _rest_problem(engine)


def _rest_problem(engine: Engine) -> str | None:
    operation = OPERATIONS.get(engine.endpoint)
    if operation is None:
        return f"endpoint: {engine.endpoint or 'nothing'} is none of {', '.join(OPERATIONS)}"
    if engine.kind != operation.kind:
        return f"kind: {operation.path} is of the kind {operation.kind}, not {engine.kind}"
    problems = (check(engine, operation) for check in _CHECKS)
    return next((problem for problem in problems if problem), None)


def _model_problem(engine: Engine, operation: Operation) -> str | None:
    model = operation.fields.get("model")
    names = model.names if isinstance(model, Choice) else ("",)
    if engine.model in names:
        return None
    if names == ("",):
        return f"model: {operation.path} has no models"
    return f"model: {engine.model or 'nothing'} is none of {', '.join(names)}"


def _features_problem(engine: Engine, operation: Operation) -> str | None:
    for key, has_it, field in (
        ("styles", engine.styles, "style_preset"),
        ("init_image", engine.init_image and engine.kind == IMAGE, "strength"),
    ):
        if has_it and field not in operation.fields:
            return f"{key}: {operation.path} has no {field}"
    if engine.clip_guidance:
        return f"clip_guidance: {operation.path} has none"
    if engine.samplers:
        return f"samplers: {operation.path} has none; write samplers = []"
    if engine.max_steps:
        return f"max_steps: {operation.path} has no steps; write 0"
    if engine.max_samples != 1:
        return f"max_samples: one request makes one picture, not {engine.max_samples}"
    return None


def _limits_problem(engine: Engine, operation: Operation) -> str | None:
    cfg = operation.fields.get("cfg_scale", Figure(0, 0))
    if isinstance(cfg, Figure) and not cfg.low <= engine.min_cfg_scale <= engine.max_cfg_scale <= (
        cfg.high
    ):
        return f"max_cfg_scale: {operation.path} takes {cfg.low:g} to {cfg.high:g}"
    prompt, seed = operation.fields.get("prompt"), operation.fields.get("seed")
    if isinstance(prompt, Text) and engine.max_prompt_chars > prompt.longest:
        return f"max_prompt_chars: {operation.path} takes at most {prompt.longest}"
    if isinstance(seed, Figure) and engine.max_seed > seed.high:
        return f"max_seed: {operation.path} takes at most {seed.high:.0f}"
    return None


def _aspects_problem(engine: Engine, operation: Operation) -> str | None:
    if engine.kind != IMAGE:
        return None
    written = [f"{across}:{down}" for across, down in engine.aspects]
    if not written:
        return f"aspects: {operation.path} draws by aspect; write some of {', '.join(ASPECTS)}"
    wrong = next((aspect for aspect in written if aspect not in ASPECTS), None)
    return f"aspects: {wrong} is none of {', '.join(ASPECTS)}" if wrong else None


def _mask_problem(engine: Engine, _operation: Operation) -> str | None:
    if engine.kind != IMAGE:
        return None
    if bool(engine.mask_endpoint) != engine.mask or bool(engine.mask_price) != engine.mask:
        return "mask: it needs a mask_endpoint and a mask_price, and they need it"
    if not engine.mask:
        return None
    endpoint = OPERATIONS.get(engine.mask_endpoint)
    if endpoint is None or not isinstance(endpoint.fields.get("mask"), Upload):
        return f"mask_endpoint: {engine.mask_endpoint} takes no mask"
    if "prompt" not in endpoint.fields:
        return f"mask_endpoint: {engine.mask_endpoint} draws nothing"
    return None


_CHECKS: tuple[Callable[[Engine, Operation], str | None], ...] = (
    _model_problem,
    _features_problem,
    _limits_problem,
    _aspects_problem,
    _mask_problem,
)
