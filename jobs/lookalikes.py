"""Letters that look like others, and what stands for letters."""

from __future__ import annotations


def _pairs(text: str) -> dict[int, str]:
    """`text` has pairs of a character and what it looks like, with spaces between."""
    return {ord(pair[0]): pair[1:] for pair in text.split()}


LETTERS = _pairs(
    # Latin letters that no decomposition leads back from, and small capitals
    "ıi ȷj øo đd ħh łl ŧt ƒf ŋn ðd þp ɑa ɡg ɩi ʋv æae œoe ǝe əe ɐa ɔo ɟf ɥh ɯm ɹr ʇt ʌv ʍw ʎy"
    " ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ꞯq ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz ƨs ʂs ƶz ɇe"
    # Cyrillic
    " аa вb сc ԁd еe ғf һh нh іi јj кk ӏl мm пn оo рp ԛq гr яr ѕs тt иu уy ѵv ԝw шw хx үy зe"
    " ьb бb ҽe әe ԍg ҡk ҟk ԏt"
    # Greek: its capitals, where they differ in looks, were replaced before
    " αa βb γy δd εe ζz ηn ιi κk λl μu νv οo πn ρp σo τt υu φo χx ωw ϲc ϳj"
    # Armenian
    " օo ոn սu հh ցg զq եt խp ռn տs պy քp լl"
)
"""Small letters that look like Latin ones."""

CAPITALS = _pairs(
    "Ηh Μm Νn Υy Вb Мm Тt УY ᎪA ᏴB ᏟC ᎠD ᎬE ᏀG ᎻH ᎥI ᎫJ ᏦK ᏞL ᎷM ᏢP ᎡR ᏚS ᎢT ᏙV ᎳW ᏃZ"
)
"""Capitals that look like other letters than their small forms."""

DIGITS = str.maketrans("023456789", "ozeasgtbg")
"""Digits in a word with letters; 1 may be an i or an l."""

SIGNS = str.maketrans("@$€£!|", "asel11")
"""Signs that may stand for letters."""
