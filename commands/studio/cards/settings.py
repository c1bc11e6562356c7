"""The private cards of a member's settings and of their named styles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.languages import marked, say
from commands.ui.buttons import Press
from commands.ui.cards import Card
from commands.ui.text import credits_of, listed, quoted
from generation import credits as money
from jobs.rules.confirmation import ASKED_FROM_MC, NEVER_MC
from storage.preferences import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.preferences import Chosen, Style
    from storage.rules import Member

MAX_VALUE = 300
MAX_LIST = 2400
SOURCES = {
    Scope.MEMBER: marked("yours"),
    Scope.CHANNEL: marked("this channel's"),
    Scope.GUILD: marked("this server's"),
    None: marked("built in"),
}
NAMES = {
    "engine": marked("Engine"),
    "aspect": marked("Aspect"),
    "count": marked("Pictures at a time"),
    "style": marked("Style"),
    "suffix": marked("Behind each prompt"),
    "is_private": marked("Private"),
}
"""The preferences as members read them."""


def settings_card(chosen: Chosen, member: Member, default_engine: str, note: str = "") -> Card:
    """Every setting with what it is and where that comes from."""
    built_in = {
        "engine": default_engine,
        "aspect": say("the engine's own"),
        "count": "1",
        "is_private": say("no"),
    }
    lines = [
        f"**{say(name)}** ·"
        f" {_value(getattr(chosen.values, field), built_in.get(field, say('none')))}"
        f" · *{say(SOURCES[chosen.sources.get(field)])}*"
        for field, name in NAMES.items()
    ]
    mention, switched, label = (
        (say("on"), "off", say("Turn mentions off"))
        if member.wants_mention
        else (say("off"), "on", say("Turn mentions on"))
    )
    asks_source = Scope.MEMBER if member.asks_from_mc is not None else None
    mention_source = None if member.wants_mention else Scope.MEMBER
    lines += [
        f"**{say('Ask before spending')}** · {_asks(member.asks_from_mc)}"
        f" · *{say(SOURCES[asks_source])}*",
        f"**{say('Mention when long jobs end')}** · {mention} · *{say(SOURCES[mention_source])}*",
    ]
    has_own = Scope.MEMBER in chosen.sources.values() or member.asks_from_mc is not None
    buttons = [
        Press("settings_mention", switched, label),
        Press("settings_reset", "own", say("Reset mine"), disabled=not has_own),
    ]
    help_ = say(
        "-# Change one with an option of `/settings`; what you type in a prompt counts first."
    )
    head = [f"**{note}**"] if note else []
    return Card(
        "\n".join([*head, f"**{say('Your settings here')}**", *lines, help_]), buttons=buttons
    )


def _value(value: object, built_in: str) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return quoted(str(value), MAX_VALUE) if value is not None else quoted(built_in, MAX_VALUE)


def _asks(asks_from_mc: int | None) -> str:
    if asks_from_mc is None:
        usual = credits_of(money.price(ASKED_FROM_MC))
        return say("from {price}, or a fifth of what you have", price=usual)
    if asks_from_mc >= NEVER_MC:
        return say("never")
    if not asks_from_mc:
        return say("always")
    return say("from {price}", price=credits_of(money.price(asks_from_mc)))


def styles_card(styles: Sequence[Style], note: str = "") -> Card:
    """A member's named styles."""
    lines = [f"`{style.name}` · {quoted(style.text, MAX_VALUE)}" for style in styles]
    head = [f"**{note}**"] if note else []
    if not styles:
        none = say("You have none yet: `/style save name: noir text: black and white, film grain`.")
        return Card("\n".join([*head, f"**{say('Your styles')}**", none]))
    use = say(
        "-# Use one as `--style {name}`, or always by `/settings style`.", name=styles[0].name
    )
    return Card("\n".join([*head, f"**{say('Your styles')}**", listed(lines, "\n", MAX_LIST), use]))
