"""The sentences for everything that can go wrong, looked up by the exception's class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands import errors as command_errors
from commands.languages import marked, say
from commands.ui import error_sentences
from commands.ui.error_sentences import Words
from generation import errors as generation_errors
from jobs import errors as job_errors
from prompts import PromptError
from storage.errors import DatabaseDamaged, DatabaseFull, DatabaseUnavailable, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable


def words(error: Exception, prompt: str = "") -> Words:
    """The sentences for an error; an error of no class of ours gives a general apology."""
    for kind in type(error).__mro__:
        if kind in TABLE:
            return TABLE[kind](error, prompt)
    return TABLE[Exception](error, prompt)


def _fixed(headline: str, detail: str = "") -> Callable[[Any, str], Words]:
    return lambda _error, _prompt: Words(say(headline), say(detail) if detail else "")


def _not_about_money(headline: str, detail: str = "") -> Callable[[Any, str], Words]:
    return lambda _error, _prompt: Words(say(headline), say(detail) if detail else "", money="")


TABLE: dict[type[BaseException], Callable[[Any, str], Words]] = {
    PromptError: error_sentences.prompt_error,
    generation_errors.BadRequest: error_sentences.bad_request,
    generation_errors.UnknownEngine: error_sentences.unknown_engine,
    generation_errors.EngineAway: error_sentences.engine_away,
    generation_errors.Filtered: error_sentences.filtered,
    generation_errors.Declined: error_sentences.declined,
    generation_errors.Refused: _fixed(marked("The engine refused this.")),
    generation_errors.Busy: _fixed(
        marked("The engine was too busy for 15 minutes."), marked("Please try again later.")
    ),
    generation_errors.Unreachable: _fixed(
        marked("The engine could not be reached for 15 minutes."), marked("Please try again later.")
    ),
    generation_errors.TooSlow: _fixed(
        marked("The engine did not answer for 15 minutes."), marked("Please try again later.")
    ),
    generation_errors.Unavailable: _fixed(
        marked("The engine was away for 15 minutes."), marked("Please try again later.")
    ),
    generation_errors.GarbledAnswer: _fixed(
        marked("The engine answered with something else than a picture or a film."),
        marked("Please try again."),
    ),
    generation_errors.EngineFailed: error_sentences.engine_failed,
    generation_errors.ResultGone: _fixed(
        marked("The engine doesn't have that film any more."),
        marked("It keeps films for 24 hours only."),
    ),
    generation_errors.AnswerLost: _fixed(
        marked("The engine didn't say whether it began."),
        marked("It may have; that would be at our own cost, not yours."),
    ),
    generation_errors.Misconfigured: _fixed(
        marked("The image engine refused our settings; the operator has been told.")
    ),
    generation_errors.GenerationError: _fixed(marked("The picture couldn't be drawn.")),
    job_errors.OverBudget: error_sentences.over_budget,
    job_errors.Paused: _fixed(
        marked("Drawing is paused in this server."),
        marked("A moderator with Manage Server can resume it."),
    ),
    job_errors.Blocked: error_sentences.blocked,
    job_errors.WrongChannel: error_sentences.wrong_channel,
    job_errors.WrongRole: error_sentences.wrong_role,
    job_errors.TooNew: error_sentences.too_new,
    job_errors.ForbiddenWords: error_sentences.forbidden_words,
    job_errors.AdultContent: error_sentences.adult_content,
    job_errors.OverJobCap: error_sentences.over_job_cap,
    job_errors.OverDayCap: error_sentences.over_day_cap,
    job_errors.TooManyJobs: error_sentences.too_many_jobs,
    job_errors.OverGuildBudget: error_sentences.over_guild_budget,
    job_errors.OverCeiling: error_sentences.over_ceiling,
    job_errors.QueueFull: _fixed(
        marked("Too many jobs are waiting."), marked("Please try again in a moment.")
    ),
    job_errors.NotYours: _not_about_money(marked("Only the member who ordered this can do that.")),
    job_errors.OthersJob: _not_about_money(
        marked("You need Manage Messages."), marked("It is another member's.")
    ),
    job_errors.TooLate: _not_about_money(
        marked("That is not possible any more."), marked("The job is over or was erased.")
    ),
    job_errors.PictureGone: _not_about_money(
        marked("That picture was deleted."), marked("The others of its result are still there.")
    ),
    job_errors.Cancelled: _fixed(marked("Cancelled.")),
    job_errors.TooManyPictures: error_sentences.too_many,
    job_errors.NotShown: _fixed(
        marked("Discord didn't take the result."),
        marked("Other words, or fewer or smaller ones, may pass."),
    ),
    job_errors.Interrupted: _fixed(marked("The job was interrupted."), marked("Please try again.")),
    job_errors.NotAnswered: _fixed(
        marked("Nobody said whether to start again."),
        marked("The answer to the start was lost, and an hour has passed since I asked."),
    ),
    job_errors.GivenUp: _fixed(marked("Left as it was."), marked("Nothing was started again.")),
    job_errors.NoVideos: _fixed(
        marked("Films aren't made here."),
        marked("This bot has no engine for them; its operator can set one up."),
    ),
    job_errors.NotAdmitted: error_sentences.not_admitted,
    job_errors.NoSpace: _fixed(
        marked("There is no room for more pictures."),
        marked("The operator has been told; please try again later."),
    ),
    job_errors.JobError: _fixed(marked("That job can't be done.")),
    command_errors.CannotPost: error_sentences.cannot_post,
    command_errors.BadUpload: error_sentences.bad_upload,
    command_errors.DraftGone: _not_about_money(
        marked("That is not kept any more."), marked("Please ask again.")
    ),
    command_errors.AgeRestricted: _not_about_money(
        marked("That was drawn in an age-restricted channel."),
        marked("Ask for it in one of those."),
    ),
    command_errors.NotShared: _not_about_money(
        marked("Its author lets nobody else use it."), marked("Ask them.")
    ),
    command_errors.AlreadyOrdered: _not_about_money(
        marked("Already in progress."),
        marked("One press is enough; the result gets a card of its own."),
    ),
    command_errors.OrderedBefore: _not_about_money(
        marked("That was ordered before."),
        marked("Its card says how it ended; start over for another one."),
    ),
    command_errors.AlreadyDecided: _not_about_money(marked("Another moderator was faster.")),
    command_errors.MessageDeleted: _not_about_money(
        marked("That message was deleted meanwhile."),
        marked("What you asked for may be done; look before you repeat it."),
    ),
    command_errors.NotTaken: _not_about_money(
        marked("Discord doesn't take it now; I'll keep trying.")
    ),
    command_errors.NotConfirmed: _fixed(marked("Please confirm the price first.")),
    command_errors.NotOperator: _not_about_money(
        marked("Only the operator of this bot can do that."),
        marked("The operator owns its application."),
    ),
    command_errors.NotManager: _not_about_money(
        marked("You need Manage Server."), marked("Ask an administrator of this server for it.")
    ),
    command_errors.BadInput: error_sentences.bad_input,
    command_errors.NoStart: _not_about_money(
        marked("Add a picture or a prompt."), marked("The film starts from it.")
    ),
    command_errors.NoCameraMove: error_sentences.no_camera_move,
    command_errors.NotInGuild: _not_about_money(marked("I work in servers only.")),
    command_errors.NotModerator: _not_about_money(
        marked("You need Timeout Members."), marked("Ask an administrator of this server for it.")
    ),
    command_errors.GiftsOff: _not_about_money(
        marked("Gifts are off in this server."),
        marked("A moderator with Manage Server can allow them."),
    ),
    command_errors.GiftWithoutAmount: _not_about_money(marked("How many credits? Add `amount`.")),
    command_errors.GiftWithoutMember: _not_about_money(marked("Who gets them? Add `gift`.")),
    command_errors.StillAtWork: _not_about_money(
        marked("That job is still running."), marked("Cancel it first, or wait until it is done.")
    ),
    command_errors.ReportedBefore: _not_about_money(
        marked("You have already reported this."), marked("One report is enough.")
    ),
    command_errors.TooManyReports: error_sentences.too_many_reports,
    command_errors.CommandError: _fixed(marked("That can't be done.")),
    DatabaseUnavailable: _not_about_money(
        marked(
            "The database does not answer right now; nothing was ordered or charged."
            " Try again in a minute."
        )
    ),
    DatabaseFull: _not_about_money(
        marked("There is no room left on my disk; nothing was ordered or charged."),
        marked("The operator has to make some; please try again later."),
    ),
    DatabaseDamaged: _not_about_money(
        marked("My database is damaged; nothing was ordered or charged."),
        marked("The operator has to put a backup in its place."),
    ),
    OutcomeUnknown: _not_about_money(
        marked("The database did not answer, so I do not know whether that was done."),
        marked("Look at `/credits` in a minute, before you try it again."),
    ),
    Exception: _fixed(marked("Something went wrong on my side."), marked("Please try again.")),
}
