"""What other programs write in prompts, and what stands for it here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prompts.weights import NUMBER, shorten
from sentences import Sentence

if TYPE_CHECKING:
    from prompts.notices import Notices

OTHER_NAMES = {
    "aspect": "ar",
    "aspect-ratio": "ar",
    "aspect_ratio": "ar",
    "ratio": "ar",
    "width": "size",
    "height": "size",
    "w": "size",
    "h": "size",
    "resolution": "size",
    "scale": "cfg",
    "guidance": "cfg",
    "guidance-scale": "cfg",
    "guidance_scale": "cfg",
    "cfg-scale": "cfg",
    "cfg_scale": "cfg",
    "n": "count",
    "num": "count",
    "number": "count",
    "samples": "count",
    "images": "count",
    "model": "engine",
    "preset": "style",
    "scheduler": "sampler",
    "negative": "no",
    "neg": "no",
    "negative-prompt": "no",
    "negative_prompt": "no",
    "without": "no",
    "exclude": "no",
    "denoise": "strength",
    "denoising": "strength",
}
"""Other names of our own options."""

_NOTHING = Sentence("nothing here stands for it")
_REFERENCE = Sentence("here a picture to start from goes into the command's own image option")
_ENGINE = Sentence("here --engine chooses")
_FIXED = Sentence("here the price is the engine's own")

FLAGS_ELSEWHERE: dict[str, tuple[str, bool]] = {
    "v": (_ENGINE, True),
    "version": (_ENGINE, True),
    "niji": (_ENGINE, True),
    "test": (_ENGINE, False),
    "testp": (_ENGINE, False),
    "s": (_NOTHING, True),
    "stylize": (_NOTHING, True),
    "exp": (_NOTHING, True),
    "chaos": (Sentence("here --count draws several, each from a seed of its own"), True),
    "c": (Sentence("here --count draws several, each from a seed of its own"), True),
    "weird": (_NOTHING, True),
    "q": (Sentence("here --steps says how long is drawn"), True),
    "quality": (Sentence("here --steps says how long is drawn"), True),
    "stop": (Sentence("here --steps says how long is drawn"), True),
    "draft": (Sentence("here --steps says how long is drawn"), False),
    "tile": (Sentence("here --style tile-texture draws tiles"), False),
    "hd": (Sentence("here --size says how large a picture is"), False),
    "sd": (Sentence("here --size says how large a picture is"), False),
    "upbeta": (_NOTHING, False),
    "uplight": (_NOTHING, False),
    "creative": (_NOTHING, False),
    "iw": (Sentence("here --strength says how much of a picture may change"), True),
    "cref": (_REFERENCE, True),
    "sref": (_REFERENCE, True),
    "oref": (_REFERENCE, True),
    "cw": (_NOTHING, True),
    "sw": (_NOTHING, True),
    "ow": (_NOTHING, True),
    "sv": (_NOTHING, True),
    "p": (_NOTHING, True),
    "profile": (_NOTHING, True),
    "r": (Sentence("here --count draws several"), True),
    "repeat": (Sentence("here --count draws several"), True),
    "video": (Sentence("here /animate makes films"), False),
    "motion": (Sentence("here /animate makes films"), True),
    "loop": (Sentence("here /animate makes films"), False),
    "fast": (_FIXED, False),
    "relax": (_FIXED, False),
    "turbo": (_FIXED, False),
    "raw": (_NOTHING, False),
    "public": (_NOTHING, False),
    "stealth": (_NOTHING, False),
}
"""Midjourney's flags: what stands for each here, and whether it takes a value."""

STYLES_ELSEWHERE = frozenset({"raw", "cute", "expressive", "original", "scenic"})
"""Midjourney's values of `--style`."""

SAMPLERS = {
    "ddim": "ddim",
    "ddpm": "ddpm",
    "plms": "ddpm",
    "pndm": "ddpm",
    "euler": "k_euler",
    "eulerdiscrete": "k_euler",
    "eulera": "k_euler_ancestral",
    "eulerancestral": "k_euler_ancestral",
    "eulerancestraldiscrete": "k_euler_ancestral",
    "heun": "k_heun",
    "heundiscrete": "k_heun",
    "dpm2": "k_dpm_2",
    "kdpm2discrete": "k_dpm_2",
    "dpm2a": "k_dpm_2_ancestral",
    "dpm2ancestral": "k_dpm_2_ancestral",
    "kdpm2ancestraldiscrete": "k_dpm_2_ancestral",
    "lms": "k_lms",
    "lmsdiscrete": "k_lms",
    "dpmpp2sa": "k_dpmpp_2s_ancestral",
    "dpmpp2sancestral": "k_dpmpp_2s_ancestral",
    "dpmpp2m": "k_dpmpp_2m",
    "dpmsolvermultistep": "k_dpmpp_2m",
    "dpmppsde": "k_dpmpp_sde",
    "dpmsolversde": "k_dpmpp_sde",
}
"""Our samplers by all of their names, in small letters and without signs; `++` is `pp`."""

LONGEST_NAME = 60
"""The most characters of a sampler's name with its schedule."""

_SCHEDULE = re.compile(
    r"[\s_\-]+(karras|exponential|polyexponential|uniform|sgm uniform|sgm_uniform|simple|beta)$"
)


_PREFIX = re.compile(r"^(?:sample_)?(?:k[_\- ])?")


def read_sampler(typed: str) -> tuple[str, str]:
    """The sampler of that name and the name of its schedule; as typed where it is not known."""
    if len(typed) > LONGEST_NAME:
        return typed, ""
    name, schedule = typed.strip().lower(), ""
    if match := _SCHEDULE.search(name):
        name, schedule = name[: match.start()], match.group(1)
    plain = re.sub(r"[^a-z0-9]", "", _PREFIX.sub("", name).replace("++", "pp"))
    known = SAMPLERS.get(plain.removesuffix("scheduler"))
    return (known, schedule) if known else (typed, "")


_NETWORK = re.compile(r"<(?ai:hypernet|embedding|ti):[^<>\s]{1,100}>")
_WORDS = re.compile(r"(?<![^\s,])(BREAK|AND)(?![^\s,])")
_WILDCARD = re.compile(r"(?<!\w)__[\w/*-]{1,60}?__(?!\w)")
_DYNAMIC = re.compile(r"(?<=\{)[0-9]*-?[0-9]*\$\$|\$\{\w{1,60}[=:}]")
_HASHES = re.compile(r"###+")
_WEIGHT_FIRST = re.compile(rf"(?<![^\s,|{{}}])({NUMBER})::(?=[^\s:])")
_WEIGHT_APART = re.compile(rf"::\s+({NUMBER})(?=[\s,]|\Z)")


def tell_foreign_signs(text: str, masked: str, end: int, notices: Notices) -> None:
    """Say of signs that mean something to other programs how they are read here."""
    for pattern in (_WORDS, _WILDCARD, _HASHES, _NETWORK, _DYNAMIC):
        # In a text that is all capitals they are words.
        if pattern is _WORDS and text == text.upper():
            continue
        match = pattern.search(masked, 0, end)
        if match:
            typed = shorten(text[match.start() : match.end()])
            notices.add(
                match.start(),
                Sentence("{typed} is another program's sign; it is drawn as text.", typed=typed),
            )
    for match in _WEIGHT_FIRST.finditer(masked, 0, end):
        typed = shorten(text[match.start() : match.end()])
        if any(char.isdigit() for char in typed):
            notices.add(
                match.start(),
                Sentence("{typed} weighs nothing: a weight follows its text.", typed=typed),
            )
    for match in _WEIGHT_APART.finditer(masked, 0, end):
        typed = shorten(" ".join(text[match.start() : match.end()].split()))
        notices.add(
            match.start(),
            Sentence("{typed} is no weight: a weight follows :: without a space.", typed=typed),
        )
