"""Answers in any order, number and kind, each over a real stream."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.errors import Filtered, GarbledAnswer
from generation.image.answers import AnswerReader
from generation.wire import generation_pb2 as pb
from tests.generation.image.scripted import (
    REQUEST,
    ScriptedEngine,
    answer,
    answers,
    draw,
    image,
    png,
    verdict,
)

if TYPE_CHECKING:
    from generation.image.client import Picture

REJECTION = pb.Artifact(type=pb.ARTIFACT_TEXT, text="no", finish_reason=pb.FILTER)


async def drawn(*given_answers: pb.Answer, samples: int = 1) -> list[Picture]:
    return await draw(ScriptedEngine(answers(*given_answers)), replace(REQUEST, samples=samples))


def seen(pictures: list[Picture]) -> list[tuple[int, int, str]]:
    return [(picture.index, picture.seed, picture.finish) for picture in pictures]


@pytest.mark.parametrize("reason", [pb.NULL, pb.LENGTH, pb.STOP])
async def test_a_picture_that_ended_well(reason: pb.FinishReason) -> None:
    assert seen(await drawn(answer(image(finish_reason=reason)))) == [(0, 7, "ok")]


async def test_a_filtered_picture_is_withheld() -> None:
    (picture,) = await drawn(answer(image(finish_reason=pb.FILTER)))
    assert (picture.finish, picture.png) == ("filtered", b"")


async def test_a_filtered_picture_needs_no_data() -> None:
    pictures = await drawn(answer(image(data=b"", finish_reason=pb.FILTER)))
    assert seen(pictures) == [(0, 7, "filtered")]


async def test_a_failed_picture_is_left_out() -> None:
    pictures = await drawn(
        answer(image(0, 7, finish_reason=pb.ERROR)), answer(image(1, 8)), samples=2
    )
    assert seen(pictures) == [(1, 8, "ok")]


async def test_only_failed_pictures() -> None:
    with pytest.raises(GarbledAnswer, match="failed on every picture"):
        await drawn(answer(image(finish_reason=pb.ERROR)))


async def test_no_picture_at_all() -> None:
    with pytest.raises(GarbledAnswer, match="no picture"):
        await drawn(answer(), answer())


async def test_a_picture_without_data() -> None:
    with pytest.raises(GarbledAnswer, match="no data"):
        await drawn(answer(image(data=b"")))


async def test_a_rejected_prompt() -> None:
    with pytest.raises(Filtered) as caught:
        await drawn(answer(REJECTION))
    assert caught.value.what == "prompt"


async def test_a_rejection_beside_pictures_is_a_remark() -> None:
    assert seen(await drawn(answer(image()), answer(REJECTION))) == [(0, 7, "ok")]


async def test_other_artifacts_are_ignored() -> None:
    others = [
        pb.Artifact(type=kind, text="a remark")  # pyright: ignore[reportArgumentType]
        for kind in pb.ArtifactType.values()
        if kind != pb.ARTIFACT_IMAGE
    ]
    unknown = pb.Artifact(type=99, text="from the future")  # pyright: ignore[reportArgumentType]
    assert seen(await drawn(answer(*others, unknown), answer(image()))) == [(0, 7, "ok")]


@pytest.mark.parametrize(
    ("action", "finish"),
    [
        (pb.ACTION_PASSTHROUGH, "ok"),
        (pb.ACTION_REGENERATE_DUPLICATE, "ok"),
        (pb.ACTION_REGENERATE, "ok"),
        (pb.ACTION_OBFUSCATE_DUPLICATE, "filtered"),
        (pb.ACTION_OBFUSCATE, "filtered"),
        (pb.ACTION_DISCARD, "filtered"),
    ],
)
async def test_a_verdict_beside_its_picture(action: pb.Action, finish: str) -> None:
    assert seen(await drawn(answer(image(), verdict(action)))) == [(0, 7, finish)]


async def test_a_verdict_before_its_picture() -> None:
    pictures = await drawn(
        answer(verdict(pb.ACTION_DISCARD, 1)), answer(image(1, 8)), answer(image(0, 7)), samples=2
    )
    assert seen(pictures) == [(1, 8, "filtered"), (0, 7, "ok")]


async def test_a_verdict_after_its_picture_takes_it_back() -> None:
    pictures = await drawn(
        answer(image(0, 7)), answer(image(1, 8)), answer(verdict(pb.ACTION_OBFUSCATE, 1)), samples=2
    )
    assert seen(pictures) == [(0, 7, "ok"), (1, 8, "ok"), (1, 8, "filtered")]
    assert pictures[2].png == b""


async def test_a_verdict_of_an_engine_that_does_not_count() -> None:
    pictures = await drawn(answer(image(0, 7)), answer(verdict(pb.ACTION_OBFUSCATE, 5)))
    assert seen(pictures) == [(0, 7, "ok"), (0, 7, "filtered")]


async def test_a_verdict_is_heard_once() -> None:
    twice = answer(verdict(pb.ACTION_OBFUSCATE))
    assert seen(await drawn(twice, twice)) == [(0, 7, "filtered")]


async def test_out_of_order() -> None:
    pictures = await drawn(*(answer(image(index, 7 + index)) for index in (2, 0, 1)), samples=3)
    assert seen(pictures) == [(2, 9, "ok"), (0, 7, "ok"), (1, 8, "ok")]


async def test_several_in_one_answer() -> None:
    pictures = await drawn(answer(image(0, 7), image(1, 8)), samples=2)
    assert [picture.index for picture in pictures] == [0, 1]


@pytest.mark.parametrize(
    "again",
    [
        image(0, 7, uuid="a"),
        image(0, 7, uuid="b"),
        image(0, 7, png(5), uuid="b"),
        image(1, 8, uuid="a"),
    ],
    ids=["the same", "index and seed", "drawn anew", "uuid"],
)
async def test_duplicates_are_dropped(again: pb.Artifact) -> None:
    pictures = await drawn(answer(image(0, 7, uuid="a")), answer(again), samples=2)
    assert seen(pictures) == [(0, 7, "ok")]


async def test_duplicates_without_seed_or_uuid() -> None:
    pictures = await drawn(answer(image(0, 0)), answer(image(0, 0)), samples=2)
    assert seen(pictures) == [(0, 7, "ok")]


async def test_equal_pictures_are_no_duplicates() -> None:
    """With a strength of 0 every sample is the init image."""
    pictures = await drawn(answer(image(0, 7, png())), answer(image(1, 8, png())), samples=2)
    assert [picture.index for picture in pictures] == [0, 1]


async def test_an_engine_that_does_not_count() -> None:
    pictures = await drawn(*(answer(image(0, seed)) for seed in (7, 8, 9)), samples=3)
    assert seen(pictures) == [(0, 7, "ok"), (1, 8, "ok"), (2, 9, "ok")]


async def test_an_index_beyond_the_samples() -> None:
    assert seen(await drawn(answer(image(40, 7)))) == [(0, 7, "ok")]


async def test_more_than_asked_for() -> None:
    pictures = await drawn(*(answer(image(index, 7 + index)) for index in range(4)), samples=2)
    assert [picture.index for picture in pictures] == [0, 1]


async def test_fewer_than_asked_for() -> None:
    assert len(await drawn(answer(image(0, 7)), samples=4)) == 1


async def test_a_missing_seed_is_the_one_asked_for() -> None:
    assert seen(await drawn(answer(image(1, 0)), samples=2)) == [(1, 8, "ok")]


ARTIFACTS = st.builds(
    pb.Artifact,
    type=st.sampled_from(
        [pb.ARTIFACT_IMAGE, pb.ARTIFACT_IMAGE, pb.ARTIFACT_CLASSIFICATIONS, pb.ARTIFACT_TEXT]
    ),
    index=st.integers(0, 4),
    seed=st.integers(0, 3),
    uuid=st.sampled_from(["", "a", "b"]),
    finish_reason=st.sampled_from(pb.FinishReason.values()),
    classifier=st.builds(
        pb.ClassifierParameters, realized_action=st.sampled_from(pb.Action.values())
    ),
) | st.builds(
    pb.Artifact,
    type=st.just(pb.ARTIFACT_IMAGE),
    index=st.integers(0, 4),
    seed=st.integers(0, 3),
    binary=st.sampled_from([b"x", b"y"]),
)


@given(st.lists(st.lists(ARTIFACTS, max_size=3), max_size=8), st.integers(1, 4))
def test_each_sample_comes_once_and_is_taken_back_at_most_once(
    stream: list[list[pb.Artifact]], samples: int
) -> None:
    reader = AnswerReader(replace(REQUEST, samples=samples))
    shown: list[int] = []
    withheld: list[int] = []
    try:
        for artifacts in stream:
            for sample in reader.read(pb.Answer(artifacts=artifacts)):
                (withheld if sample.is_withheld else shown).append(sample.index)
                assert sample.is_withheld or sample.index not in withheld
        reader.finish()
    except (Filtered, GarbledAnswer):
        pass
    assert len(set(shown)) == len(shown)
    assert len(set(withheld)) == len(withheld)
    assert set(shown) | set(withheld) <= set(range(samples))
