"""The errors carry their facts through a pickle: steps of a job and worker processes raise them."""

from __future__ import annotations

import pickle
from datetime import timedelta

import pytest

from generation import errors

EXAMPLES: dict[errors.GenerationError, str] = {
    errors.GenerationError("odd"): "odd",
    errors.Refused("no"): "no",
    errors.BadRequest("steps", "900 is outside 1 to 150"): "steps: 900 is outside 1 to 150",
    errors.Filtered(): "the prompt was filtered",
    errors.Filtered("picture"): "the picture was filtered",
    errors.Declined("not this"): "not this",
    errors.UnknownEngine("sd9", "sd1"): "unknown engine sd9",
    errors.EngineAway("sd9", is_off=True, others=("sd1",)): "sd9 is away",
    errors.ResultGone("not_found"): "not_found",
    errors.AnswerLost(): "AnswerLost",
    errors.Unavailable(): "Unavailable",
    errors.Busy("full", timedelta(seconds=3)): "full",
    errors.Unreachable(): "Unreachable",
    errors.TooSlow("60 s"): "60 s",
    errors.GarbledAnswer("no picture"): "no picture",
    errors.EngineFailed("oh no"): "oh no",
    errors.Misconfigured("wrong host"): "wrong host",
    errors.Unauthorized(): "Unauthorized",
    errors.OutOfCredit("nothing left"): "nothing left",
}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_survives_a_pickle(error: errors.GenerationError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == str(error) == EXAMPLES[error]


def test_every_error_is_classified_once() -> None:
    classes = {
        *(errors.Refused, errors.Unavailable, errors.Misconfigured),
        *(errors.GarbledAnswer, errors.AnswerLost),
    }
    for error in EXAMPLES:
        kinds = classes & set(type(error).__mro__)
        assert len(kinds) == int(type(error) is not errors.GenerationError), error


def test_every_error_has_an_example() -> None:
    defined = {
        thing
        for thing in vars(errors).values()
        if isinstance(thing, type) and issubclass(thing, errors.GenerationError)
    }
    assert {type(error) for error in EXAMPLES} == defined
