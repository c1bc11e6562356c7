"""The private cards of a member's settings and of their named styles."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    Scope.MEMBER: "yours",
    Scope.CHANNEL: "this channel's",
    Scope.GUILD: "this server's",
    None: "built in",
}
NAMES = {
    "engine": "Engine",
    "aspect": "Aspect",
    "count": "Pictures at a time",
    "style": "Style",
    "suffix": "Behind each prompt",
    "is_private": "Private",
}
"""The preferences as members read them."""


def settings_card(chosen: Chosen, member: Member, default_engine: str, note: str = "") -> Card:
    """Every setting with what it is and where that comes from."""
    built_in = {
        "engine": default_engine,
        "aspect": "the engine's own",
        "count": "1",
        "is_private": "no",
    }
    lines = [
        f"**{name}** · {_value(getattr(chosen.values, field), built_in.get(field, 'none'))}"
        f" · *{SOURCES[chosen.sources.get(field)]}*"
        for field, name in NAMES.items()
    ]
    mention = "on" if member.wants_mention else "off"
    switched = "off" if member.wants_mention else "on"
    lines += [
        f"**Ask before spending** · {_asks(member.asks_from_mc)}"
        f" · *{SOURCES[Scope.MEMBER if member.asks_from_mc is not None else None]}*",
        f"**Mention when long jobs end** · {mention} · *yours*",
    ]
    has_own = Scope.MEMBER in chosen.sources.values() or member.asks_from_mc is not None
    buttons = [
        Press("settings_mention", switched, f"Turn mentions {switched}"),
        Press("settings_reset", "own", "Reset mine", disabled=not has_own),
    ]
    help_ = "-# Change one with an option of `/settings`; what you type in a prompt counts first."
    head = [f"**{note}**"] if note else []
    return Card("\n".join([*head, "**Your settings here**", *lines, help_]), buttons=buttons)


def _value(value: object, built_in: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return quoted(str(value), MAX_VALUE) if value is not None else quoted(built_in, MAX_VALUE)


def _asks(asks_from_mc: int | None) -> str:
    if asks_from_mc is None:
        usual = credits_of(money.price(ASKED_FROM_MC))
        return f"from {usual}, or a fifth of what you have"
    if asks_from_mc >= NEVER_MC:
        return "never"
    if not asks_from_mc:
        return "always"
    return f"from {credits_of(money.price(asks_from_mc))}"


def styles_card(styles: Sequence[Style], note: str = "") -> Card:
    """A member's named styles."""
    lines = [f"`{style.name}` · {quoted(style.text, MAX_VALUE)}" for style in styles]
    head = [f"**{note}**"] if note else []
    if not styles:
        none = "You have none yet: `/style save name: noir text: black and white, film grain`."
        return Card("\n".join([*head, "**Your styles**", none]))
    use = f"-# Use one as `--style {styles[0].name}`, or always by `/settings style`."
    return Card("\n".join([*head, "**Your styles**", listed(lines, "\n", MAX_LIST), use]))
