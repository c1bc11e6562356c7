"""What the texts of a prompt weigh in the end; what draws them and what judges them ask here."""

from __future__ import annotations

from prompts.emphasis import Fragment, parse_emphasis


def weigh(text: str, weight: float, *, reads_emphasis: bool = True) -> tuple[Fragment, ...]:
    """The runs of one segment's text as an engine draws them, each with its effective weight.

    That is the segment's weight times all emphasis around the run: above 0 the run is drawn, below
    0 it is pushed out of the picture, at 0 it does neither. So two negatives draw. For an engine
    that does not read emphasis the text is drawn as it stands, brackets and all.
    """
    if not reads_emphasis:
        return (Fragment(text, weight),) if text else ()
    return tuple(Fragment(one.text, weight * one.weight) for one in parse_emphasis(text))
