"""The words of a film: what its engine is told of a prompt, and whether it counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commands.languages import marked, say, say_on_card
from generation.errors import BadRequest
from generation.stability.prompt_text import Run, WeightedText, write_prompt
from prompts import Options, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.catalogue.catalogue import Engine
    from prompts import Segment

NO_OPTIONS = marked(
    "Options like --ar in the words don't count; the picture and the command's own do."
)
NO_WEIGHTS = marked("Films take words without weights and emphasis.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmWords:
    """Both prompts as they travel, and what the card says of them."""

    prompt: str = ""
    negative_prompt: str = ""
    notices: tuple[str, ...] = ()


def read_words(typed: str, engine: Engine) -> FilmWords:
    """What somebody typed beside a picture.

    Raises:
        PromptError, BadRequest
    """
    if not engine.takes_prompt:
        name = engine.name or engine.id
        return FilmWords(
            notices=(
                say_on_card(
                    "The words don't count: {engine} goes by the picture alone.", engine=name
                ),
            )
        )
    prompt = parse(typed)
    first, *others = prompt.variants
    if others:
        raise BadRequest("prompt", say("one film is made of one prompt; leave out {alternatives}"))
    words = _words(first, engine)
    is_plain = prompt.options == Options()
    return words if is_plain else replace(words, notices=(*words.notices, say_on_card(NO_OPTIONS)))


def words_of_picture(prompt: str, engine: Engine) -> FilmWords:
    """The words that the picture was drawn from; one of several variants it does not tell."""
    if not prompt or not engine.takes_prompt:
        return FilmWords()
    first, *others = parse(prompt).variants
    if others:
        return FilmWords(notices=(say_on_card("The words don't count: they have {alternatives}."),))
    return _words(first, engine)


def _words(segments: Sequence[Segment], engine: Engine) -> FilmWords:
    text = write_prompt(
        [WeightedText((Run(segment.plain),), segment.weight) for segment in segments],
        reads_weights=False,
    )
    for words in (text.prompt, text.negative):
        if len(words) > engine.max_prompt_chars:
            reason = say(
                "it is longer than the {limit} characters that {engine} reads",
                limit=f"{engine.max_prompt_chars:,}",
                engine=engine.name or engine.id,
            )
            raise BadRequest("prompt", reason)
    is_weighed = bool(text.losses) or any(segment.is_emphasised for segment in segments)
    return FilmWords(
        prompt=text.prompt,
        negative_prompt=text.negative,
        notices=(say_on_card(NO_WEIGHTS),) if is_weighed else (),
    )
