"""Counts in memory: from many threads, bounded, and handed from one process to another."""

from concurrent.futures import ThreadPoolExecutor

from syndicate.telemetry.tallies import Counter, Gauge, Histogram


def test_a_counter_adds_up_by_its_labels() -> None:
    mails = Counter("mails_total", "Mails.", "state")
    mails.add(2, "sent")
    mails.add(1, "refused")
    mails.add(3, "sent")
    assert mails.values() == {("sent",): 5, ("refused",): 1}


def test_a_counter_without_labels_tells_nought_before_anything_happened() -> None:
    assert Counter("mails_total", "Mails.").values() == {(): 0}


def test_nothing_is_lost_between_threads() -> None:
    mails, seconds = Counter("mails_total", "Mails.", "state"), Histogram("seconds", "Seconds.")

    def many(_number: int) -> None:
        for _ in range(500):
            mails.add(1, "sent")
            seconds.observe(0.5)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(many, range(8)))
    assert mails.value("sent") == 4000
    assert sum(seconds.values()[()].counts) == 4000


def test_what_comes_beyond_the_bound_is_other() -> None:
    domains = Counter("domains_total", "Domains.", "domain", "state", most=2)
    for name in ("a.example", "b.example", "c.example", "a.example"):
        domains.add(1, name, "sent")
    assert domains.values() == {
        ("a.example", "sent"): 2,
        ("b.example", "sent"): 1,
        ("other", "other"): 1,
    }


def test_a_histogram_counts_under_its_bounds() -> None:
    took = Histogram("took_seconds", "Time.", buckets=(0.1, 1))
    for seconds in (0.05, 0.1, 0.5, 7):
        took.observe(seconds)
    spread = took.values()[()]
    assert spread.counts == [2, 1, 1]
    assert round(spread.total, 2) == 7.65


def test_a_block_that_raises_is_timed_too() -> None:
    took = Histogram("took_seconds", "Time.")
    try:
        with took.timed():
            raise ValueError
    except ValueError:
        pass
    assert sum(took.values()[()].counts) == 1


def test_changes_are_what_was_counted_since() -> None:
    mails = Counter("mails_total", "Mails.", "state")
    mails.add(2, "sent")
    assert mails.take_changes() == [[["sent"], 2]]
    assert mails.take_changes() == []
    mails.add(1, "sent")
    assert mails.take_changes() == [[["sent"], 1]]


def test_changes_of_another_process_are_added() -> None:
    theirs, ours = Counter("mails_total", "Mails.", "state"), Counter("mails_total", "Mails.", "state")
    theirs.add(2, "sent")
    ours.add(1, "sent")
    ours.merge(theirs.take_changes())
    assert ours.value("sent") == 3


def test_observations_of_another_process_are_added() -> None:
    theirs, ours = Histogram("seconds", "Seconds.", "job"), Histogram("seconds", "Seconds.", "job")
    theirs.observe(0.5, "sweep")
    ours.observe(0.5, "sweep")
    ours.merge(theirs.take_changes())
    assert theirs.take_changes() == []
    assert sum(ours.values()["sweep",].counts) == 2
    assert ours.values()["sweep",].total == 1


def test_a_gauge_tells_nothing_before_it_is_set() -> None:
    leads = Gauge("leads", "Leads.")
    assert leads.values() == {}
    leads.set(True)
    assert leads.values() == {(): 1}


def test_values_that_are_known_are_told_before_they_happen() -> None:
    mails = Counter("mails_total", "Mails.", "state", among=("sent", "refused"))
    assert mails.values() == {("sent",): 0, ("refused",): 0}


def test_of_a_new_name_all_known_ends_are_told() -> None:
    jobs = Counter("jobs_total", "Jobs.", "name", "outcome", among=("done", "broken"))
    jobs.add(1, "sweep", "done")
    assert jobs.values() == {("sweep", "done"): 1, ("sweep", "broken"): 0}
