"""The sentences for everything that can go wrong, looked up by the exception's class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commands import errors as command_errors
from commands.ui.instants import date, since
from commands.ui.text import code, listed, quoted
from generation import credits as money
from generation import errors as generation_errors
from jobs import errors as job_errors
from prompts import PromptError
from storage.errors import DatabaseDamaged, DatabaseFull, DatabaseUnavailable, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PLACES = 500
"""Characters of a list of channels or roles."""

AROUND = 60
"""How much of the prompt is shown on each side of the place of a mistake, in characters."""

MAX_MISTAKES = 1500
"""Characters of the mistakes in one prompt."""


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
    sentences = [
        _sentence(mistake.reason)
        + (f" Try {code(mistake.suggestion)}." if mistake.suggestion else "")
        for mistake in error.mistakes
    ]
    marks = [f"- {sentence}" for sentence in sentences] if len(sentences) > 1 else sentences
    told = "\n".join(part for part in (detail, listed(marks, "\n", MAX_MISTAKES)) if part)
    return Words("I could not read that prompt.", told)


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
    return Words(f"That {_named(error.field)} does not work.", _sentence(error.reason))


def _not_admitted(error: job_errors.NotAdmitted, _prompt: str) -> Words:
    return Words(
        "This server is not approved yet.",
        "Everybody here can draw as soon as the operator of this bot has typed"
        f" `/operator admit server:{error.guild_id} ceiling:500`, here or in any other server.",
    )


def _unknown_engine(error: generation_errors.UnknownEngine, _prompt: str) -> Words:
    hint = f" Did you mean `{error.nearest}`?" if error.nearest else ""
    if error.offered:
        known = listed([f"`{engine}`" for engine in error.offered], ", ", MAX_PLACES)
        hint += f" There are: {known}."
    name = quoted(error.engine_id, 60)
    return Words("That engine is not offered here.", f"There is no engine “{name}”.{hint}")


def _engine_away(error: generation_errors.EngineAway, _prompt: str) -> Words:
    subject = f"`{quoted(error.engine_id, 60)}`" if error.engine_id else "Every engine"
    if error.is_off:
        detail = "The operator has been told."
    elif error.engine_id:
        detail = "I keep asking, and offer it as soon as it answers."
    else:
        detail = "I keep asking; please try again in a few minutes."
    if error.others:
        detail += f" Until then: {', '.join(f'`{engine}`' for engine in error.others[:5])}."
    verb = "is switched off" if error.is_off else "does not answer"
    return Words(f"{subject} {verb} at the moment.", detail)


def _filtered(error: generation_errors.Filtered, _prompt: str) -> Words:
    if error.what == "prompt":
        detail = "Its safety filter doesn't take these words; other words may pass."
        return Words("The engine refused this prompt.", detail)
    return Words(
        f"The engine withheld the {error.what}.", "Its safety filter didn't let it through."
    )


def _declined(error: generation_errors.Declined, _prompt: str) -> Words:
    return Words("The engine refused this.", _sentence(error.reason) if error.reason else "")


def _engine_failed(error: generation_errors.EngineFailed, _prompt: str) -> Words:
    told = f"{_sentence(error.detail)} " if error.detail else ""
    return Words("The engine failed each time.", f"{told}Please try again.")


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
    until = f" until {date(error.until)}" if error.until else ""
    return Words(
        f"You can't draw here{until}.", "A moderator has blocked you; ask one of them why."
    )


def _wrong_channel(error: job_errors.WrongChannel, _prompt: str) -> Words:
    places = listed([f"<#{channel}>" for channel in error.channels], ", ", MAX_PLACES)
    way = f"Draw in {places}." if places else "Ask a moderator where you can draw."
    return Words("You can't draw in this channel.", way)


def _wrong_role(error: job_errors.WrongRole, _prompt: str) -> Words:
    roles = listed([f"<@&{role}>" for role in error.roles], ", ", MAX_PLACES)
    needed = "this role" if len(error.roles) == 1 else "one of these roles"
    return Words(f"You need {needed} to draw here.", f"Ask a moderator for {roles}.")


def _too_new(error: job_errors.TooNew, _prompt: str) -> Words:
    days = "1 day" if error.days == 1 else f"{error.days} days"
    detail = f"Members can draw {days} after they joined; you can {since(error.welcome_at)}."
    return Words("You joined this server too recently.", detail)


def _forbidden_words(error: job_errors.ForbiddenWords, _prompt: str) -> Words:
    word = quoted(error.word, 100)
    return Words(f"“{word}” is on this server's blocked-word list.", "Other words may pass.")


def _adult_content(error: job_errors.AdultContent, _prompt: str) -> Words:
    places = listed([f"<#{channel}>" for channel in error.channels], ", ", MAX_PLACES)
    where = f" Here it passes: {places}." if places else ""
    detail = f"“{quoted(error.word, 100)}” is drawn in age-restricted channels only.{where}"
    return Words("That reads like adult content.", detail)


def _over_job_cap(error: job_errors.OverJobCap, _prompt: str) -> Words:
    needed, cap = money.price(error.needed_mc), money.balance(error.cap_mc)
    detail = f"That costs {needed}; one job may cost at most {cap} here."
    return Words("Too much for one job.", detail)


def _over_day_cap(error: job_errors.OverDayCap, _prompt: str) -> Words:
    needed, spent = money.price(error.needed_mc), money.price(error.spent_mc)
    cap, tomorrow = money.balance(error.cap_mc), since(error.resets_at)
    detail = (
        f"That costs {needed}; today you have used {spent} of {cap}. A new day begins {tomorrow}."
    )
    return Words("Too much for one day.", detail)


def _too_many_jobs(error: job_errors.TooManyJobs, _prompt: str) -> Words:
    jobs = "1 job" if error.open_jobs == 1 else f"{error.open_jobs} jobs"
    detail = f"This server allows {error.limit} at a time. Cancel one, or wait for it."
    return Words(f"You already have {jobs} running.", detail)


def _over_guild_budget(error: job_errors.OverGuildBudget, _prompt: str) -> Words:
    needed, left = money.price(error.needed_mc), money.balance(error.left_mc)
    detail = f"That costs {needed}; {left} is left. The next month begins {since(error.resets_at)}."
    return Words("This server's budget for the month is used up.", detail)


def _over_ceiling(error: job_errors.OverCeiling, _prompt: str) -> Words:
    needed, left = money.price(error.needed_mc), money.balance(error.left_mc)
    detail = f"That costs {needed}; {left} is left. The next month begins {since(error.resets_at)}."
    return Words("This server has used up what the operator allows it for the month.", detail)


def _cannot_post(error: command_errors.CannotPost, _prompt: str) -> Words:
    *others, last = error.missing
    missing = f"{', '.join(others)} and {last}" if others else last
    detail = f"I need {missing} in this channel; ask a moderator."
    return Words("I can't post pictures here.", detail)


def _bad_upload(error: command_errors.BadUpload, _prompt: str) -> Words:
    return Words(f"That {_named(error.field)} cannot be used.", _sentence(error.reason))


def _bad_input(error: command_errors.BadInput, _prompt: str) -> Words:
    headline = f"That {_named(error.field)} cannot be used."
    return Words(headline, _sentence(error.reason), money="")


def _no_camera_move(error: command_errors.NoCameraMove, _prompt: str) -> Words:
    field = error.field.capitalize()
    return Words(f"{field} needs a camera move: add `camera`.", money="")


def _too_many_reports(error: command_errors.TooManyReports, _prompt: str) -> Words:
    headline = f"You've reached today's limit of {error.limit} reports."
    return Words(headline, "Please tell a moderator.", money="")


def _named(field: str) -> str:
    """A field as members read it."""
    return field.replace("_", " ")


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return quoted(_ended(text[:1].upper() + text[1:]), 400)


def _ended(text: str) -> str:
    return text if text.endswith("?") else text.rstrip(".") + "."


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
        "The engine answered with something else than a picture or a film.", "Please try again."
    ),
    generation_errors.EngineFailed: _engine_failed,
    generation_errors.ResultGone: _fixed(
        "The engine doesn't have that film any more.", "It keeps films for 24 hours only."
    ),
    generation_errors.AnswerLost: _fixed(
        "The engine didn't say whether it began.",
        "It may have; that would be at our own cost, not yours.",
    ),
    generation_errors.Misconfigured: _fixed(
        "The image engine refused our settings; the operator has been told."
    ),
    generation_errors.GenerationError: _fixed("The picture couldn't be drawn."),
    job_errors.OverBudget: _over_budget,
    job_errors.Paused: _fixed(
        "Drawing is paused in this server.", "A moderator with Manage Server can resume it."
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
    job_errors.QueueFull: _fixed("Too many jobs are waiting.", "Please try again in a moment."),
    job_errors.NotYours: _not_about_money("Only the member who ordered this can do that."),
    job_errors.OthersJob: _not_about_money("You need Manage Messages.", "It is another member's."),
    job_errors.TooLate: _not_about_money(
        "That is not possible any more.", "The job is over or was erased."
    ),
    job_errors.Cancelled: _fixed("Cancelled."),
    job_errors.TooManyPictures: _too_many,
    job_errors.NotShown: _fixed(
        "Discord didn't take the result.", "Other words, or fewer or smaller ones, may pass."
    ),
    job_errors.Interrupted: _fixed("The job was interrupted.", "Please try again."),
    job_errors.NotAnswered: _fixed(
        "Nobody said whether to start again.",
        "The answer to the start was lost, and an hour has passed since I asked.",
    ),
    job_errors.GivenUp: _fixed("Left as it was.", "Nothing was started again."),
    job_errors.NoVideos: _fixed(
        "Films aren't made here.", "This bot has no engine for them; its operator can set one up."
    ),
    job_errors.NotAdmitted: _not_admitted,
    job_errors.NoSpace: _fixed(
        "There is no room for more pictures.", "The operator has been told; please try again later."
    ),
    job_errors.JobError: _fixed("That job can't be done."),
    command_errors.CannotPost: _cannot_post,
    command_errors.BadUpload: _bad_upload,
    command_errors.DraftGone: _not_about_money("That is not kept any more.", "Please ask again."),
    command_errors.AgeRestricted: _not_about_money(
        "That was drawn in an age-restricted channel.", "Ask for it in one of those."
    ),
    command_errors.NotShared: _not_about_money("Its author lets nobody else use it.", "Ask them."),
    command_errors.AlreadyOrdered: _not_about_money(
        "Already in progress.", "One press is enough; the result gets a card of its own."
    ),
    command_errors.AlreadyDecided: _not_about_money("Another moderator was faster."),
    command_errors.NotTaken: _not_about_money("Discord doesn't take it now; I'll keep trying."),
    command_errors.NotConfirmed: _fixed("Please confirm the price first."),
    command_errors.NotOperator: _not_about_money(
        "Only the operator of this bot can do that.", "The operator owns its application."
    ),
    command_errors.NotManager: _not_about_money(
        "You need Manage Server.", "Ask an administrator of this server for it."
    ),
    command_errors.BadInput: _bad_input,
    command_errors.NoStart: _not_about_money(
        "Add a picture or a prompt.", "The film starts from it."
    ),
    command_errors.NoCameraMove: _no_camera_move,
    command_errors.NotInGuild: _not_about_money("I work in servers only."),
    command_errors.NotModerator: _not_about_money(
        "You need Timeout Members.", "Ask an administrator of this server for it."
    ),
    command_errors.GiftsOff: _not_about_money(
        "Gifts are off in this server.", "A moderator with Manage Server can allow them."
    ),
    command_errors.GiftWithoutAmount: _not_about_money("How many credits? Add `amount`."),
    command_errors.GiftWithoutMember: _not_about_money("Who gets them? Add `gift`."),
    command_errors.StillAtWork: _not_about_money(
        "That job is still running.", "Cancel it first, or wait until it is done."
    ),
    command_errors.ReportedBefore: _not_about_money(
        "You have already reported this.", "One report is enough."
    ),
    command_errors.TooManyReports: _too_many_reports,
    command_errors.CommandError: _fixed("That can't be done."),
    DatabaseUnavailable: _not_about_money(
        "The database does not answer right now; nothing was ordered or charged."
        " Try again in a minute."
    ),
    DatabaseFull: _not_about_money(
        "There is no room left on my disk; nothing was ordered or charged.",
        "The operator has to make some; please try again later.",
    ),
    DatabaseDamaged: _not_about_money(
        "My database is damaged; nothing was ordered or charged.",
        "The operator has to put a backup in its place.",
    ),
    OutcomeUnknown: _not_about_money(
        "The database did not answer, so I do not know whether that was done.",
        "Look at `/credits` in a minute, before you try it again.",
    ),
    Exception: _fixed("Something went wrong on my side.", "Please try again."),
}
