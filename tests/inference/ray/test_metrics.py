"""The metrics of several servers as one text."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from inference.metrics.exposition import ServerCollector, expose
from inference.metrics.measurements import Measurements, Outcome
from inference.ray.metrics import merge
from inference.registry import EngineRegistry


def told(finished: int) -> str:
    measurements = Measurements()
    for _ in range(finished):
        measurements.note_end("sd", Outcome.FINISHED, 3.0)
    collector = ServerCollector(measurements, EngineRegistry([]), running=finished, waiting=0)
    return expose(collector).decode()


def test_each_sample_says_whose_it_is():
    text = merge({"1": told(2), "2": told(5), "3": None}).decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    found = {
        (sample.name, sample.labels["server"], sample.labels.get("le", "")): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert [found["atelier_server_up", name, ""] for name in "123"] == [1, 1, 0]
    assert [found["atelier_queue_running", name, ""] for name in "12"] == [2, 5]
    assert [found["atelier_results_total", name, ""] for name in "12"] == [2, 5]
    assert [found["atelier_latency_seconds_bucket", name, "5"] for name in "12"] == [2, 5]
    assert [found["atelier_latency_seconds_bucket", name, "2.5"] for name in "12"] == [0, 0]
    assert families["atelier_results"].type == "counter"
    assert families["atelier_latency_seconds"].type == "histogram"
    assert ("atelier_queue_running", "3", "") not in found


def test_a_family_is_described_once():
    text = merge({"1": told(1), "2": told(1)}).decode()
    assert text.count("# TYPE atelier_results_total counter") == 1
