"""A form of /imagine with what its member prefers, where they typed nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from generation.request import StylePreset
from prompts import Options, PromptError, parse, render
from storage.errors import DatabaseUnavailable
from storage.preferences import Preferences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from discord import Interaction

    from commands.kinds.image.read import ImageRequestForm
    from commands.studio.member_preferences import MemberPreferences
    from prompts import Prompt, Segment

PRESETS = frozenset(map(str, StylePreset))


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
    try:
        prompt = parse(form.prompt)
    except PromptError:
        # The refusal points into what was typed.
        return form
    typed = prompt.options
    prompt = _with_style(prompt, found.style, named)
    if found.suffix:
        prompt = with_words(prompt, found.suffix)
    changed = prompt != parse(form.prompt)
    has_shape = bool(form.aspect or form.size or typed.aspect or typed.size or form.image)
    is_one = form.video is not None or len(prompt.variants) > 1
    has_count = bool(form.count or typed.count or is_one)
    return replace(
        form,
        prompt=render(prompt) if changed else form.prompt,
        preferred_engine=found.engine,
        private=found.is_private if form.private is None else form.private,
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


def _joined(segment: Segment, more: Segment) -> Segment:
    return replace(segment, text=f"{segment.text}, {more.text}")


def _behind(first: Options, then: Options) -> Options:
    """The options of one prompt, and of another where that says nothing."""
    values = {
        name: value if (value := getattr(first, name)) is not None else getattr(then, name)
        for name in Options.__dataclass_fields__
    }
    return Options(**values)


def _with_style(prompt: Prompt, usual: str | None, named: Mapping[str, str]) -> Prompt:
    """The prompt with the words of the style that it names, or that is usual."""
    name = (prompt.options.style or usual or "").lower()
    if not name:
        return prompt
    if text := named.get(name):
        bare = replace(prompt, options=replace(prompt.options, style=None))
        return with_words(bare, text)
    if prompt.options.style is None and name in PRESETS:
        return replace(prompt, options=replace(prompt.options, style=name))
    return prompt
