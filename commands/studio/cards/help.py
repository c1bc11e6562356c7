"""The texts of /help, topic by topic, and how a prompt was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from commands.kinds.image.notices import one_line
from commands.languages import marked, say, say_name
from commands.ui.buttons import Press
from commands.ui.cards import Card
from commands.ui.facts import engine_label, picture_facts
from commands.ui.order_lines import notices
from commands.ui.text import credits_of, listed, pictures, quoted, weight
from generation import credits as money
from prompts import Options, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generation.catalogue.catalogue import Engine
    from jobs.orders.image import ImageOrder
    from prompts import Prompt, Segment

MAX_PART = 200
MAX_PARTS, MAX_NOTICES = 1500, 800


@dataclass(frozen=True, slots=True)
class Topic:
    """A page of the help: its button, its text with `{command}` for mentions, and an example."""

    label: str
    text: str
    example: str = ""


TOPICS: Mapping[str, Topic] = {
    "prompts": Topic(
        marked("Prompts"),
        marked("""\
**Prompts**
{imagine} `prompt: a castle::2 fog::-0.5 --ar 3:2` draws twice the castle and no fog.
**Stress** · `(word:1.3)` or `word++` stresses a word, `word--` plays it down.
**Keep out** · `--no fog, blur`, or a negative weight.
**Options**, at the end · `--ar 3:2` `--size 768x512` `--seed 7` `--steps 40` `--cfg 9` \
`--count 4` `--sampler k_heun` `--style anime` `--strength 60` `--engine …`
**Variants** · `{{red, blue}} fox` or `{{red|blue}} fox` draws one picture of each.
**Your own styles** · {style_save}, then `--style name`; {settings} for what you always want.
**How is it read?** · {help} `prompt: …` shows each part, the price and what to know."""),
        "a castle::2 fog::-0.5 --ar 3:2",
    ),
    "pictures": Topic(
        marked("Pictures"),
        marked("""\
**Pictures**
{imagine} draws from words. Attach an `image` (a {formats}) to start from it; `strength` says how \
much of it may change, and a `mask` where (black may change).
{edit} changes a part of an attached picture or of a result of yours, where `area` says.{blends}
**Buttons** · Reroll draws again with another seed, Edit changes the words, Recipe tells every \
setting with a line to paste, Copy prompt is for phones, Delete asks first, Report tells the \
moderators.
**Getting back** · {history} lists what you have made, with filters; {show} finds a job by its id; \
{jobs} has what waits or runs, to be cancelled.
**Defaults** · {settings}: engine, shape, count, style, words behind each prompt.
{engine}"""),
        "a red lighthouse::1.5 fog::-0.5 --ar 3:2",
    ),
    "films": Topic(
        marked("Films"),
        marked("""\
**Films**
**From one prompt to another** · {morph} turns two or three prompts into one short film.
{videos}"""),
    ),
    "credits": Topic(
        marked("Credits"),
        marked("""\
**Credits**
Each picture has a price that you see before; {credits} shows what you have, and with `quote` what \
a prompt would cost. You pay only for pictures that arrive; what fails or is cancelled is free.
A price from 5.00 credits, or of a fifth of what you have, is asked about first; move that mark \
with {settings} `ask_from`. What you delete is not refunded."""),
    ),
    "privacy": Topic(
        marked("Privacy"),
        marked("""\
**Privacy**
Prompts and pictures are kept so that you can go on with them, and erased after a time that the \
operator sets. {history}, {show} and {jobs} answer you alone; nobody else sees them.
{privacy} shows what is kept of you, exports or deletes all of it, and says who may use it.
Delete on a result erases its files and every card that shows it. What was drawn in an \
age-restricted channel is shown in such ones only.
Files carry a mark that says they are AI-generated; no file names you or the server."""),
    ),
}

BLENDS = marked("""
{blend} makes one picture of two to four: attached ones, or results by the ids on their cards.""")
"""What is said where pictures are blended."""

VIDEOS = marked("""\
**From a picture** · {animate} with an `image`, or with a `prompt` whose picture you approve \
first; also by the button Animate, or right-click a message → Apps → Animate. Extend makes a film \
longer, Camera re-renders it with a camera move, GIF and WebP download it.""")
"""What is said where films are made."""

VIDEOS_OVER = marked("""\
**From a picture** · not here: Stability ended its video service in July 2025, and this bot \
has no engine of its own for them.""")

COMMANDS = (
    *("imagine", "morph", "animate", "credits", "history", "show", "jobs", "settings", "help"),
    *("privacy", "style_save", "edit", "blend"),
)


def help_card(topic: str, facts: Mapping[str, str], known: Mapping[str, int]) -> Card:
    """One topic; commands whose ids are known can be clicked. `facts` fill its other places."""
    mentions = {name: mention(name.replace("_", " "), known) for name in COMMANDS}
    page = TOPICS.get(topic, TOPICS["prompts"])
    # A fact may name commands too.
    told = {name: say(text, **mentions) if text else "" for name, text in facts.items()}
    buttons = [_turn(name, say(one.label), is_shown=one is page) for name, one in TOPICS.items()]
    tries = (
        [Press("try_it", topic, say("Try it"), discord.ButtonStyle.success)] if page.example else []
    )
    return Card(say(page.text, **mentions, **told), buttons=buttons, further=tries)


def _turn(topic: str, label: str, *, is_shown: bool) -> Press:
    """The button that turns to a topic; disabled on the topic itself, which would stay."""
    style = discord.ButtonStyle.primary if is_shown else discord.ButtonStyle.secondary
    return Press("help_topic", topic, label, style, disabled=is_shown)


def mention(command: str, known: Mapping[str, int]) -> str:
    """A command that can be clicked where its id is known."""
    first = command.partition(" ")[0]
    if first in known:
        return f"</{command}:{known[first]}>"
    return f"`/{' '.join(say_name('command', name) for name in command.split())}`"


def reading_card(
    order: ImageOrder, engine: Engine, price_mc: int, available_mc: int, draft_id: str
) -> Card:
    """How a prompt is read, and what it would cost; nothing was drawn."""
    prompt = parse(order.prompt)
    seeds = [seed for request in order.requests for seed in request.seeds]
    price = credits_of(money.price(price_mc))
    asked = _asked(prompt)
    lines = [
        listed([_part(segment) for segment in prompt.segments], "\n", MAX_PARTS),
        *([say("Options: {options}", options=asked)] if asked else []),
        f"-# {engine_label(engine)} · {' · '.join(picture_facts(order, seeds))}",
        say(
            "**{what} for {price}**; you have {available}. Nothing was charged.",
            what=pictures(order.pictures),
            price=price,
            available=money.balance(available_mc),
        ),
        notices(order.notices),
    ]
    return Card(
        f"**{say('How I read your prompt')}**",
        "\n".join(line for line in lines if line),
        buttons=[Press("redo", draft_id, say("Try it"), discord.ButtonStyle.primary)],
    )


def _part(segment: Segment) -> str:
    """A part with its weight, and the words in it that have more or less attention."""
    text = quoted(one_line(segment.plain), MAX_PART)
    stressed = [
        f"{quoted(one_line(run.text).strip(), 60)} ×{weight(round(run.weight, 3))}"
        for run in segment.fragments
        if run.weight != 1
    ]
    more = f" · {say('in it {words}', words=', '.join(stressed))}" if stressed else ""
    if segment.weight < 0:
        out = say("kept out ×{weight}", weight=weight(abs(segment.weight)))
        return f"{out} · {text}{more}"
    return f"×{weight(segment.weight)} · {text}{more}"


def _asked(prompt: Prompt) -> str:
    """The options that were typed."""
    shown = {name: getattr(prompt.options, name) for name in Options.__dataclass_fields__}
    texts: list[str] = []
    for name, value in shown.items():
        match value:
            case None:
                continue
            case (int(width), int(height)):
                texts.append(f"{name} {width}{':' if name == 'aspect' else '×'}{height}")
            case _:
                texts.append(f"{name} {quoted(str(value), 60)}")
    return " · ".join(texts)
