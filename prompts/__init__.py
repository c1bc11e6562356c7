r"""The prompt language: weighted segments, emphasis, permutations and options.

    a {red, blue} lighthouse (at dusk:1.3)::1.5 fog::-0.5 --ar 3:2 --seed 7 --no text, blur

`parse` turns a text into a `Prompt`, `render` writes one out again, and `parse_emphasis` reads the
text of a single segment as it goes over the wire; `weigh` says how much each part of it is drawn.
Whatever the text, `PromptError` is the only error. What is doubtful is read as follows.

Text
    Every position is a 0-based code point of what was typed. Control characters are read as
    spaces and lone surrogates as U+FFFD, both with a notice; all else is left alone, inner white
    space included. `\` makes any of ``\ ( ) [ ] { } | : + - , <`` literal and stays before others.
    Wide and typographic signs are read as the ASCII ones wherever they are syntax, and invisible
    characters are passed over there. In an address (`scheme://…`) nothing is syntax.

Segments
    `::` splits before a number, a space or the end, also of a segment that `|` ends. A number
    that runs on (`::3D`, `::1.2.3`) is text, with a notice. A segment without text is left out.
    Where a `|` splits the prompt, `:w` at the end of a segment weighs it if a word or a closing
    bracket stands directly before. One comma or point after a weight belongs to nobody. Inside
    closed square brackets nothing splits.

Emphasis
    Brackets pair within one segment. `(text:w)` weighs; after a digit it needs a decimal point,
    unlike `(scale 1:2)`. A pair is text when it is empty, when an underscore touches it from
    outside (`Fox_(animal)`, `¯\_(ツ)_/¯`), or when a digit follows it that is no decimal.
    `word+++` is 1.1³; a word may be joined by hyphens and apostrophes. The product of all
    emphasis must lie in -10 … 10 as well.

Permutations
    A comma counts when it is in no inner braces, quotes or closed brackets, and so does a bar
    where there is no comma. They multiply: two pairs of two alternatives are four variants, and
    the first varies slowest. They take the weight and the emphasis around them (`{red, blue}::2`,
    `({red, blue}:1.3)`) and may choose words, emphasis or its weight, but hold no `::w` and no
    options. They work in `--no` too. An alternative may be empty as long as every variant has
    something to draw. `{{…}}` is another program's emphasis and is read without its braces.

Options
    They begin a word, or stand directly after one of `,|{}`; case does not matter. `--no` takes
    all up to the next option, split at its commas like a permutation; it holds no `::w` and no `|`.
    All mistakes of a prompt are in `PromptError.mistakes`.

Other programs
    A pasted recipe of AUTOMATIC1111's web interface is read, `<lora:name:0.8>` becomes one of
    `Prompt.loras`, and what only other programs know is told (`prompts.foreign`).
"""

from prompts.attention import weigh
from prompts.emphasis import Fragment, parse_emphasis
from prompts.escapes import escape
from prompts.model import Lora, Mistake, Notice, Options, PromptError, Segment
from prompts.options import without_options
from prompts.parser import MAX_CHARS, parse
from prompts.prompt import Prompt, render
from prompts.signs import without_invisible

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
    "without_invisible",
    "without_options",
]
