"""The text that Prometheus scrapes (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from syndicate.telemetry.tallies import Counter, Gauge, Histogram, Labels, Metric

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
# Gauges by name, with what was read of them elsewhere.
Read = Mapping[str, Mapping[Labels, float]]


def exposed(metrics: Iterable[Metric], read: Read) -> bytes:
    """All metrics as text, with what this process takes of the machine."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Told(list(metrics), read))
    text: bytes = generate_latest(registry)
    return text


class _Told(Collector):
    def __init__(self, metrics: list[Metric], read: Read) -> None:
        self._metrics, self._read = metrics, read

    def collect(self) -> Iterator[Family]:
        for metric in self._metrics:
            yield _family(metric, self._read)


def _family(metric: Metric, read: Read) -> Family:
    described = metric.described
    if isinstance(metric, Histogram):
        return _histogram(metric)
    family: CounterMetricFamily | GaugeMetricFamily
    if isinstance(metric, Counter):
        family = CounterMetricFamily(described.name, described.help, labels=described.labels)
    else:
        family = GaugeMetricFamily(described.name, described.help, labels=described.labels)
    for labels, value in {**metric.values(), **_elsewhere(metric, read)}.items():
        family.add_metric(labels, value)
    return family


def _elsewhere(metric: Metric, read: Read) -> Mapping[Labels, float]:
    return read.get(metric.described.name, {}) if isinstance(metric, Gauge) else {}


def _histogram(metric: Histogram) -> HistogramMetricFamily:
    described = metric.described
    family = HistogramMetricFamily(described.name, described.help, labels=described.labels)
    for labels, spread in metric.values().items():
        bounds = [*map(str, metric.buckets), "+Inf"]
        sums = [sum(spread.counts[: place + 1]) for place in range(len(bounds))]
        family.add_metric(labels, list(zip(bounds, sums, strict=True)), sum_value=spread.total)
    return family
