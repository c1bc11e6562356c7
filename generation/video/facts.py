"""What a server says of its engines that make films: whether words count, sizes and length."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Engine

MAX_SIZES = 25
Side = Annotated[int, Field(ge=64, le=4096)]
Size = tuple[Side, Side]


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """Sizes are in pixels; a segment is so many seconds long."""

    takes_prompt: bool
    sizes: tuple[tuple[int, int], ...]
    segment_s: float


class _Told(BaseModel):
    prompt: bool = False
    sizes: Annotated[list[Size], Field(min_length=1, max_length=MAX_SIZES)]
    seconds: Annotated[float, Field(gt=0, le=3600)]


def read_film_facts(text: str) -> dict[str, FilmFacts]:
    """The facts by engine id; none of those that a server tells in another form."""
    try:
        entries = TypeAdapter(dict[str, Any]).validate_json(text)
    except ValidationError:
        return {}
    return {
        engine_id: FilmFacts(told.prompt, tuple(told.sizes), told.seconds)
        for engine_id, entry in entries.items()
        if (told := _told(entry)) is not None
    }


def _told(entry: Any) -> _Told | None:
    try:
        return _Told.model_validate(entry)
    except ValidationError:
        return None


def with_facts(engine: Engine, facts: FilmFacts | None) -> Engine:
    """The engine as its server says that it is; without facts as the catalogue does."""
    if facts is None:
        return engine
    is_usual = engine.default_size in facts.sizes
    return replace(
        engine,
        takes_prompt=facts.takes_prompt,
        sizes=facts.sizes,
        default_size=engine.default_size if is_usual else facts.sizes[0],
        segment_s=_rounded(engine.segment_s, facts.segment_s),
    )


def _rounded(known_s: float, told_s: float) -> float:
    """The catalogue's length where it is the told one but for rounding: people read it."""
    return known_s if abs(known_s - told_s) < 0.5 else round(told_s, 1)
