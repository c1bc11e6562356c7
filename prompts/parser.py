"""Reading a whole prompt."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from prompts import permutations
from prompts.canonical import protect_all
from prompts.emphasis import read_emphasis
from prompts.escapes import mask
from prompts.foreign.names import tell_foreign_signs
from prompts.foreign.recipe import find_recipe, read_settings
from prompts.markers import GLUED
from prompts.model import Mistake, Options, PromptError, Segment
from prompts.notices import Notices
from prompts.options import Tail, merge, read_tail
from prompts.permutations import strip
from prompts.prompt import Prompt, check_pictures
from prompts.segments import NO_WEIGHT, Part, split, split_no
from prompts.signs import is_visible
from prompts.source import prepare
from sentences import Sentence

if TYPE_CHECKING:
    from prompts.foreign.recipe import Recipe
    from prompts.permutations import Braces, Range
    from prompts.source import Source

MAX_CHARS = 6000
"""The longest prompt, in code points; Discord's own limit for a slash option."""

# How much of a text that is wrong as a whole an error quotes, in code points.
_EXCERPT = 40

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def parse(text: str, *, slash: Options | None = None) -> Prompt:
    """Read what a member typed; options of the command beat the same options in the text.

    Linear in the length of the text, which is at most MAX_CHARS code points.

    Raises:
        PromptError: the only one, whatever the text.
    """
    try:
        return _parse(text, slash)
    except PromptError as error:
        if error.remedy and not _is_readable(error.remedy, slash):
            error.remedy = None
        raise


def _is_readable(text: str, slash: Options | None) -> bool:
    try:
        _parse(text, slash)
    except PromptError:
        return False
    return True


def _parse(text: str, slash: Options | None) -> Prompt:
    _check_length(text)
    notices = Notices()
    source = prepare(text, notices)
    notices.read(source)
    try:
        prompt = _read(source, slash, notices)
    except PromptError as error:
        for mistake in error.mistakes:
            notices.refuse(mistake)
        raise notices.error() from None
    # The canonical text can be longer than what was typed, and has to be readable as well.
    if len(prompt.canonical) > MAX_CHARS:
        reason = Sentence(
            "Written out in full, the prompt has {count:,} characters,"
            " more than the {limit:,} allowed",
            count=len(prompt.canonical),
            limit=MAX_CHARS,
        )
        raise PromptError(0, source.typed[:_EXCERPT], reason)
    return prompt


def _read(source: Source, slash: Options | None, notices: Notices) -> Prompt:
    text = source.text
    masked = mask(text)
    tail = read_tail(text, masked, notices)
    recipe = find_recipe(text, masked, tail.start)
    if recipe:
        read_settings(text, recipe, tail, notices)
    end = recipe.start if recipe else tail.start
    tell_foreign_signs(text, masked, end, notices)
    _tell_glued(text, masked, end, notices)
    parts, marks = _parts(text, masked, end, recipe, tail, notices)
    if not parts:
        notices.stop()
        start, end = strip(text, 0, end)
        raise PromptError(start, text[start:end], Sentence("There is nothing to draw"))
    if all(part.weight < 0 for part in parts):
        notices.add(
            parts[0].start, Sentence("There is nothing to draw here, only something to avoid.")
        )
    positions = sorted(marks)
    trees = [_tree(part, marks, positions) for part in parts]
    notices.stop()
    options = merge(tail, slash, notices)
    _check_pictures(text, trees, options, tail.positions.get("count", 0))
    _check_variants(text, masked, trees, notices)
    notices.stop()
    # Each on its own, where nothing around it ends its addresses.
    texts = protect_all(text[part.start : part.end] for part in parts)
    segments = tuple(map(Segment, texts, (part.weight for part in parts)))
    return Prompt(segments, options, notices.all(), source.loras)


def _tell_glued(text: str, masked: str, end: int, notices: Notices) -> None:
    """Say of an option without a space before it that it is none."""
    if match := GLUED.search(masked, 0, end):
        typed = text[match.start() : match.end()]
        notices.add(
            match.start(),
            Sentence("{typed} is drawn as text: an option follows a space.", typed=typed),
        )


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARS:
        surplus = _SURROGATE.sub("\ufffd", text[MAX_CHARS : MAX_CHARS + _EXCERPT])
        reason = _too_long(text)
        raise PromptError(MAX_CHARS, surplus, reason)


def _too_long(text: str) -> Sentence:
    return Sentence(
        "The prompt has {count:,} characters, more than the {limit:,} allowed",
        count=len(text),
        limit=MAX_CHARS,
    )


def _parts(
    text: str, masked: str, end: int, recipe: Recipe | None, tail: Tail, notices: Notices
) -> tuple[list[Part], dict[int, str]]:
    """The segments in place, and the marks of the permutations in them."""
    braces = permutations.scan_braces(masked, 0, end)
    _check_separators(text, braces)
    parts = split(text, masked, end, braces, notices)
    _tell_loose(masked, braces, notices)
    marks = dict(braces.marks)
    if recipe and recipe.negative:
        avoided = permutations.scan_braces(masked, *recipe.negative)
        _check_separators(text, avoided)
        start, until = strip(text, *recipe.negative)
        parts += [Part(start, until, NO_WEIGHT)] if is_visible(text[start:until]) else []
        marks |= avoided.marks
    if tail.no is None:
        return parts, marks
    listed = permutations.scan(masked, *tail.no)
    _check_separators(text, listed)
    parts += split_no(text, masked, tail.no, listed, notices)
    _tell_loose(masked, listed, notices)
    return parts, marks | listed.marks


def _check_separators(text: str, braces: Braces) -> None:
    if braces.mixed:
        at = braces.mixed[0]
        reason = Sentence(
            "Between braces, separate by commas or by bars, not by both (write \\| for the sign)"
        )
        raise PromptError(at, text[at : at + 1], reason)


def _tell_loose(masked: str, braces: Braces, notices: Notices) -> None:
    for position in braces.loose:
        if masked[position - 1 : position] not in (":", ";", "="):
            text = Sentence(
                "The bracket {bracket} has no partner and is read as text.",
                bracket=masked[position],
            )
            notices.add(position, text)


def _tree(part: Part, marks: dict[int, str], positions: list[int]) -> permutations.Sequence:
    low, high = bisect_left(positions, part.start), bisect_left(positions, part.end)
    return permutations.tree(marks, positions[low:high], part.start, part.end)


def _check_pictures(
    text: str, trees: list[permutations.Sequence], options: Options, counted_at: int
) -> None:
    pictures = options.count or 1
    for tree in trees:
        pictures = min(permutations.COUNT_CAP, pictures * tree.count)
    start, end = _permuted(trees)
    if start < end:
        check_pictures(pictures, start, text[start:end])
    else:
        check_pictures(pictures, counted_at, str(options.count))


def _check_variants(
    text: str, masked: str, trees: list[permutations.Sequence], notices: Notices
) -> None:
    """Read each variant of each segment once; there are few of them by now."""
    can_be_empty = True
    for tree in trees:
        variants = [
            permutations.join(text, masked, ranges) for ranges in permutations.expand(text, tree)
        ]
        can_be_empty = can_be_empty and not all(is_visible(variant) for variant, _ in variants)
        for variant, origins in variants:
            _tell_emphasis(text, variant, origins, notices)
    if can_be_empty:
        start, end = _permuted(trees)
        reason = Sentence("With the empty alternative there is nothing to draw")
        raise PromptError(start, text[start:end], reason)


def _permuted(trees: list[permutations.Sequence]) -> Range:
    """From the first permutation's brace to the last one's."""
    groups = [group for tree in trees for group in tree.groups]
    return (groups[0].start, groups[-1].end) if groups else (0, 0)


def _tell_emphasis(text: str, variant: str, origins: list[Range], notices: Notices) -> None:
    remarks = read_emphasis(variant).remarks
    if not remarks:
        return
    starts = [start for start, _ in origins]

    def place(at: int) -> int:
        start, origin = origins[bisect_right(starts, at) - 1]
        return origin + at - start

    for remark in remarks:
        if remark.is_fatal:
            start, end = place(remark.start), place(remark.end - 1) + 1
            mistake = Mistake(start, text[start:end], remark.text, remark.suggestion)
            notices.refuse(mistake)
            continue
        notices.add(place(remark.start), remark.text)
