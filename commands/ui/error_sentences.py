"""The sentences about errors that carry figures, places or what a member has typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands.languages import marked, say, say_again, say_count, say_name
from commands.ui.instants import date, since
from commands.ui.text import code, days, jobs, joined, listed, quoted
from generation import credits as money

if TYPE_CHECKING:
    from commands import errors as command_errors
    from generation import errors as generation_errors
    from jobs import errors as job_errors
    from prompts import PromptError

MAX_PLACES = 500
"""Characters of a list of channels or roles."""

AROUND = 60
"""How much of the prompt is shown on each side of the place of a mistake, in characters."""

MAX_MISTAKES = 1500
"""Characters of the mistakes in one prompt."""

ESCAPE = "\\"
NAME = re.compile(r"\\`(/?(?:[\w: -]|\\_)+)\\`")
"""The name of a command or an option in a reason, escaped: nothing in it means more than itself."""

NOTHING_CHARGED = marked("Nothing was charged.")

FIELDS = (
    marked("background prompt"),
    marked("background reference"),
    marked("cap"),
    marked("clip"),
    marked("control strength"),
    marked("creativity"),
    marked("download"),
    marked("height"),
    marked("light reference"),
    marked("light source direction"),
    marked("light source strength"),
    marked("lora"),
    marked("message"),
    marked("report"),
    marked("request"),
    marked("sampler"),
    marked("search prompt"),
    marked("select prompt"),
    marked("time zone"),
    marked("weight"),
)
"""What mistakes are told about besides options of commands, whose names are known already."""

NOUNS = {
    "ask_from": marked("price to ask from"),
    "credits": marked("number of credits"),
    "days": marked("number of days"),
    "down": marked("extension"),
    "frames": marked("number of frames"),
    "left": marked("extension"),
    "open_jobs": marked("number of jobs at a time"),
    "per_day": marked("cap for one day"),
    "per_job": marked("cap for one job"),
    "right": marked("extension"),
    "sides": marked("extension"),
    "steps": marked("number of steps"),
    "up": marked("extension"),
    "weights": marked("list of weights"),
    "words": marked("search for words"),
}
"""What an option is called that is no noun in the singular: “That steps” is no English."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a refusal says: a headline, the figures, and the way out; `money` is said later."""

    headline: str
    detail: str = ""
    money: str = NOTHING_CHARGED
    is_about_credits: bool = False


def prompt_error(error: PromptError, prompt: str) -> Words:
    detail = _marked(prompt, error.position, error.offending) if error.offending else ""
    sentences = [
        _sentence(mistake.reason) + (f" {_try(mistake.suggestion)}" if mistake.suggestion else "")
        for mistake in error.mistakes
    ]
    marks = [f"- {sentence}" for sentence in sentences] if len(sentences) > 1 else sentences
    told = "\n".join(part for part in (detail, listed(marks, "\n", MAX_MISTAKES)) if part)
    return Words(say("I could not read that prompt."), told)


def _try(suggestion: str) -> str:
    return say("Try {suggestion}.", suggestion=code(suggestion))


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


def bad_request(error: generation_errors.BadRequest, _prompt: str) -> Words:
    return Words(
        say("That {field} does not work.", field=_named(error.field)), _sentence(error.reason)
    )


def not_admitted(error: job_errors.NotAdmitted, _prompt: str) -> Words:
    return Words(
        say("This server is not approved yet."),
        say(
            "Everybody here can draw as soon as the operator of this bot has typed"
            " `/operator admit server:{server_id} ceiling:500`, here or in any other server.",
            server_id=error.guild_id,
        ),
    )


def unknown_engine(error: generation_errors.UnknownEngine, _prompt: str) -> Words:
    details = [say("There is no engine “{name}”.", name=quoted(error.engine_id, 60))]
    if error.nearest:
        details.append(say("Did you mean `{nearest}`?", nearest=error.nearest))
    if error.offered:
        known = listed([f"`{engine}`" for engine in error.offered], ", ", MAX_PLACES)
        details.append(say("There are: {known}.", known=known))
    return Words(say("That engine is not offered here."), " ".join(details))


def engine_away(error: generation_errors.EngineAway, _prompt: str) -> Words:
    if error.is_off:
        detail = say("The operator has been told.")
    elif error.engine_id:
        detail = say("I keep asking, and offer it as soon as it answers.")
    else:
        detail = say("I keep asking; please try again in a few minutes.")
    if error.others:
        others = ", ".join(f"`{engine}`" for engine in error.others[:5])
        detail += f" {say('Until then: {engines}.', engines=others)}"
    return Words(_who_is_away(error), detail)


def _who_is_away(error: generation_errors.EngineAway) -> str:
    engine = f"`{quoted(error.engine_id, 60)}`"
    if error.is_off and error.engine_id:
        return say("{engine} is switched off at the moment.", engine=engine)
    if error.is_off:
        return say("Every engine is switched off at the moment.")
    if error.engine_id:
        return say("{engine} does not answer at the moment.", engine=engine)
    return say("No engine answers at the moment.")


def filtered(error: generation_errors.Filtered, _prompt: str) -> Words:
    if error.what == "prompt":
        detail = say("Its safety filter doesn't take these words; other words may pass.")
        return Words(say("The engine refused this prompt."), detail)
    return Words(
        say("The engine withheld the {what}.", what=say(error.what)),
        say("Its safety filter didn't let it through."),
    )


def declined(error: generation_errors.Declined, _prompt: str) -> Words:
    return Words(say("The engine refused this."), _sentence(error.reason) if error.reason else "")


def engine_failed(error: generation_errors.EngineFailed, _prompt: str) -> Words:
    again = say("Please try again.")
    detail = f"{_sentence(error.detail)} {again}" if error.detail else again
    return Words(say("The engine failed each time."), detail)


def over_budget(error: job_errors.OverBudget, _prompt: str) -> Words:
    needed, available = money.price(error.needed_mc), money.balance(error.available_mc)
    lines = [say("That costs {needed}; you have {available}.", needed=needed, available=available)]
    if error.held_mc:
        lines.append(
            say("Another {held} is held by your running jobs.", held=money.price(error.held_mc))
        )
    if error.refills_at is None:
        lines.append(say("No refill is due; ask a moderator."))
    else:
        refill = money.signed(error.refill_mc)
        lines.append(
            say(
                "Refill: {refill} {refills_at}. Sooner: ask a moderator.",
                refill=refill,
                refills_at=since(error.refills_at),
            )
        )
    return Words(say("Not enough credits."), "\n".join(lines), is_about_credits=True)


def too_many(error: job_errors.TooManyPictures, _prompt: str) -> Words:
    detail = say(
        "That makes {asked} pictures; one job draws at most {limit}.",
        asked=error.asked,
        limit=error.limit,
    )
    return Words(say("Too many pictures at once."), detail)


def blocked(error: job_errors.Blocked, _prompt: str) -> Words:
    headline = say("You can't draw here.")
    if error.until:
        headline = say("You can't draw here until {until}.", until=date(error.until))
    return Words(headline, say("A moderator has blocked you; ask one of them why."))


def wrong_channel(error: job_errors.WrongChannel, _prompt: str) -> Words:
    places = listed([f"<#{channel}>" for channel in error.channels], ", ", MAX_PLACES)
    way = (
        say("Draw in {places}.", places=places)
        if places
        else say("Ask a moderator where you can draw.")
    )
    return Words(say("You can't draw in this channel."), way)


def wrong_role(error: job_errors.WrongRole, _prompt: str) -> Words:
    roles = listed([f"<@&{role}>" for role in error.roles], ", ", MAX_PLACES)
    needed = say_count(
        "You need this role to draw here.",
        "You need one of these roles to draw here.",
        len(error.roles),
    )
    return Words(needed, say("Ask a moderator for {roles}.", roles=roles))


def too_new(error: job_errors.TooNew, _prompt: str) -> Words:
    detail = say(
        "Members can draw {days} after they joined; you can {welcome_at}.",
        days=days(error.days),
        welcome_at=since(error.welcome_at),
    )
    return Words(say("You joined this server too recently."), detail)


def forbidden_words(error: job_errors.ForbiddenWords, _prompt: str) -> Words:
    word = quoted(error.word, 100)
    return Words(
        say("“{word}” is on this server's blocked-word list.", word=word),
        say("Other words may pass."),
    )


def adult_content(error: job_errors.AdultContent, _prompt: str) -> Words:
    places = listed([f"<#{channel}>" for channel in error.channels], ", ", MAX_PLACES)
    detail = say("“{word}” is drawn in age-restricted channels only.", word=quoted(error.word, 100))
    if places:
        detail += f" {say('Here it passes: {places}.', places=places)}"
    return Words(say("That reads like adult content."), detail)


def over_job_cap(error: job_errors.OverJobCap, _prompt: str) -> Words:
    needed, cap = money.price(error.needed_mc), money.balance(error.cap_mc)
    detail = say(
        "That costs {needed}; one job may cost at most {cap} here.", needed=needed, cap=cap
    )
    return Words(say("Too much for one job."), detail)


def over_day_cap(error: job_errors.OverDayCap, _prompt: str) -> Words:
    needed, spent = money.price(error.needed_mc), money.price(error.spent_mc)
    cap, tomorrow = money.balance(error.cap_mc), since(error.resets_at)
    detail = say(
        "That costs {needed}; today you have used {spent} of {cap}. A new day begins {tomorrow}.",
        needed=needed,
        spent=spent,
        cap=cap,
        tomorrow=tomorrow,
    )
    return Words(say("Too much for one day."), detail)


def too_many_jobs(error: job_errors.TooManyJobs, _prompt: str) -> Words:
    detail = say(
        "This server allows {limit} at a time. Cancel one, or wait for it.", limit=error.limit
    )
    return Words(say("You already have {jobs} running.", jobs=jobs(error.open_jobs)), detail)


def over_guild_budget(error: job_errors.OverGuildBudget, _prompt: str) -> Words:
    needed, left = money.price(error.needed_mc), money.balance(error.left_mc)
    detail = say(
        "That costs {needed}; {left} is left. The next month begins {resets_at}.",
        needed=needed,
        left=left,
        resets_at=since(error.resets_at),
    )
    return Words(say("This server's budget for the month is used up."), detail)


def over_ceiling(error: job_errors.OverCeiling, _prompt: str) -> Words:
    needed, left = money.price(error.needed_mc), money.balance(error.left_mc)
    detail = say(
        "That costs {needed}; {left} is left. The next month begins {resets_at}.",
        needed=needed,
        left=left,
        resets_at=since(error.resets_at),
    )
    return Words(say("This server has used up what the operator allows it for the month."), detail)


def cannot_post(error: command_errors.CannotPost, _prompt: str) -> Words:
    missing = joined([say(name) for name in error.missing])
    detail = say("I need {missing} in this channel; ask a moderator.", missing=missing)
    return Words(say("I can't post pictures here."), detail)


def bad_upload(error: command_errors.BadUpload, _prompt: str) -> Words:
    return Words(
        say("That {field} cannot be used.", field=_named(error.field)), _sentence(error.reason)
    )


def bad_input(error: command_errors.BadInput, _prompt: str) -> Words:
    headline = say("That {field} cannot be used.", field=_named(error.field))
    return Words(headline, _sentence(error.reason), money="")


def no_camera_move(error: command_errors.NoCameraMove, _prompt: str) -> Words:
    field = _named(error.field).capitalize()
    return Words(say("{field} needs a camera move: add `camera`.", field=field), money="")


def too_many_reports(error: command_errors.TooManyReports, _prompt: str) -> Words:
    headline = say("You've reached today's limit of {limit} reports.", limit=error.limit)
    return Words(headline, say("Please tell a moderator."), money="")


def _named(field: str) -> str:
    """A field as members read it."""
    if noun := NOUNS.get(field):
        return say(noun)
    name = say_name("option", field)
    return say(field.replace("_", " ")) if name == field else name.replace("_", " ")


def _sentence(text: str) -> str:
    """A reason as one sentence: what was typed into it is escaped, names of commands are code."""
    text = " ".join(say_again(text).split())
    escaped = quoted(_ended(text[:1].upper() + text[1:]), 400)
    return NAME.sub(lambda found: f"`{found[1].replace(ESCAPE, '')}`", escaped)


def _ended(text: str) -> str:
    return text if text.endswith("?") else text.rstrip(".") + "."
