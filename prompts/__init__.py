r"""The prompt language: weighted segments, emphasis, permutations and options.

    a {red, blue} lighthouse (at dusk:1.3)::1.5 fog::-0.5 --ar 3:2 --seed 7 --no text, blur

`parse` turns a text into a `Prompt`, `render` writes one out again, and `parse_emphasis` reads the
text of a single segment as it goes over the wire; `weigh` says how much each part of it is drawn.
Whatever the text, `PromptError` is the only error. What is doubtful is read as follows.

Text
    Every position is a 0-based code point of what was typed. Control characters are read as
    spaces and lone surrogates as U+FFFD, both with a notice; all else is left alone, inner white
    space included. `\` makes any of ``\ ( ) [ ] { } | : + - ,`` literal and stays before others.

Segments
    `::` splits before a number, a space or the end, also of a segment that `|` ends. A number
    that runs on (`::3D`, `::1.2.3`) is text, with a notice. A segment without text is left out.
    Where the prompt has a `|`, `:w` at the end of a segment weighs it unless a digit stands before.

Emphasis
    Brackets pair within one segment. `(text:w)` weighs unless a digit stands before the colon, as
    in `(scale 1:2)`. A pair is text when it is empty, when an underscore touches it from outside
    (`Fox_(animal)`, `¯\_(ツ)_/¯`), when it is in an address, or when a digit follows it that is no
    decimal. `word+++` is 1.1³; a word may be joined by hyphens and apostrophes. The product of
    all emphasis must lie in -10 … 10 as well.

Permutations
    A comma counts when it is in no inner braces, quotes or closed brackets. They multiply: two
    pairs of two alternatives are four variants, and the first varies slowest. They take the
    weight and the emphasis around them (`{red, blue}::2`, `({red, blue}:1.3)`) and may choose
    words, emphasis or its weight, but hold no `::w`, no `|` and no options. They work in `--no`
    too. An alternative may be empty as long as every variant has something to draw.

Options
    They begin a word, or stand directly after one of `,|{}`; case does not matter. `--no` takes
    all up to the next option, split at its commas like a permutation; it holds no `::w` and no `|`.
"""

from prompts.attention import weigh
from prompts.emphasis import Fragment, parse_emphasis
from prompts.escapes import escape
from prompts.model import Lora, Mistake, Notice, Options, PromptError, Segment
from prompts.parser import MAX_CHARS, parse
from prompts.prompt import Prompt, render

__all__ = [
    "MAX_CHARS",
    "Fragment",
    "Lora",
    "Mistake",
    "Notice",
    "Options",
    "Prompt",
    "PromptError",
    "Segment",
    "escape",
    "parse",
    "parse_emphasis",
    "render",
    "weigh",
]
