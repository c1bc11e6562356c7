"""The measurements in the text form that Prometheus reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.core import Metric

    from inference.metrics.measurements import Distribution, Measurements
    from inference.registry import EngineRegistry

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class ServerCollector(Collector):
    """Reads the measurements and backends when it is asked; the queue was so long just before."""

    def __init__(
        self, measurements: Measurements, registry: EngineRegistry, *, running: int, waiting: int
    ) -> None:
        self._measurements = measurements
        self._registry = registry
        self._running = running
        self._waiting = waiting

    def collect(self) -> Iterator[Metric]:
        """All families, those without values too, so that panels find them from the start."""
        counted = self._measurements.counted()
        yield from self._queue()
        yield from self._backends()
        for name, text, found in (
            ("step_seconds", "Seconds of a call of a denoiser", counted.steps_s),
            ("step_rows", "Rows of a call of a denoiser", counted.rows),
            ("latency_seconds", "Seconds from a request to its picture or film", counted.latency_s),
        ):
            yield _histogram(f"atelier_{name}", text, found)
        ends = CounterMetricFamily(
            "atelier_results", "Pictures and films by how they ended", labels=("engine", "outcome")
        )
        for (engine_id, outcome), count in counted.outcomes.items():
            ends.add_metric((engine_id, outcome), count)
        yield ends
        refusals = CounterMetricFamily(
            "atelier_refusals", "Calls answered with an error", labels=("transport", "status")
        )
        for labels, count in counted.refusals.items():
            refusals.add_metric(labels, count)
        yield refusals

    def _queue(self) -> Iterator[Metric]:
        for name, text, value in (
            ("running", "Pictures and films under way", self._running),
            ("waiting", "Pictures and films that wait", self._waiting),
        ):
            yield GaugeMetricFamily(f"atelier_queue_{name}", text, value)

    def _backends(self) -> Iterator[Metric]:
        memory = GaugeMetricFamily(
            "atelier_device_memory_bytes",
            "Memory of the device: models, their budget, and what is allocated in all",
            labels=("kind",),
        )
        loaded = GaugeMetricFamily(
            "atelier_model_loaded", "Whether a model is in memory", labels=("engine",)
        )
        for backend in self._registry.backends:
            for kind, size in backend.memory().items():
                memory.add_metric((kind,), size)
            for engine_id in backend.loaded:
                loaded.add_metric((engine_id,), 1)
        yield memory
        yield loaded


def expose(collector: Collector) -> bytes:
    """The text; with figures of the process itself."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return generate_latest(registry)


def _histogram(name: str, text: str, found: Mapping[str, Distribution]) -> Metric:
    family = HistogramMetricFamily(name, text, labels=("engine",))
    for engine_id, distribution in found.items():
        total, buckets = 0, list[tuple[str, float]]()
        for bound, count in zip((*distribution.bounds, None), distribution.counts, strict=True):
            total += count
            buckets.append(("+Inf" if bound is None else f"{bound:g}", total))
        family.add_metric((engine_id,), buckets, distribution.sum)
    return family
