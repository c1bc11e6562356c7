"""What was typed, made ready to be read, with the way back to the places of what was typed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prompts.escapes import hide_square, mask
from prompts.foreign.loras import find_loras
from prompts.model import Mistake, PromptError
from prompts.signs import invisible_edges
from sentences import Sentence

if TYPE_CHECKING:
    from prompts.model import Lora
    from prompts.notices import Notices

Range = tuple[int, int]

_SPACES = re.compile(r"\s*")
_BRACE = re.compile(r"[{}]")
_BRACE_OR_BAR = re.compile(r"[{}|]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Source:
    """A text that lacks some of the characters of what was typed, whose places it knows."""

    typed: str
    text: str
    origins: list[int] | None = None
    loras: tuple[Lora, ...] = field(default=())

    def origin(self, position: int) -> int:
        """The place in what was typed."""
        return position if self.origins is None else self.origins[position]

    def without(self, spans: list[Range], filler: str = "") -> Source:
        """The source without those spans, which are in order; a filler stands for each."""
        if not spans:
            return self
        origins = self.origins or list(range(len(self.text) + 1))
        pieces: list[str] = []
        kept: list[int] = []
        cursor = 0
        for start, end in spans:
            pieces += [self.text[cursor:start], filler]
            kept += origins[cursor:start] + [origins[start]] * len(filler)
            cursor = end
        pieces.append(self.text[cursor:])
        kept += origins[cursor:]
        return Source(self.typed, "".join(pieces), kept, self.loras)

    def place(self, mistake: Mistake) -> Mistake:
        """A mistake in the text as one in what was typed."""
        if self.origins is None:
            return mistake
        start = self.origins[mistake.position]
        length = len(mistake.offending)
        # An offending text is quoted as it was typed, with all that stands within it.
        end = self.origins[mistake.position + length - 1] + 1 if length else start
        cut = mistake.unknown and (self.origin(mistake.unknown[0]), self.origin(mistake.unknown[1]))
        return Mistake(start, self.typed[start:end], mistake.reason, mistake.suggestion, cut)


def prepare(typed: str, notices: Notices) -> Source:
    """The text without what cannot be sent or seen, and what other programs mean by some signs."""
    cleaned = _clean(typed, notices)
    source = Source(cleaned, cleaned).without(invisible_edges(cleaned))
    if "<" in source.text or "\uff1c" in source.text:
        try:
            loras, spans = find_loras(source.text, mask(source.text))
        except PromptError as error:
            raise PromptError.of([source.place(error.mistakes[0])]) from None
        source = source.without(spans, " ")
        source = Source(source.typed, source.text, source.origins, tuple(loras))
    masked = mask(source.text)
    spans, opened = _redundant_braces(masked)
    if opened:
        # A bar of those braces separates nothing once they are gone.
        if bars := _bars_directly_in(hide_square(masked), {start for start, _ in spans}):
            source = source.without([(at, at) for at in bars], "\\")
            spans, opened = _redundant_braces(mask(source.text))
        position = source.origin(opened[0])
        notices.add(
            position,
            Sentence("{{…}} is another program's emphasis; it is read without the braces."),
        )
    return source.without(spans)


def _clean(text: str, notices: Notices) -> str:
    """The text without what cannot be sent, character for character."""
    control = _CONTROL.search(text)
    if control:
        notices.add(control.start(), Sentence("Control characters are read as spaces."))
        text = _CONTROL.sub(" ", text)
    surrogate = _SURROGATE.search(text)
    if surrogate:
        notices.add(
            surrogate.start(),
            Sentence("Half characters cannot be sent and are replaced by “\ufffd”."),
        )
        text = _SURROGATE.sub("\ufffd", text)
    return text


def _redundant_braces(masked: str) -> tuple[list[Range], list[int]]:
    """The braces of pairs whose whole content is one other pair, and where such nests begin.

    The innermost pair of a nest goes as well, unless it stands inside other braces: there its
    content is one of the alternatives.
    """
    closers = _pairs(masked)
    dropped: list[int] = []
    opened: list[int] = []
    nest_until = braces_until = -1
    for start in sorted(closers):
        end, inner = closers[start], _only_pair(masked, closers, start)
        if start < nest_until:
            # Within a nest: it goes, and so does the innermost one where nothing is around.
            is_innermost = inner is None
            if not is_innermost or start > braces_until:
                dropped += [start, end]
            if is_innermost:
                nest_until = -1
                braces_until = max(braces_until, end if start < braces_until else -1)
        elif inner is not None:
            opened.append(start)
            dropped += [start, end]
            nest_until = end
        else:
            braces_until = max(braces_until, end)
    return [(at, at + 1) for at in sorted(dropped)], opened


def _bars_directly_in(masked: str, braces: set[int]) -> list[int]:
    """The bars whose innermost braces are some of those."""
    opened: list[int] = []
    bars: list[int] = []
    for match in _BRACE_OR_BAR.finditer(masked):
        sign = match.group()
        if sign == "{":
            opened.append(match.start())
        elif sign == "}":
            if opened:
                opened.pop()
        elif opened and opened[-1] in braces:
            bars.append(match.start())
    return bars


def _only_pair(masked: str, closers: dict[int, int], start: int) -> int | None:
    """Where the pair begins that is the whole content of another one."""
    inner = _SPACES.match(masked, start + 1).end()  # pyright: ignore[reportOptionalMemberAccess]
    end = closers.get(inner)
    if end is None or masked[end + 1 : closers[start]].strip():
        return None
    return inner


def _pairs(masked: str) -> dict[int, int]:
    """The closing brace of each opening one."""
    closers: dict[int, int] = {}
    opened: list[int] = []
    for match in _BRACE.finditer(masked):
        if match.group() == "{":
            opened.append(match.start())
        elif opened:
            closers[opened.pop()] = match.start()
    return closers
