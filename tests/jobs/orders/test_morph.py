"""A morph's frames: exact at its ends, of the right weights between, the same every time."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.request import GuidancePreset, ImageRequest, Sampler, TextPrompt
from jobs.errors import TooLate
from jobs.orders.morph import MAX_FRAMES, MIN_FRAMES, MorphOrder, Scene
from media.camera import Camera, Move

SETTINGS = ImageRequest(
    engine_id="atelier-painter",
    prompts=(),
    width=512,
    height=384,
    seed=7,
    steps=30,
    cfg_scale=7.5,
    sampler=Sampler.K_EULER_ANCESTRAL,
    guidance=GuidancePreset.FAST_BLUE,
)
weights = st.floats(-10, 10, allow_subnormal=False).filter(lambda one: abs(one) > 1e-6)


@st.composite
def morphs(draw: st.DrawFn) -> MorphOrder:
    count = draw(st.integers(2, 3))
    scenes = tuple(
        tuple(
            # The letter tells the scene, so that a test sees where a text is from.
            TextPrompt(f"{letter}{number}", weight)
            for number, weight in enumerate(draw(st.lists(weights, min_size=1, max_size=4)))
        )
        for letter in "abc"[:count]
    )
    return an_order(*scenes, frames=draw(st.integers(MIN_FRAMES, MAX_FRAMES)))


def an_order(*scenes: Scene, frames: int = 24, camera: Camera | None = None) -> MorphOrder:
    return MorphOrder(
        title="a → b",
        prompts=tuple("typed" for _ in scenes),
        scenes=scenes,
        settings=SETTINGS,
        frames=frames,
        camera=camera,
        notices=("Mind the fog.",),
    )


def share_of(scene: Scene, drawn: Scene) -> float:
    """How much of a scene's weights a frame has: the same share of each."""
    kept = {one.text: one.weight for one in drawn}
    queue_limits = [kept.get(one.text, 0.0) / one.weight for one in scene]
    assert all(math.isclose(one, queue_limits[0], abs_tol=1e-9) for one in queue_limits)
    return queue_limits[0]


@given(morphs())
def test_the_ends_draw_just_their_own_prompts(order: MorphOrder):
    first, *_, last = order.requests
    assert len(order.requests) == order.frames
    assert first.prompts == order.scenes[0]
    assert last.prompts == order.scenes[-1]


@given(morphs())
def test_shares_sum_to_one_and_go_evenly_from_prompt_to_prompt(order: MorphOrder):
    legs = len(order.scenes) - 1
    for number, request in enumerate(order.requests):
        queue_limits = [share_of(scene, request.prompts) for scene in order.scenes]
        assert math.isclose(sum(queue_limits), 1)
        assert sum(share > 0 for share in queue_limits) <= 2
        place = sum(stop * share for stop, share in enumerate(queue_limits))
        assert math.isclose(place, legs * number / (order.frames - 1), abs_tol=1e-9)
        assert all(one.weight for one in request.prompts)


@given(morphs())
def test_all_else_is_the_same_in_every_frame(order: MorphOrder):
    for request in order.requests:
        assert (request.seed, request.samples, request.width) == (7, 1, 512)
        assert (request.steps, request.sampler) == (30, Sampler.K_EULER_ANCESTRAL)
    assert order.requests == order.requests


@given(morphs())
def test_a_morph_comes_back_as_it_was(order: MorphOrder):
    kept = json.dumps(order.to_json())
    again = MorphOrder.from_json(json.loads(kept))
    assert again == order
    assert again.requests == order.requests


def test_a_camera_comes_back_and_the_row_stays_small():
    camera = Camera(move=Move.ORBIT, strength=30)
    scene = (TextPrompt("a fox"),)
    order = an_order(scene, (TextPrompt("a hare"),), frames=MAX_FRAMES, camera=camera)
    kept = json.dumps(order.to_json())
    assert MorphOrder.from_json(json.loads(kept)).camera == camera
    assert len(kept) < 1000


def test_three_prompts_are_walked_through_in_equal_parts():
    a, b, c = ((TextPrompt(letter),) for letter in "abc")
    order = an_order(a, b, c, frames=9)
    assert order.requests[4].prompts == b
    assert [share_of(b, one.prompts) for one in order.requests] == [
        0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0,
    ]  # fmt: skip


def test_no_frame_is_like_the_one_before():
    a, b = (TextPrompt("a"),), (TextPrompt("b"),)
    requests = an_order(a, b, frames=MAX_FRAMES).requests
    assert all(one != other for one, other in pairwise(requests))


def test_a_weight_of_nothing_is_left_out():
    a, b = (TextPrompt("a"), TextPrompt("nothing", 0.0)), (TextPrompt("b"),)
    assert [one.text for one in an_order(a, b).requests[5].prompts] == ["a", "b"]


def test_a_forgotten_order_is_too_late():
    with pytest.raises(TooLate):
        MorphOrder.from_json({})
