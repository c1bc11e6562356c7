"""A form of /imagine with what its member prefers, where they typed nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from commands.kinds.image.read import ImageRequestForm
from generation.request import StylePreset
from prompts import MAX_CHARS, Options, PromptError, parse, render
from sentences import Sentence
from storage.errors import DatabaseUnavailable
from storage.preferences import Preferences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from discord import Interaction

    from commands.studio.member_preferences import MemberPreferences
    from prompts import Prompt, Segment

PRESETS = frozenset(map(str, StylePreset))
NOTHING = Preferences()


def find_preset(name: str) -> str | None:
    """The style preset that a name means, with whatever between its words; None if it is none."""
    preset = re.sub(r"[\s_]+", "-", name.strip().lower())
    return preset if preset in PRESETS else None


def check_stored_words(text: str) -> None:
    """Whether a text can be kept to go behind prompts: it names no style but a preset.

    Raises:
        PromptError
    """
    style = parse(text).options.style
    if style is not None and find_preset(style) is None:
        reason = Sentence(
            "“{style}” is no style preset, and words that are kept can name no other style",
            style=style,
        )
        raise PromptError(max(0, text.find(style)), style, reason)


async def complete(
    preferences: MemberPreferences, interaction: Interaction[Any], form: ImageRequestForm
) -> ImageRequestForm:
    """A typed form with the member's defaults and the words of their style.

    Without the database it stays as it is: what comes next is refused, with what was typed.
    """
    try:
        found = (await preferences.chosen(interaction)).values
        named = await _named(preferences, interaction, form, found.style)
    except DatabaseUnavailable:
        return form
    if form.private is None:
        # Also where the prompt cannot be read: it may be mended, and is no less private then.
        form = replace(form, private=bool(found.is_private))
    return with_preferences(form, found, named)


async def with_style(
    preferences: MemberPreferences, interaction: Interaction[Any], form: ImageRequestForm
) -> ImageRequestForm:
    """An edited form with the words of a style that it names, and no defaults."""
    try:
        named = await _named(preferences, interaction, form, None)
    except DatabaseUnavailable:
        return form
    return with_preferences(form, Preferences(), named) if named else form


async def words_with_style(
    preferences: MemberPreferences, interaction: Interaction[Any], words: str
) -> str:
    """The words with those of a style that they name."""
    form = await with_style(preferences, interaction, ImageRequestForm(prompt=words))
    return form.prompt


async def _named(
    preferences: MemberPreferences,
    interaction: Interaction[Any],
    form: ImageRequestForm,
    usual: str | None,
) -> Mapping[str, str]:
    """The member's own styles by name, where the prompt or their default may name one."""
    if usual is None and "style" not in form.prompt.lower():
        return {}
    return {style.name: style.text for style in await preferences.styles(interaction)}


def with_preferences(
    form: ImageRequestForm, found: Preferences, named: Mapping[str, str]
) -> ImageRequestForm:
    """A form with what is preferred where it says nothing; what cannot be read stays as it is."""
    if found == NOTHING and not named:
        return form
    try:
        prompt = read = parse(form.prompt)
    except PromptError:
        # The refusal points into what was typed.
        return form
    typed = prompt.options
    prompt = _with_style(prompt, found.style, named)
    if found.suffix:
        prompt = _if_fitting(prompt, with_words(prompt, found.suffix))
    changed = prompt != read
    has_shape = bool(
        form.aspect or form.size or typed.aspect or typed.size or form.image or form.area
    )
    is_one = form.video is not None or _has_variants(prompt)
    has_count = bool(form.count or typed.count or is_one)
    return replace(
        form,
        prompt=render(prompt) if changed else form.prompt,
        preferred_engine=found.engine,
        aspect=form.aspect if has_shape or form.video is not None else found.aspect,
        count=form.count if has_count else found.count,
    )


def with_words(prompt: Prompt, words: str) -> Prompt:
    """A prompt with more words behind it; the options of the prompt itself count first.

    Words without a weight go on in the last part that is wanted, as if typed behind a comma.
    """
    try:
        more = parse(words)
    except PromptError:
        return prompt
    segments, added = list(prompt.segments), list(more.segments)
    wanted = [number for number, segment in enumerate(segments) if segment.weight > 0]
    if added and wanted and added[0].weight == 1:
        segments[wanted[-1]] = _joined(segments[wanted[-1]], added.pop(0))
    return replace(
        prompt,
        segments=(*segments, *added),
        options=_behind(prompt.options, more.options),
        loras=(*prompt.loras, *more.loras),
    )


def _if_fitting(prompt: Prompt, completed: Prompt) -> Prompt:
    """The completed prompt if it can be read: what is preferred refuses nothing that was typed."""
    try:
        text = render(completed)
        parse(text)
    except PromptError:
        return prompt
    return completed if len(text) <= MAX_CHARS else prompt


def _has_variants(prompt: Prompt) -> bool:
    return replace(prompt, options=replace(prompt.options, count=None)).pictures > 1


def _joined(segment: Segment, more: Segment) -> Segment:
    return replace(segment, text=f"{segment.text}, {more.text}")


def _behind(first: Options, then: Options) -> Options:
    """The options of one prompt, and of another where that says nothing."""
    if first.aspect or first.size:
        # They say the same thing, so either one stands against both.
        then = replace(then, aspect=None, size=None)
    if then.style is not None:
        # Words that were kept before they were checked may name what is no preset.
        then = replace(then, style=find_preset(then.style))
    values = {
        name: value if (value := getattr(first, name)) is not None else getattr(then, name)
        for name in Options.__dataclass_fields__
    }
    return Options(**values)


def _with_style(prompt: Prompt, usual: str | None, named: Mapping[str, str]) -> Prompt:
    """The prompt with the words of the style that it names, or that is usual."""
    typed = prompt.options.style
    name = (typed or usual or "").lower()
    if not name:
        return prompt
    if text := named.get(name):
        bare = replace(prompt, options=replace(prompt.options, style=None))
        completed = with_words(bare, text)
        # One that was typed is not left out: the refusal shows what does not fit.
        return completed if typed else _if_fitting(prompt, completed)
    if typed is None and (preset := find_preset(name)):
        return replace(prompt, options=replace(prompt.options, style=preset))
    return prompt
