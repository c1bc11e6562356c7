"""What Prometheus reads of a server at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import grpc.aio
import pytest
from prometheus_client.parser import text_string_to_metric_families

from generation.codec import encode_request
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.metrics.exposition import ServerCollector, expose
from inference.metrics.measurements import Distribution, Measurements, Outcome
from inference.options import Options
from inference.registry import EngineRegistry
from inference.server import serve
from tests.inference.orders import order
from tests.inference.video.videos import BETA

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGINE = "atelier-painter"


def values(text: str) -> Mapping[str, float]:
    """The samples by their names with labels, as Prometheus' own parser reads them."""
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def read(address: str, token: str = "") -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession(f"http://{address}", headers=headers) as client,
        client.get("/metrics") as answer,
    ):
        return answer.status, await answer.text()


async def test_what_was_drawn_and_refused_is_counted():
    async with serve(Options(grpc_port=0, http_port=0, workers=1)) as running:
        async with grpc.aio.insecure_channel(running.grpc_address) as channel:
            stub = GenerationServiceStub(channel)
            known = encode_request(order("sea", width=64, height=64), "r")
            assert [answer async for answer in stub.Generate(known)]
            unknown = encode_request(order("sea", engine_id="nowhere"), "r")
            with pytest.raises(grpc.aio.AioRpcError):
                assert [answer async for answer in stub.Generate(unknown)]
        async with (
            aiohttp.ClientSession(f"http://{running.http_address}") as client,
            client.get(f"{BETA}/result/{'0' * 64}") as answer,
        ):
            assert answer.status == 404
        status, text = await read(running.http_address)
    assert status == 200
    found = values(text)
    assert found[f"atelier_results_total['{ENGINE}', 'finished']"] == 1
    assert found[f"atelier_latency_seconds_count['{ENGINE}']"] == 1
    assert found["atelier_refusals_total['NOT_FOUND', 'grpc']"] == 1
    assert found["atelier_refusals_total['404', 'http']"] == 1
    assert (found["atelier_queue_running[]"], found["atelier_queue_waiting[]"]) == (0, 0)
    assert found["process_resident_memory_bytes[]"] > 1e6
    assert "sea" not in text


async def test_they_are_for_those_with_the_token():
    async with serve(Options(grpc_port=0, http_port=0, token="secret")) as running:
        assert (await read(running.http_address))[0] == 401
        status, text = await read(running.http_address, "secret")
    assert status == 200
    assert values(text)["atelier_refusals_total['401', 'http']"] == 1


async def test_steps_are_told_by_engine():
    measurements = Measurements()
    measurements.note_step("sd", 0.03, 6)
    measurements.note_step("sd", 2.0, 2)
    measurements.note_end("sd", Outcome.FAILED, 3.0)
    collector = ServerCollector(measurements, EngineRegistry([]), running=2, waiting=5)
    found = values(expose(collector).decode())
    assert (found["atelier_queue_running[]"], found["atelier_queue_waiting[]"]) == (2, 5)
    assert found["atelier_step_seconds_sum['sd']"] == pytest.approx(2.03)
    assert found["atelier_step_seconds_bucket['0.05', 'sd']"] == 1
    assert found["atelier_step_seconds_bucket['+Inf', 'sd']"] == 2
    assert found["atelier_step_rows_bucket['4', 'sd']"] == 1
    assert found["atelier_results_total['failed', 'sd']"] == 1
    assert "atelier_latency_seconds_count['sd']" not in found


def test_a_value_on_a_bound_is_within_it():
    distribution = Distribution((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 2.0, 2.5):
        distribution.add(value)
    assert distribution.counts == [2, 2, 1]
    assert distribution.sum == 7.5
