"""Which hosts the settings name: where they are, whose key they see, and what limits them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.wiring.host_plans import host_plans
from generation.catalogue.engine import STABILITY_REST
from generation.image.client import Endpoint
from generation.stability.address import StabilityAddress
from tests.bot.wiring.settings import settings_of

if TYPE_CHECKING:
    from bot.wiring.host_plans import HostPlan

KEY, TOKEN = "sk-of-stability", "token-of-ours"
OWN = {"ATELIER_INFERENCE_HOST": "gpu.example:50051", "ATELIER_INFERENCE_TOKEN": TOKEN}
HOSTED = {"STABILITY_HOST": "grpc.stability.ai:443", "STABILITY_KEY": KEY}


def plans(**given: str) -> list[HostPlan]:
    return host_plans(settings_of(**given), None)


def test_each_key_goes_to_its_own_host_and_what_costs_nothing_comes_first():
    own, hosted = plans(**OWN, **HOSTED)
    assert isinstance(own.endpoint, Endpoint)
    assert (own.endpoint.host, own.endpoint.key) == ("gpu.example:50051", TOKEN)
    assert isinstance(hosted.endpoint, Endpoint)
    assert (hosted.endpoint.host, hosted.endpoint.key) == ("grpc.stability.ai:443", KEY)
    assert (own.traits.is_metered, hosted.traits.is_metered) == (False, True)


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ({"STABILITY_KEY": KEY}, "https://api.stability.ai"),
        ({"STABILITY_KEY": KEY, "STABILITY_API": "http://127.0.0.1:5"}, "http://127.0.0.1:5"),
        ({**HOSTED, "STABILITY_API": "http://127.0.0.1:5"}, "http://127.0.0.1:5"),
    ],
)
def test_a_key_alone_or_an_address_means_the_rest_engines(given: dict[str, str], base: str):
    plan = plans(**given)[-1]
    assert isinstance(plan.endpoint, StabilityAddress)
    assert (plan.endpoint.base, plan.endpoint.key) == (base, KEY)
    assert plan.traits.is_metered
    assert plan.traits.transport == STABILITY_REST
    assert plan.requests == 150


def test_stabilitys_hosts_are_one_account_over_both_transports():
    grpc, rest = plans(**HOSTED, STABILITY_API="https://api.stability.ai")
    assert grpc.account == rest.account


@pytest.mark.parametrize(
    ("given", "requests"),
    [
        (HOSTED, 150),
        ({**HOSTED, "ATELIER_RATE_LIMIT": "20"}, 20),
        ({**HOSTED, "ATELIER_RATE_LIMIT": "none"}, None),
        ({"STABILITY_HOST": "gpu.example:1"}, None),
        ({"STABILITY_HOST": "gpu.example:1", "ATELIER_RATE_LIMIT": "20"}, 20),
        (OWN, None),
        ({**OWN, "ATELIER_RATE_LIMIT": "20"}, None),
    ],
)
def test_the_rate_limit_holds_for_hosts_that_cost_money(
    given: dict[str, str], requests: int | None
):
    (plan,) = plans(**given)
    assert plan.requests == requests


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"STABILITY_HOST": "secret"}, "STABILITY_HOST"),
        ({"STABILITY_HOST": "secret:99999"}, "STABILITY_HOST"),
        ({"STABILITY_HOST": "secret host:1"}, "STABILITY_HOST"),
        ({"STABILITY_HOST": "[::1:1"}, "STABILITY_HOST"),
        ({"STABILITY_HOST": "::1:1"}, "STABILITY_HOST"),
        ({"STABILITY_HOST": "[secret]:1"}, "STABILITY_HOST"),
        ({"STABILITY_HOST": "gpu..secret:1"}, "STABILITY_HOST"),
        ({"STABILITY_HOST": "300.1.1.1:1"}, "STABILITY_HOST"),
        ({"STABILITY_HOST": "dns:secret:1"}, "STABILITY_HOST"),
        ({"STABILITY_KEY": "sk", "STABILITY_API": "https://secret host"}, "STABILITY_API"),
        ({"STABILITY_KEY": "sk", "STABILITY_API": "https://[secret]"}, "STABILITY_API"),
        ({"STABILITY_KEY": "sk", "STABILITY_API": "https://a,secret"}, "STABILITY_API"),
        ({"STABILITY_HOST": "gpu:1", "STABILITY_KEY": "secré"}, "STABILITY_KEY"),
        ({"STABILITY_KEY": "secré"}, "STABILITY_KEY"),
        ({"STABILITY_KEY": "sk", "STABILITY_API": "ftp://secret"}, "STABILITY_API"),
        ({"STABILITY_API": "http://127.0.0.1:5"}, "STABILITY_API"),
        ({"ATELIER_INFERENCE_HOST": "http://secret:1"}, "ATELIER_INFERENCE_HOST"),
        (
            {"ATELIER_INFERENCE_HOST": "gpu:1", "ATELIER_INFERENCE_TOKEN": "secré"},
            "ATELIER_INFERENCE_TOKEN",
        ),
        ({"ATELIER_INFERENCE_REST": "secret"}, "ATELIER_INFERENCE_REST"),
        ({"STABILITY_REST": "secret"}, "STABILITY_REST"),
        ({"STABILITY_REST": "ftp://secret"}, "STABILITY_REST"),
        ({"STABILITY_REST": "https://user:secret@host"}, "STABILITY_REST"),
        ({"STABILITY_REST": "https://host:secret"}, "STABILITY_REST"),
        ({"STABILITY_REST": "https://[secret"}, "STABILITY_REST"),
        ({"STABILITY_REST": "https://host/?secret"}, "STABILITY_REST"),
        ({"STABILITY_REST_KEY": "secret\nsecret"}, "STABILITY_REST_KEY"),
    ],
)
def test_what_cannot_be_used_is_named_without_its_value(given: dict[str, str], names: str):
    (plan,) = plans(**given)
    assert plan.endpoint is None
    assert plan.problem.startswith(f"{names} is not usable: ")
    assert "secr" not in plan.problem + plan.traits.name


PLACES = [" gpu_1:50051 ", "[::1]:50051", "10.0.0.7:50051", "xn--bcher-kva.example.:1", "GPU:1"]


@pytest.mark.parametrize("place", PLACES)
def test_names_and_addresses_of_hosts_are_taken(place: str):
    own, api = plans(
        ATELIER_INFERENCE_HOST=place,
        STABILITY_KEY=KEY,
        STABILITY_API=f" http://{place.strip()}/path/ ",
    )
    assert isinstance(own.endpoint, Endpoint)
    assert own.endpoint.host == place.strip()
    assert api.endpoint is not None
