"""The sentences for everything that can go wrong, looked up by the exception's class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commands import errors as command_errors
from commands.ui.text import code, listed, quoted
from generation import credits as money
from generation import errors as generation_errors
from jobs import errors as job_errors
from prompts import PromptError
from storage.errors import DatabaseUnavailable, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MAX_PLACES = 500
"""Characters of a list of channels or roles."""

AROUND = 60
"""How much of the prompt is shown on each side of the place of a mistake, in characters."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a refusal says: a headline, the figures, and the way out."""

    headline: str
    detail: str = ""
    money: str = "Nothing was charged."
    is_about_credits: bool = False


def words(error: Exception, prompt: str = "") -> Words:
    """The sentences for an error; an error of no class of ours gives a general apology."""
    for kind in type(error).__mro__:
        if kind in TABLE:
            return TABLE[kind](error, prompt)
    return TABLE[Exception](error, prompt)


def _prompt_error(error: PromptError, prompt: str) -> Words:
    detail = _marked(prompt, error.position, error.offending) if error.offending else ""
    hint = f" Try {code(error.suggestion)}." if error.suggestion else ""
    sentence = f"{_sentence(error.reason)}{hint}"
    return Words(
        "I could not read that prompt.", "\n".join(part for part in (detail, sentence) if part)
    )


def _marked(prompt: str, position: int, offending: str) -> str:
    """The place of the mistake with the bad word in bold."""
    before = prompt[max(0, position - AROUND) : position]
    after = prompt[position + len(offending) :][:AROUND]
    start = "…" if position > AROUND else ""
    end = "…" if len(prompt) > position + len(offending) + AROUND else ""
    pieces = (_kept_spaces(before), f"**{quoted(offending, 80)}**", _kept_spaces(after))
    return f"> {start}{''.join(pieces)}{end}"


def _kept_spaces(text: str) -> str:
    # quoted() trims; the space beside the bad word has to stay.
    head = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() else ""
    return f"{head}{quoted(text, AROUND)}{tail}"


def _bad_request(error: generation_errors.BadRequest, _prompt: str) -> Words:
    return Words(f"That {error.field} does not work.", _sentence(error.reason))


def _not_admitted(error: job_errors.NotAdmitted, _prompt: str) -> Words:
    return Words(
        "This server is not approved yet.",
        "Everybody here can draw as soon as the operator of this bot has typed"
        f" `/operator admit server:{error.guild_id} ceiling:500`, here or in any other server.",
    )


def _unknown_engine(error: generation_errors.UnknownEngine, _prompt: str) -> Words:
    hint = f" Did you mean `{error.nearest}`?" if error.nearest else ""
    name = quoted(error.engine_id, 60)
    return Words("That engine is not offered here.", f"There is no engine “{name}”.{hint}")


def _engine_away(error: generation_errors.EngineAway, _prompt: str) -> Words:
    subject = f"`{quoted(error.engine_id, 60)}`" if error.engine_id else "Every engine"
    if error.is_off:
        detail = "The operator has been told."
    elif error.engine_id:
        detail = "I ask again by myself and offer it as soon as it answers."
    else:
        detail = "I ask again by myself; please try again in a few minutes."
    if error.others:
        detail += f" Until then there is {', '.join(f'`{engine}`' for engine in error.others[:5])}."
    verb = "is switched off" if error.is_off else "does not answer"
    return Words(f"{subject} {verb} at the moment.", detail)


def _filtered(error: generation_errors.Filtered, _prompt: str) -> Words:
    if error.what == "prompt":
        detail = "Its safety filter does not take these words; other words may pass."
        return Words("The engine refused this prompt.", detail)
    return Words(
        f"The engine withheld the {error.what}.", "Its safety filter did not let it through."
    )


def _declined(error: generation_errors.Declined, _prompt: str) -> Words:
    return Words("The engine refused this.", _sentence(error.reason) if error.reason else "")


def _over_budget(error: job_errors.OverBudget, _prompt: str) -> Words:
    needed, available = money.price(error.needed_mc), money.balance(error.available_mc)
    lines = [f"That costs {needed}; you have {available}."]
    if error.held_mc:
        lines.append(f"Another {money.price(error.held_mc)} is held by your running jobs.")
    if error.refills_at is None:
        lines.append("No refill is due; ask a moderator.")
    else:
        refill = money.signed(error.refill_mc)
        lines.append(f"Refill: {refill} {since(error.refills_at)}. Sooner: ask a moderator.")
    return Words("Not enough credits.", "\n".join(lines), is_about_credits=True)


def _too_many(error: job_errors.TooManyPictures, _prompt: str) -> Words:
    detail = f"That makes {error.asked} pictures; one job draws at most {error.limit}."
    return Words("Too many pictures at once.", detail)


def _blocked(error: job_errors.Blocked, _prompt: str) -> Words:
    until = f"That ends {since(error.until)}. " if error.until else ""
    return Words("Moderators have blocked you from drawing here.", f"{until}Ask one of them why.")


def _wrong_channel(error: job_errors.WrongChannel, _prompt: str) -> Words:
    places = listed([f"<#{channel}>" for channel in error.channels], ", ", MAX_PLACES)
    return Words("This channel is not for drawing.", f"Moderators chose these: {places}.")


def _wrong_role(error: job_errors.WrongRole, _prompt: str) -> Words:
    roles = listed([f"<@&{role}>" for role in error.roles], ", ", MAX_PLACES)
    return Words("You have no role that may draw here.", f"Moderators chose these: {roles}.")


def _too_new(error: job_errors.TooNew, _prompt: str) -> Words:
    days = "1 day" if error.days == 1 else f"{error.days} days"
    detail = f"Whoever has been here for {days} may draw; you may {since(error.welcome_at)}."
    return Words("You have joined this server too recently.", detail)


def _forbidden_words(error: job_errors.ForbiddenWords, _prompt: str) -> Words:
    word = quoted(error.word, 100)
    detail = f"Its word list, which moderators keep, has “{word}”. Other words may pass."
    return Words("This server does not draw that.", detail)


def _adult_content(error: job_errors.AdultContent, _prompt: str) -> Words:
    detail = f"“{quoted(error.word, 100)}” is drawn in age-restricted channels only."
    return Words("That reads like adult content.", detail)


def _over_job_cap(error: job_errors.OverJobCap, _prompt: str) -> Words:
    needed, cap = money.price(error.needed_mc), money.balance(error.cap_mc)
    detail = f"That costs {needed}; in this server one job may cost {cap}."
    return Words("Too much for one job.", detail)


def _over_day_cap(error: job_errors.OverDayCap, _prompt: str) -> Words:
    needed, spent = money.price(error.needed_mc), money.price(error.spent_mc)
    cap, tomorrow = money.balance(error.cap_mc), since(error.resets_at)
    detail = f"That costs {needed}; today you have used {spent} of {cap}. A new day: {tomorrow}."
    return Words("Too much for one day.", detail)


def _too_many_jobs(error: job_errors.TooManyJobs, _prompt: str) -> Words:
    have = "1 job waits or runs" if error.open_jobs == 1 else f"{error.open_jobs} jobs wait or run"
    detail = f"{have}; this server allows {error.limit} at a time. Cancel one, or wait for it."
    return Words("You have enough jobs at work.", detail)


def _over_guild_budget(error: job_errors.OverGuildBudget, _prompt: str) -> Words:
    needed, left = money.price(error.needed_mc), money.balance(error.left_mc)
    detail = f"That costs {needed}; {left} is left. The next month begins {since(error.resets_at)}."
    return Words("This server's budget for the month is used up.", detail)


def _over_ceiling(error: job_errors.OverCeiling, _prompt: str) -> Words:
    needed, left = money.price(error.needed_mc), money.balance(error.left_mc)
    detail = f"That costs {needed}; {left} is left. The next month begins {since(error.resets_at)}."
    return Words("This server has used what the operator allows for the month.", detail)


def _cannot_post(error: command_errors.CannotPost, _prompt: str) -> Words:
    missing = ", ".join(error.missing)
    detail = f"A moderator has to give me these permissions here: {missing}."
    return Words("I cannot post pictures in this channel.", detail)


def _bad_upload(error: command_errors.BadUpload, _prompt: str) -> Words:
    return Words(f"That {error.field} cannot be used.", _sentence(error.reason))


def _bad_input(error: command_errors.BadInput, _prompt: str) -> Words:
    return Words(f"That {error.field} cannot be used.", _sentence(error.reason), money="")


def _too_many_reports(error: command_errors.TooManyReports, _prompt: str) -> Words:
    detail = f"Members report at most {error.limit} pictures a day; please tell a moderator."
    return Words("You have reported much today.", detail, money="")


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return quoted(text[:1].upper() + text[1:].rstrip(".") + ".", 400)


def _fixed(headline: str, detail: str = "") -> Callable[[Any, str], Words]:
    return lambda _error, _prompt: Words(headline, detail)


def _not_about_money(headline: str, detail: str = "") -> Callable[[Any, str], Words]:
    return lambda _error, _prompt: Words(headline, detail, money="")


TABLE: dict[type[BaseException], Callable[[Any, str], Words]] = {
    PromptError: _prompt_error,
    generation_errors.BadRequest: _bad_request,
    generation_errors.UnknownEngine: _unknown_engine,
    generation_errors.EngineAway: _engine_away,
    generation_errors.Filtered: _filtered,
    generation_errors.Declined: _declined,
    generation_errors.Refused: _fixed("The engine refused this."),
    generation_errors.Busy: _fixed(
        "The engine was too busy for 15 minutes.", "Please try again later."
    ),
    generation_errors.Unreachable: _fixed(
        "The engine could not be reached for 15 minutes.", "Please try again later."
    ),
    generation_errors.TooSlow: _fixed(
        "The engine did not answer for 15 minutes.", "Please try again later."
    ),
    generation_errors.Unavailable: _fixed(
        "The engine was away for 15 minutes.", "Please try again later."
    ),
    generation_errors.GarbledAnswer: _fixed(
        "The engine answered with something that is no picture and no film.",
        "Please try again.",
    ),
    generation_errors.EngineFailed: _fixed("The engine failed each time.", "Please try again."),
    generation_errors.ResultGone: _fixed(
        "The engine does not have that film.", "It keeps films for 24 hours only."
    ),
    generation_errors.AnswerLost: _fixed(
        "The engine did not say whether it began.",
        "It may have; that would be at our own cost, not yours.",
    ),
    generation_errors.Misconfigured: _fixed(
        "The engine does not work with me at the moment.", "The operator has been told. I am sorry."
    ),
    generation_errors.GenerationError: _fixed("The picture could not be drawn."),
    job_errors.OverBudget: _over_budget,
    job_errors.Paused: _fixed(
        "Moderators have paused drawing in this server.",
        "It goes on when one of them uses `/limits resume`.",
    ),
    job_errors.Blocked: _blocked,
    job_errors.WrongChannel: _wrong_channel,
    job_errors.WrongRole: _wrong_role,
    job_errors.TooNew: _too_new,
    job_errors.ForbiddenWords: _forbidden_words,
    job_errors.AdultContent: _adult_content,
    job_errors.OverJobCap: _over_job_cap,
    job_errors.OverDayCap: _over_day_cap,
    job_errors.TooManyJobs: _too_many_jobs,
    job_errors.OverGuildBudget: _over_guild_budget,
    job_errors.OverCeiling: _over_ceiling,
    job_errors.QueueFull: _fixed("Too many jobs wait already.", "Please try again in a moment."),
    job_errors.NotYours: _not_about_money("Only the author or a moderator can do that."),
    job_errors.TooLate: _not_about_money(
        "That is not possible any more.", "The job is over or was erased."
    ),
    job_errors.Cancelled: _fixed("Cancelled."),
    job_errors.TooManyPictures: _too_many,
    job_errors.NotShown: _fixed(
        "Discord did not take the result.", "Other words, or fewer or smaller ones, may pass."
    ),
    job_errors.Interrupted: _fixed("The job was interrupted.", "Please try again."),
    job_errors.NotAnswered: _fixed(
        "Nobody said whether to start again.",
        "The answer to the start was lost, and an hour has passed since I asked.",
    ),
    job_errors.GivenUp: _fixed("Left as it was.", "Nothing was started again."),
    job_errors.NoVideos: _fixed(
        "Films are not made here.", "This bot has no engine for them; its operator can set one up."
    ),
    job_errors.NotAdmitted: _not_admitted,
    job_errors.NoSpace: _fixed(
        "There is no room for more pictures.",
        "The operator has been told; please try again later.",
    ),
    job_errors.JobError: _fixed("That job cannot be done."),
    command_errors.CannotPost: _cannot_post,
    command_errors.BadUpload: _bad_upload,
    command_errors.DraftGone: _not_about_money(
        "That is not kept any more.", "Please ask for it again."
    ),
    command_errors.AlreadyOrdered: _not_about_money(
        "I am on it already.", "One press is enough; the result gets a card of its own."
    ),
    command_errors.NotOperator: _not_about_money(
        "Only the operator of this bot can do that.", "The operator is who owns its application."
    ),
    command_errors.NotManager: _not_about_money(
        "Only those who may manage this server can do that.",
        "The permission is called Manage Server.",
    ),
    command_errors.BadInput: _bad_input,
    command_errors.NoStart: _not_about_money(
        "What does the film start from?", "Give either an image or a prompt."
    ),
    command_errors.NotInGuild: _not_about_money("I work in servers only."),
    command_errors.NotModerator: _not_about_money(
        "Only moderators can do that.", "They are who may time members out here."
    ),
    command_errors.GiftsOff: _not_about_money(
        "Gifts are off in this server.", "Moderators can allow them with `/limits`."
    ),
    command_errors.StillAtWork: _not_about_money(
        "That job is still at work.", "Cancel it first, or wait for its end."
    ),
    command_errors.ReportedBefore: _not_about_money(
        "You have reported this already.", "One report is enough; the moderators have it."
    ),
    command_errors.TooManyReports: _too_many_reports,
    command_errors.CommandError: _fixed("That cannot be done."),
    DatabaseUnavailable: _not_about_money(
        "The database does not answer right now; nothing was ordered or charged."
        " Try again in a minute."
    ),
    OutcomeUnknown: _not_about_money(
        "The database did not answer, so I do not know whether that was done.",
        "Look at `/credits` in a minute, before you try it again.",
    ),
    Exception: _fixed("Something went wrong on my side.", "Please try again."),
}


def since(instant: datetime) -> str:
    """An instant as Discord counts it up by itself."""
    return f"<t:{int(instant.timestamp())}:R>"
