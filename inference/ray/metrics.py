"""The metrics of several servers as one text, in which each sample says whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LABEL = "server"


class ServersCollector(Collector):
    """The families of all servers; of a server that is away there is no text."""

    def __init__(self, texts: Mapping[str, str | None]) -> None:
        self._texts = texts

    def collect(self) -> Iterator[Metric]:
        """Each family once, with the samples of every server."""
        yield self._presence()
        families: dict[str, Metric] = {}
        for server, text in self._texts.items():
            for family in text_string_to_metric_families(text or ""):
                merged = families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                for sample in family.samples:
                    labels = {**sample.labels, LABEL: server}
                    merged.add_sample(sample.name, labels, sample.value)
        yield from families.values()

    def _presence(self) -> Metric:
        family = GaugeMetricFamily("atelier_server_up", "Whether a server answers", labels=(LABEL,))
        for server, text in self._texts.items():
            family.add_metric((server,), text is not None)
        return family


def merge(texts: Mapping[str, str | None]) -> bytes:
    """The texts of the servers, by their names, as one; None is said of a server that is away."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ServersCollector(texts))
    return generate_latest(registry)
