"""Words that style presets add to a prompt."""

from __future__ import annotations

from generation.request import StylePreset

WORDS = {
    StylePreset.ANIME: "vivid bright clouds",
    StylePreset.NEON_PUNK: "neon glow night",
    StylePreset.FANTASY_ART: "magical glow",
    StylePreset.CINEMATIC: "dramatic",
    StylePreset.ANALOG_FILM: "faded",
    StylePreset.COMIC_BOOK: "bold",
    StylePreset.DIGITAL_ART: "vibrant",
}
"""Words that a style adds to the prompt, at `WORDS_WEIGHT`."""
WORDS_WEIGHT = 0.6
