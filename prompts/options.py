"""Options at the end of a prompt: `--ar 3:2 --seed 7 --no fog, blur`."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prompts import permutations
from prompts.escapes import mask
from prompts.foreign.names import FLAGS_ELSEWHERE, OTHER_NAMES, STYLES_ELSEWHERE, read_sampler
from prompts.markers import NAMES, NO, find_markers
from prompts.model import Mistake, Options, PromptError
from prompts.notices import without
from prompts.signs import fold
from prompts.slips import nearest_name
from prompts.values import FLAGS, TRAILING, BadValue, find_value
from prompts.weights import shorten
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Collection

    from prompts.markers import Marker
    from prompts.notices import Notices
    from prompts.values import Typed

_NAME = re.compile(r"[^\s=]+")
_GLUED = re.compile(r"(?ai:(" + "|".join(NAMES) + r"))[:]?([0-9.].*)?")
_LISTED = ", ".join(f"--{name}" for name in NAMES)
_REFERENCES = re.compile(r"(?:\s+(?:https?://\S+|[0-9]+(?:::[0-9.]+)?(?!\S)))+")
"""The addresses or numbers of pictures that one flag may take."""
_TYPED_VALUE = re.compile(r"[ \t]*(?:=[ \t]*)?(\S+)")


@dataclass(slots=True)
class Tail:
    """The options of a prompt: where they start, their values, the list of `--no`.

    `values` and `positions` go by the fields of Options; a seed of 0 is still there.
    """

    start: int
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    positions: dict[str, int] = field(default_factory=dict[str, int])
    no: tuple[int, int] | None = None
    markers: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class _Reader:
    """Reads the options of a text one after the other; `folded` has its signs as ASCII ones."""

    text: str
    folded: str
    notices: Notices
    tail: Tail
    seen: set[str] = field(default_factory=set[str])

    def read(self, marker: Marker, end: int) -> None:
        """Read the option between a marker and an end."""
        found = _NAME.match(self.folded, marker.end, end)
        rest = found.end() if found else end
        typed = self.folded[marker.end : rest]
        plain = typed.rstrip(TRAILING)
        name, after = plain.lower(), marker.end + len(plain)
        if name in NAMES:
            self._known(marker, name, after, end)
        elif glued := _GLUED.fullmatch(typed):
            whole = self.text[marker.start : rest]
            right = f"--{glued.group(1).lower()} {shorten(glued.group(2) or '')}".rstrip()
            self._refuse(
                marker.start,
                whole,
                Sentence("A space is missing in {option}", option=shorten(whole)),
                right,
            )
        else:
            self._unknown(marker, name, after, end)

    def _known(self, marker: Marker, name: str, rest: int, end: int) -> None:
        typed = self.text[marker.start : rest]
        if name in self.seen:
            self._refuse(marker.start, typed, Sentence("--{name} is there twice", name=name))
            return
        self.seen.add(name)
        if not marker.is_usual:
            self.notices.add(
                marker.start, Sentence("{typed} is read as --{name}.", typed=typed, name=name)
            )
        if name == NO:
            self._no(marker, rest, end)
            return
        value = find_value(self.folded, name, rest, end)
        if value is None:
            reason, example = (
                Sentence("--{name} needs {what}", name=name, what=FLAGS[name][1].what),
                FLAGS[name][1].example,
            )
            self._refuse(marker.start, typed, reason, f"--{name} {example}")
        elif name == "style" and value.text.lower() in STYLES_ELSEWHERE:
            reason = Sentence(
                "--style {text} is Midjourney's; here --style has names of its own", text=value.text
            )
            self._refuse_unknown(marker.start, reason, value.end, (value.rest, end))
        else:
            self._value(marker, name, value, end)

    def _value(self, marker: Marker, flag: str, value: Typed, end: int) -> None:
        name, kind = FLAGS[flag]
        shown = self.text[value.start : value.end]
        option = f"--{flag} {shown}"
        self._check_alone(option, value.rest, end)
        try:
            self.tail.values[name] = kind.read(value.text)
        except BadValue as bad:
            reason = Sentence(
                "--{flag} {takes}, not {value}",
                flag=flag,
                takes=bad.reason,
                value=shorten(shown),
            )
            self._refuse(value.start, shown, reason, bad.suggestion)
        self.tail.positions[name] = marker.start
        passed = self.text[value.end : value.rest].strip()
        if passed:
            self.notices.add(
                value.end,
                Sentence(
                    "The {passed} after {option} is left out.",
                    passed=passed,
                    option=shorten(option),
                ),
            )
        if flag == "sampler":
            self._tell_schedule(value)

    def _tell_schedule(self, value: Typed) -> None:
        known, schedule = read_sampler(value.text)
        self.tail.values["sampler"] = known
        if schedule:
            text = Sentence(
                "{text} is read as {known}; a {schedule} schedule cannot be chosen here.",
                text=value.text,
                known=known,
                schedule=schedule,
            )
            self.notices.add(value.start, text)

    def _unknown(self, marker: Marker, name: str, rest: int, end: int) -> None:
        whole = self.text[marker.start : rest]
        value = _REFERENCES.match(self.folded, rest, end) if name in FLAGS_ELSEWHERE else None
        value = value or _TYPED_VALUE.match(self.folded, rest, end)
        has_value = value is not None and not self.folded[value.end() : end].strip()
        if name in FLAGS_ELSEWHERE:
            instead, takes_value = FLAGS_ELSEWHERE[name]
            reason, suggestion = (
                Sentence("--{name} is Midjourney's; {instead}", name=name, instead=instead),
                None,
            )
            has_value = value is not None and takes_value
        elif near := OTHER_NAMES.get(name) or nearest_name(name, NAMES, OTHER_NAMES):
            reason, suggestion = (
                Sentence("There is no option {option}", option=shorten(whole)),
                f"--{near}",
            )
        else:
            reason, suggestion = (
                Sentence(
                    "There is no option {option}; there are {known}",
                    option=shorten(whole),
                    known=_LISTED,
                ),
                None,
            )
        until = value.end() if value is not None and has_value else rest
        self._refuse_unknown(marker.start, reason, rest, (until, end), suggestion)

    def _refuse_unknown(
        self,
        start: int,
        reason: Sentence,
        rest: int,
        region: tuple[int, int],
        suggestion: str | None = None,
    ) -> None:
        """Refuse an option that is none, and the text that follows it."""
        until, end = region
        typed = self.text[start:rest]
        self.notices.refuse(Mistake(start, typed, reason, suggestion, (start, until)))
        self._check_alone(self.text[start:until], until, end)

    def _no(self, marker: Marker, start: int, end: int) -> None:
        if self.folded[start : start + 1] == "=":
            start += 1
        if not self.folded[start:end].replace(",", "").strip():
            typed = self.text[marker.start : start]
            self._refuse(
                marker.start, typed, Sentence("--no needs something to avoid"), "--no fog, blur"
            )
            return
        self.tail.no = start, end

    def _check_alone(self, option: str, start: int, end: int) -> None:
        extra = self.text[start:end].strip()
        if extra.strip(TRAILING):
            reason = Sentence(
                "Options come last, so no text can follow {option}", option=shorten(option)
            )
            suggestion = f"{shorten(extra)} {shorten(option)}"
            self._refuse(self.text.index(extra, start), extra, reason, suggestion)

    def _refuse(
        self, position: int, offending: str, reason: Sentence, suggestion: str | None = None
    ) -> None:
        self.notices.refuse(Mistake(position, offending, reason, suggestion))


def read_tail(text: str, masked: str, notices: Notices) -> Tail:
    """Read the options at the end of a text; what is unknown, repeated or wrong is refused.

    Raises:
        PromptError: an option inside braces.
    """
    found = find_markers(masked)
    tail = Tail(found[0].start if found else len(text))
    tail.markers = [marker.start for marker in found]
    _check_outside_braces(text, masked, tail)
    reader = _Reader(text, fold(text), notices, tail)
    for marker, end in zip(found, [*tail.markers[1:], len(text)], strict=False):
        reader.read(marker, end)
    return tail


def merge(tail: Tail, slash: Options | None, notices: Notices) -> Options:
    """The options of text and command together: the command's win, with a notice."""
    values = dict(tail.values)
    for flag, (name, _) in FLAGS.items() if slash else ():
        chosen = getattr(slash, name)
        if chosen is None:
            continue
        if name in values and values[name] != chosen:
            notices.add(
                tail.positions[name],
                Sentence("The command's own {name} replaces --{flag}.", name=name, flag=flag),
            )
        values[name] = chosen
    if slash:
        _settle_shape(values, slash, tail, notices)
    if not values.get("seed"):
        values["seed"] = None
    return Options(**values)


def _settle_shape(values: dict[str, Any], slash: Options, tail: Tail, notices: Notices) -> None:
    """A shape that the command gives beats the other way of giving one in the text."""
    for name, other, flag in (("aspect", "size", "size"), ("size", "aspect", "ar")):
        if getattr(slash, name) and not getattr(slash, other) and other in values:
            del values[other]
            notices.add(
                tail.positions[other],
                Sentence("The command's own {name} replaces --{flag}.", name=name, flag=flag),
            )


def without_options(text: str, names: Collection[str]) -> str:
    """The text without its options of those names, also where it cannot be read."""
    folded, found = fold(text), find_markers(mask(text))
    ends = [*(marker.start for marker in found[1:]), len(text)]
    cuts: list[tuple[int, int]] = []
    for marker, end in zip(found, ends, strict=False):
        typed = _NAME.match(folded, marker.end, end)
        plain = typed.group().rstrip(TRAILING) if typed else ""
        if plain.lower() in names:
            after = marker.end + len(plain)
            value = find_value(folded, plain.lower(), after, end)
            cuts.append((marker.start, value.end if value else after))
    return without(text, cuts) or "" if cuts else text


def _check_outside_braces(text: str, masked: str, tail: Tail) -> None:
    if not tail.markers or "{" not in masked[: tail.start]:
        return
    for start, end in permutations.scan(masked).outermost():
        inside = bisect_right(tail.markers, start)
        if inside < len(tail.markers) and tail.markers[inside] < end:
            position = tail.markers[inside]
            reason = Sentence("Options cannot stand inside braces, only after the whole text")
            raise PromptError(position, text[position:end], reason)
