"""The text for Prometheus: read back by its own library, and by promtool."""

import subprocess
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from syndicate.telemetry.exposition import exposed
from syndicate.telemetry.metrics import METRICS
from syndicate.telemetry.tallies import Counter, Gauge, Histogram
from tests.neighbours.programs import needs


def samples(text: bytes) -> Mapping[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by its name and labels."""
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text.decode())
        for one in family.samples
    }


def test_counts_and_gauges_are_told_with_their_labels() -> None:
    mails, leads = Counter("mails_total", "Mails.", "state"), Gauge("leads", "Leads.")
    mails.add(3, "sent")
    leads.set(1)
    found = samples(exposed([mails, leads], {}))
    assert found["mails_total", (("state", "sent"),)] == 3
    assert found["leads", ()] == 1


def test_the_buckets_of_a_histogram_hold_those_below_them() -> None:
    took = Histogram("took_seconds", "Time.", "job", buckets=(0.1, 1))
    for seconds in (0.05, 0.5, 7):
        took.observe(seconds, "sweep")
    found = samples(exposed([took], {}))
    told = {labels[1][1]: value for (name, labels), value in found.items() if name == "took_seconds_bucket"}
    assert told == {"0.1": 1, "1.0": 2, "+Inf": 3}
    assert found["took_seconds_count", (("job", "sweep"),)] == 3
    assert found["took_seconds_sum", (("job", "sweep"),)] == 7.55


def test_a_gauge_takes_what_was_read_of_the_database() -> None:
    queue = Gauge("queue_jobs", "Jobs.", "queue")
    found = samples(exposed([queue], {"queue_jobs": {("deliver",): 4}}))
    assert found["queue_jobs", (("queue", "deliver"),)] == 4


def test_what_the_process_takes_of_the_machine_is_told() -> None:
    names = {name for name, _ in samples(exposed([], {}))}
    assert {"process_cpu_seconds_total", "process_resident_memory_bytes"} <= names


def test_names_follow_the_conventions() -> None:
    # https://prometheus.io/docs/practices/naming/
    for metric in METRICS:
        name = metric.described.name
        assert name.startswith("syndicate_")
        assert name.endswith("_total") == isinstance(metric, Counter)
        assert name.endswith("_seconds") or not isinstance(metric, Histogram)
        assert metric.described.help.endswith(".")


def test_no_label_is_one_that_prometheus_gives_itself() -> None:
    used = {label for metric in METRICS for label in metric.described.labels}
    assert not used & {"job", "instance", "le", "quantile"}


def test_no_two_metrics_share_a_name() -> None:
    names = [metric.described.name for metric in METRICS]
    assert len(set(names)) == len(names)


def test_promtool_finds_no_fault() -> None:
    promtool = needs("promtool")
    for metric in METRICS:
        labels = ["x"] * len(metric.described.labels)
        if isinstance(metric, Counter):
            metric.add(0, *labels)
        elif isinstance(metric, Histogram):
            metric.observe(0, *labels)
    text = exposed(METRICS, {})
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
