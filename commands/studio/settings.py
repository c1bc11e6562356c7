"""/settings: a member's defaults, and those of channels and the server for moderators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands

from commands.access.moderators import check_moderator
from commands.access.requester import account_of, asker_of
from commands.errors import BadInput
from commands.kinds.image.preferred import PRESETS, check_stored_words, find_preset
from commands.languages import say
from commands.options.engines import MAX_CHOICES, EngineSuggestions
from commands.options.shapes import ShapeSuggestions
from commands.options.slash import runs_command, slash
from commands.studio.cards.settings import NAMES, settings_card
from commands.studio.history import check_private
from commands.ui.answers import answer_privately, show_in_place
from generation import credits as money
from jobs.orders.image import MAX_PICTURES
from jobs.rules.confirmation import NEVER_MC
from prompts import PromptError
from storage.preferences import Scope
from storage.rules import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import RuleServices
    from commands.studio.member_preferences import MemberPreferences
    from commands.ui.cards import Card

Range = app_commands.Range
NONE = "none"
"""Typed to take a setting back."""

ALWAYS, NEVER, USUAL = "always", "never", "usual"
MAX_SUFFIX = 500
SCOPES = [
    app_commands.Choice(name="me", value=str(Scope.MEMBER)),
    app_commands.Choice(name="everybody in this channel (moderators)", value=str(Scope.CHANNEL)),
    app_commands.Choice(name="everybody in this server (moderators)", value=str(Scope.GUILD)),
]


def build(
    rules: RuleServices, engines: OfferedEngines, preferences: MemberPreferences
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command and the actions of its card."""
    settings = Settings(rules, engines, preferences)
    suggestions = {
        "engine": EngineSuggestions(engines).engine,
        "aspect": ShapeSuggestions(engines, preferences).aspect,
        "style": settings.suggest_style,
    }
    command = slash("settings", settings.command, suggestions=suggestions)
    return [command], {
        "settings_mention": settings.switch_mention,
        "settings_reset": settings.reset,
    }


class Settings:
    """Shows and changes what stands for what is not typed."""

    def __init__(
        self, rules: RuleServices, engines: OfferedEngines, preferences: MemberPreferences
    ) -> None:
        self._rules = rules
        self._engines = engines
        self._preferences = preferences

    @runs_command
    @app_commands.choices(scope=SCOPES)
    async def command(
        self,
        interaction: Interaction[Any],
        engine: Range[str, 1, 100] | None = None,
        aspect: Range[str, 3, 9] | None = None,
        count: Range[int, 0, MAX_PICTURES] | None = None,
        style: Range[str, 1, 40] | None = None,
        suffix: Range[str, 1, MAX_SUFFIX] | None = None,
        ask_from: Range[str, 1, 20] | None = None,
        private: bool | None = None,
        mention: bool | None = None,
        scope: str | None = None,
    ) -> None:
        """Show or change your defaults: what counts where you type nothing else.

        Args:
            engine: What draws; none to leave it to the server
            aspect: Width to height, for example 3:2, or none
            count: How many pictures at a time; 0 to leave it open
            style: A style preset or one of your own, or none
            suffix: Words behind each prompt, for example oil painting --no text, or none
            ask_from: Credits from which you are asked first, or always, never, usual
            private: Whether only you see results, until you post them
            mention: Whether you are mentioned when a long job ends
            scope: Whose default it is; without it, yours
        """
        typed = {"engine": engine, "aspect": aspect, "style": style, "suffix": suffix}
        values: dict[str, Any] = {
            name: self._read(name, text) for name, text in typed.items() if text is not None
        }
        if count is not None:
            values["count"] = count or None
        if private is not None:
            values["is_private"] = private
        whose = Scope(scope or Scope.MEMBER)
        if whose is not Scope.MEMBER:
            check_moderator(interaction)
            if ask_from is not None or mention is not None:
                raise BadInput("scope", say("only members themselves choose when they are asked"))
        own = self._read_own(ask_from, mention)
        await self._check_style(interaction, values.get("style"), whose)
        if values:
            await self._change(interaction, whose, values)
        if own:
            await self._change_own(interaction, own)
        note = say("Changed.") if values or own else ""
        await answer_privately(interaction, await self._card(interaction, note))

    async def switch_mention(self, interaction: Interaction[Any], wanted: str) -> None:
        """Choose whether long jobs end with a mention."""
        check_private(interaction)
        await self._change_own(interaction, {"wants_mention": wanted == "on"})
        await show_in_place(interaction, await self._card(interaction))

    async def reset(self, interaction: Interaction[Any], _subject: str) -> None:
        """Take back everything that the member has set."""
        check_private(interaction)
        await self._change(interaction, Scope.MEMBER, dict.fromkeys(NAMES))
        await self._change_own(interaction, {"asks_from_mc": None})
        await show_in_place(interaction, await self._card(interaction, say("Reset.")))

    async def suggest_style(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """The member's own styles, and the presets."""
        own = [style.name for style in await self._preferences.styles(interaction)]
        names = [name for name in (*own, *sorted(PRESETS)) if typed.strip().lower() in name]
        return [app_commands.Choice(name=name, value=name) for name in names[:MAX_CHOICES]]

    def _read(self, name: str, text: str) -> str | None:
        """A setting as it is kept; None where it is taken back.

        Raises:
            BadInput
        """
        text = text.strip()
        if text.lower() == NONE:
            return None
        match name:
            case "engine":
                engine = self._engines.catalogue.find(text)
                if engine is None:
                    raise BadInput(
                        name,
                        say("“{text}” is not offered; choose one that is suggested", text=text),
                    )
                return engine.id
            case "suffix":
                _check_words(name, text)
                return text
            case "style":
                return find_preset(text) or text.lower()
            case _:
                _check_words(name, f"- --ar {''.join(text.split())}")
                return "".join(text.split())

    def _read_own(self, ask_from: str | None, mention: bool | None) -> dict[str, Any]:
        own: dict[str, Any] = {} if mention is None else {"wants_mention": mention}
        if ask_from is None:
            return own
        fixed = {ALWAYS: 0, NEVER: NEVER_MC, USUAL: None}
        typed = ask_from.strip().lower()
        if typed in fixed:
            return {**own, "asks_from_mc": fixed[typed]}
        try:
            return {**own, "asks_from_mc": money.read_credits(typed)}
        except ValueError as error:
            raise BadInput(
                "ask_from",
                say("{problem}; or type always, never or usual", problem=error.args[0]),
            ) from None

    async def _check_style(
        self, interaction: Interaction[Any], style: str | None, whose: Scope
    ) -> None:
        """Whether a default style is a preset, or for the member alone one of their own.

        Raises:
            BadInput
        """
        if style is None or style in PRESETS:
            return
        if style not in [one.name for one in await self._preferences.styles(interaction)]:
            raise BadInput(
                "style", say("“{style}” is neither a style preset nor one of your own", style=style)
            )
        if whose is not Scope.MEMBER:
            raise BadInput(
                "style",
                say("nobody else has your style “{style}”; put its words into suffix", style=style),
            )

    async def _change(
        self, interaction: Interaction[Any], scope: Scope, values: Mapping[str, Any]
    ) -> None:
        account, asker = account_of(interaction), asker_of(interaction)
        subjects = {
            Scope.MEMBER: account.member_id,
            Scope.CHANNEL: asker.channel_id or 0,
            Scope.GUILD: account.guild_id,
        }
        await self._preferences.change(account.guild_id, scope, subjects[scope], values)
        if scope is not Scope.MEMBER:
            told = ", ".join(
                f"{name} {NONE if value is None else value}" for name, value in values.items()
            )
            where = "channel" if scope is Scope.CHANNEL else "server"
            change = Change(
                guild_id=account.guild_id,
                actor_id=account.member_id,
                action=f"{where} defaults",
                subject_id=subjects[scope] if scope is Scope.CHANNEL else None,
                detail=told[:400],
            )
            await self._rules.database.write(self._rules.store.note, change)

    async def _change_own(self, interaction: Interaction[Any], values: Mapping[str, Any]) -> None:
        account = account_of(interaction)
        await self._rules.database.write(
            self._rules.store.change_member, account.guild_id, account.member_id, None, **values
        )

    async def _card(self, interaction: Interaction[Any], note: str = "") -> Card:
        account = account_of(interaction)
        chosen = await self._preferences.chosen(interaction)
        member = await self._rules.database.read(
            self._rules.store.member, account.guild_id, account.member_id
        )
        default = self._engines.find_default()
        return settings_card(chosen, member, default.id if default else NONE, note)


def _check_words(name: str, text: str) -> None:
    """Whether a text can stand in a prompt.

    Raises:
        BadInput
    """
    try:
        check_stored_words(text)
    except PromptError as error:
        raise BadInput(name, error.reason) from None
