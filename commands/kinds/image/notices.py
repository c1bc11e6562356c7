"""What a member is told about how pictures were ordered, and what the order is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commands.kinds.image.loras import takes_loras
from commands.languages import say_again, say_on_card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.catalogue.catalogue import Engine
    from generation.stability.fit import Fitted
    from prompts import Prompt

MAX_TITLE = 300
_LINE_ENDS = re.compile(r"(?<!\s)\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")


def one_line(text: str) -> str:
    """The text with a space for each end of a line."""
    return _LINE_ENDS.sub(" ", text)


def title_of(prompt: Prompt) -> str:
    """What is to be seen: the words as they are drawn, without weights, options and negatives."""
    wanted = [segment for segment in prompt.segments if segment.weight > 0] or prompt.segments
    title = one_line(", ".join(segment.plain for segment in wanted))
    return title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1] + "…"


def notices_of(prompt: Prompt, engine: Engine, drawn: Sequence[Fitted]) -> tuple[str, ...]:
    """What the prompt and the engine give to say, each once."""
    notices = [say_again(notice.text, say_on_card) for notice in prompt.notices]
    # Each once: permutations share most of them.
    notices += dict.fromkeys(
        say_again(notice.text, say_on_card) for one in drawn for notice in one.notices
    )
    has_emphasis = any(segment.is_emphasised for segment in prompt.segments)
    if has_emphasis and not engine.emphasis and not engine.is_rest:
        notices.append(
            say_on_card(
                "{engine} takes no emphasis; the words are drawn without it.", engine=engine.id
            )
        )
    left_out = () if takes_loras(engine) else prompt.loras
    for name in dict.fromkeys(lora.name for lora in left_out):
        notices.append(
            say_on_card("{engine} takes no LoRA; {name} is left out.", engine=engine.id, name=name)
        )
    if prompt.options.size and prompt.options.aspect:
        notices.append(say_on_card("Both a size and an aspect were given; the size counts."))
    if not all(one.request.is_reproducible for one in drawn):
        notices.append(say_on_card("With CLIP guidance the same seed may give another picture."))
    return tuple(notices)
