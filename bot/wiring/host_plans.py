"""Which hosts the settings name, each with its key, its limits, or what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.settings import STABILITY_API, STABILITY_DOMAIN, is_stabilitys
from generation.catalogue.engine import GRPC, STABILITY_REST, VIDEO
from generation.hosts.host import HostTraits
from generation.image.client import Endpoint
from generation.rest.address import check_address, check_key
from generation.stability.address import StabilityAddress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import SecretStr

    from bot.embedded import EmbeddedServer
    from bot.settings import Settings

EMBEDDED = "embedded"
"""What stands for the variable of the server that the bot starts itself."""

NO_HOST = "it is no host:port, for example localhost:50051"
NO_KEY = "it holds characters that cannot be sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPlan:
    """A host that the settings name; `endpoint` is None where they cannot be used.

    `account` tells whose rate limit it is, and `requests` how many it takes in 10 seconds, None for
    any number; hosts of one account share its limit.
    """

    traits: HostTraits
    endpoint: Endpoint | StabilityAddress | None = None
    problem: str = ""
    account: str = ""
    requests: int | None = None


def host_plans(settings: Settings, server: EmbeddedServer | None) -> list[HostPlan]:
    """The hosts in the order in which they are asked for an engine that several have.

    What costs nothing comes first. `server` is the embedded one, which has started.
    """
    plans: list[HostPlan] = []
    if server is not None:
        traits = HostTraits(name="the embedded engine", transport=GRPC, setting=EMBEDDED)
        plans.append(HostPlan(traits=traits, endpoint=Endpoint(server.host, server.token)))
    if settings.atelier_inference_host:
        plans.append(_own(settings))
    if settings.stability_host:
        plans.append(_grpc(settings))
    if settings.api_address:
        plans.append(_api(settings))
    traits = HostTraits(name="films", transport=VIDEO)
    plans += [HostPlan(traits=traits, problem=problem) for problem in _video_problems(settings)]
    return plans


def account_of(host_name: str, place: str, key: str) -> str:
    """Whose rate limit a place's is: Stability counts all that a key does together."""
    return f"{STABILITY_DOMAIN if is_stabilitys(host_name) else place} {key}"


def _own(settings: Settings) -> HostPlan:
    host = settings.atelier_inference_host
    endpoint, problem = _endpoint(
        ("ATELIER_INFERENCE_HOST", host),
        ("ATELIER_INFERENCE_TOKEN", settings.atelier_inference_token),
    )
    traits = HostTraits(
        name=f"the engine at {host}" if endpoint else "the engine of ATELIER_INFERENCE_HOST",
        transport=GRPC,
        setting="ATELIER_INFERENCE_HOST",
        key_setting="ATELIER_INFERENCE_TOKEN",
    )
    return HostPlan(traits=traits, endpoint=endpoint, problem=problem)


def _grpc(settings: Settings) -> HostPlan:
    host, key = settings.stability_host, settings.stability_key
    endpoint, problem = _endpoint(
        ("STABILITY_HOST", host), ("STABILITY_KEY", key), settings.stability_tls
    )
    traits = HostTraits(
        name=f"the engine at {host}" if endpoint else "the engine of STABILITY_HOST",
        transport=GRPC,
        setting="STABILITY_HOST",
        key_setting="STABILITY_KEY",
        is_metered=True,
    )
    if endpoint is None:
        return HostPlan(traits=traits, problem=problem)
    is_hosted = is_stabilitys(endpoint.host_name)
    return HostPlan(
        traits=traits,
        endpoint=endpoint,
        account=account_of(endpoint.host_name, host, endpoint.key),
        requests=settings.hosted_rate if is_hosted else settings.asked_rate,
    )


def _api(settings: Settings) -> HostPlan:
    base, key = settings.api_address, settings.stability_key.get_secret_value()
    address, problem = _address(base, key)
    place = "" if base == STABILITY_API or address is None else f" at {base}"
    traits = HostTraits(
        name=f"Stability's REST API{place}",
        transport=STABILITY_REST,
        setting="STABILITY_API",
        key_setting="STABILITY_KEY",
        is_metered=True,
    )
    if address is None:
        return HostPlan(traits=traits, problem=problem)
    return HostPlan(
        traits=traits,
        endpoint=address,
        account=account_of(address.host_name, base, key),
        requests=settings.hosted_rate,
    )


def _address(base: str, key: str) -> tuple[StabilityAddress | None, str]:
    """The address, or which variable cannot be used and why; never its value."""
    try:
        StabilityAddress(base)
    except ValueError as error:
        return None, f"STABILITY_API is not usable: {error}"
    if not key:
        return None, "STABILITY_API is not usable: STABILITY_KEY is not set"
    try:
        return StabilityAddress(base, key), ""
    except ValueError:
        return None, f"STABILITY_KEY is not usable: {NO_KEY}"


def _endpoint(
    named: tuple[str, str], keyed: tuple[str, SecretStr], tls: bool | None = None
) -> tuple[Endpoint | None, str]:
    """The endpoint, or which variable cannot be used and why; never its value."""
    (host_setting, host), (key_setting, key) = named, keyed
    try:
        Endpoint(host)
    except ValueError:
        return None, f"{host_setting} is not usable: {NO_HOST}"
    try:
        return Endpoint(host, key.get_secret_value(), tls), ""
    except ValueError:
        return None, f"{key_setting} is not usable: {NO_KEY}"


def _video_problems(settings: Settings) -> Iterator[str]:
    """Which variables about films cannot be used and why; never their values."""
    key = settings.stability_rest_key.get_secret_value()
    places = (
        ("ATELIER_INFERENCE_REST", settings.atelier_inference_rest),
        ("STABILITY_REST", settings.video_address),
    )
    for name, base in places:
        try:
            check_address(base or STABILITY_API)
        except ValueError as error:
            yield f"{name} is not usable: {error}"
    try:
        check_key(key)
    except ValueError:
        yield f"STABILITY_REST_KEY is not usable: {NO_KEY}"
