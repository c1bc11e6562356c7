"""Letters that look like others, and what stands for letters."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FIRST_PRIVATE = 0xE000
"""Unicode gives no meaning to the characters from here on."""

TABLE = Path(__file__).with_name("lookalikes.txt")


@cache
def unicode_table() -> dict[str, str]:
    """Characters by what they look like: Unicode's own confusables, reduced by `generate`."""
    found: dict[str, str] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            target, *codes = line.split(" ")
            found.update((chr(int(code, 16)), target) for code in codes)
    return found


def _pairs(text: str) -> dict[str, str]:
    """`text` has pairs of a character and what it looks like; a slash is between choices."""
    return {pair[0]: pair[1:] for pair in text.split()}


def _row(letters: str, signs: str) -> dict[str, str]:
    return dict(zip(signs, letters, strict=True))


_DRAWN_ALIKE = _pairs(
    # Latin letters that read otherwise than their names say
    "æae œoe ɯm ʌa/v/l Ʌa/v/l ſs/f ẝf/s ӏ1 Ɩ1 ׀1"
    # Cyrillic
    " аa вb сc ԁd еe ғf/r һh нh іi јj кk мm/w пn оo рp ԛq гr яr ѕs тt иn/u уy ѵv ԝw шw щw хx үy зe"
    " ьb бb эe єe/c ҽe әe ԍg ҡk ҟk ԏt цu чy дd лn"
    # Greek; capitals where they differ in looks
    " ŧt/f Ŧt/f Ι1 І1 Ⲓ1 αa βb γy δd εe/c ζz ηn ιi κk λl μu νv οo πn ρp σo τt υu φo χx ωw ϲc ϳj"
    " Ηh Μm Νn Υy Λa/v/l Σs/e Ξe Вb Тt Уy"
    # Armenian, Hebrew, Cherokee
    " օo ոn սu հh ցg զq եt խp ռn տs պy քp/f լl נj"
    " ᎪA ᏴB ᏟC ᎠD ᎬE ᏀG ᎻH ᎥI ᎫJ ᏦK ᏞL ᎷM ᏢP ᎡR ᏚS ᎢT ᏙV ᎳW ᏃZ"
    # Coptic, Georgian, Tibetan, Arabic digits
    " ⲁa ⲃb ⲇd ⲉe/c ⲍz ⲏh/n ⲓi ⲕk ⲗl ⲙm ⲛn ⲟo ⲡn ⲣp ⲥc/s ⲧt ⲩu/y ⲭx ⲱw Ⴆb ცb ყy ཞr ۷v"
    " ԃd ϝf ԋh ʅl ϙq ҳx ʄf"
    # Signs
    " ¢c ∂d ∩n ∪u ∑s/e ∏n √v ₳a ฿b ₵c ₣f ₲g ₭k ₥m ₦n ₱p ₴s ₮t ₩w ¥y ≠e ℮e ₡c ₫d ℘p"
) | {
    # Alphabets of other scripts' letters that text styling tools write
    **_row("abcdefghijklmnopqrstuvwxyz", "ᏗᏰፈᎴᏋᎦᎶᏂᎥᏠᏦᏝᎷᏁᎧᎮᎤᏒᏕᏖᏬᏉᏇጀᎩፚ"),
    **_row("bcdghijklmnopqrstuvwxyz", "๒ς๔ﻮђเןкɭ๓ภ๏קợгรՇยשฬאץչ"),
    **_row("abcdefghijklmnopqrstuvwxyz", "卂乃匚ᗪ乇千Ꮆ卄丨ﾌҜㄥ爪几ㄖ卩Ɋ尺丂ㄒㄩᐯ山乂ㄚ乙"),
    **_row("abcdefghijklmnopqrstuvwxyz", "ꍏꌃꉓꀸꍟꎇꁅꃅꀤꀭꀘ꒒ꂵꈤꂦꉣꆰꋪꌗ꓄ꀎꃴꅏꊼꌩꁴ"),
    **_row("abcdefghijklmnopqrstuvwxyz", "ᗩᗷᑕᗪEᖴGᕼIᒍKᒪᗰᑎOᑭᑫᖇᔕTᑌᐯᗯ᙭Yᘔ"),
}


def _with_choices(pairs: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The pairs with one character in the place of every choice, and the letters of each."""
    choices = {"il": "1"}
    for letters in pairs.values():
        if "/" in letters:
            choices.setdefault(letters.replace("/", ""), chr(FIRST_PRIVATE + len(choices)))
    found = {
        char: choices[letters.replace("/", "")] if "/" in letters else letters.lower()
        for char, letters in pairs.items()
        if not char.isascii()
    }
    return found, {char: letters for letters, char in choices.items()}


MIXED, CHOICES = _with_choices(_DRAWN_ALIKE)
"""What characters look like in a word that is not wholly of one other script, and what of that may
be one letter or another."""

DIGITS = str.maketrans("023456789", "ozeasgtbg")
"""Digits in a word with letters; of a 1 see CHOICES."""

SIGNS = str.maketrans("@$€£!|", "asel11")
"""Signs that may stand for letters."""
