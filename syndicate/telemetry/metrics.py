"""All metrics, in one table. docs/howto/monitoring.md says what each is good for.

Labels hold configured names, states and classes; never addresses, and domains only where many readers are.
"""

from syndicate.model.delivery import DeliveryState
from syndicate.telemetry.tallies import Counter, Gauge, Histogram, Metric

ENDS = ("done", "later", "gave_up", "failed", "broken", "interrupted")
CLASSES = ("2xx", "3xx", "304", "4xx", "5xx", "failed", "forbidden")
DATABASE_FAULTS = ("DatabaseBusy", "DatabaseFault", "DatabaseRefused", "StorageFull")

# Collecting
REFRESHES = Counter(
    "syndicate_collect_refreshes_total",
    "Visits of sources by how they ended.",
    "outcome",
    among=("done", "failed"),
)
ITEMS = Counter(
    "syndicate_collect_items_total",
    "Items found at sources by what became of them.",
    "outcome",
    among=("new", "changed", "unchanged", "failed", "held"),
)
REFRESH_SECONDS = Histogram("syndicate_collect_refresh_seconds", "How long a visit of a source took.")
FETCHES = Counter(
    "syndicate_fetches_total", "Outgoing HTTP requests by class of answer.", "outcome", among=CLASSES
)
FETCH_SECONDS = Histogram("syndicate_fetch_seconds", "How long an outgoing HTTP request took.")

# Publishing
PUBLISHES = Counter(
    "syndicate_publish_feeds_total",
    "Feeds brought up to date by how it ended.",
    "outcome",
    among=("written", "unchanged", "held"),
)
PUBLISH_SECONDS = Histogram("syndicate_publish_feed_seconds", "How long it took to bring a feed up to date.")
FILES = Counter(
    "syndicate_publish_files_total",
    "Published files by what became of them.",
    "outcome",
    among=("written", "unchanged"),
)
COMPILES = Counter(
    "syndicate_issues_compiled_total",
    "Issues compiled by how it ended.",
    "outcome",
    among=("compiled", "empty"),
)

# Delivering
OUTCOMES = Counter(
    "syndicate_delivery_outcomes_total",
    "Outcomes of deliveries recorded, by state.",
    "state",
    among=DeliveryState,
)
DOMAIN_OUTCOMES = Counter(
    "syndicate_delivery_domain_outcomes_total",
    "Outcomes of deliveries recorded, by the reader's domain where many readers are, and by state.",
    "domain",
    "state",
    most=600,
)
TURN_SECONDS = Histogram(
    "syndicate_delivery_turn_seconds", "How long it took to commit one group of outcomes and intents."
)
BATCH_SECONDS = Histogram("syndicate_delivery_batch_seconds", "How long one run of a batch took.")
BATCHES = Counter(
    "syndicate_delivery_batches_total",
    "Runs of batches by how they ended.",
    "outcome",
    among=("closed", "open", "paused", "lease_lost"),
)
RECOVERED = Counter(
    "syndicate_delivery_unknown_total", "Deliveries left unknown by senders that ended in their midst."
)
NOTICES = Counter(
    "syndicate_notice_mails_total",
    "Notice mails tried, by the state that it left.",
    "state",
    among=(DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.REFUSED),
)
RETURNED = Counter(
    "syndicate_returned_reports_total", "What came back, by kind and what was done.", "kind", "applied"
)

# Jobs. Prometheus calls the target of a scrape `job`, so that ours have a `name`.
JOBS = Counter("syndicate_jobs_total", "Runs of jobs by how they ended.", "name", "outcome", among=ENDS)
JOB_SECONDS = Histogram("syndicate_job_seconds", "How long one run of a job took.", "name")
LEASE_EXPIRIES = Counter(
    "syndicate_lease_expiries_total",
    "Leases that ran out because whoever had them was gone.",
    "what",
    among=("batch", "job"),
)

# The hub and the partners
HUB_DELIVERIES = Counter(
    "syndicate_hub_deliveries_total",
    "News given to the hub's subscribers by how it ended.",
    "outcome",
    among=("taken", "later", "dead", "gone", "nothing"),
)
PARTNER_FETCHES = Counter(
    "syndicate_partner_fetches_total",
    "Documents that partners asked for, by status.",
    "partner",
    "status",
    among=("200", "304", "refused"),
)

# The web side
REQUESTS = Counter(
    "syndicate_web_requests_total", "Requests by route and status of the answer.", "route", "status"
)
REQUEST_SECONDS = Histogram(
    "syndicate_web_request_seconds", "How long an answer took that did not stand ready in memory.", "route"
)

# The database and the processes
DATABASE_WAIT_SECONDS = Histogram(
    "syndicate_database_wait_seconds", "How long a call waited for a thread.", "kind"
)
DATABASE_SECONDS = Histogram(
    "syndicate_database_call_seconds", "How long a call's transaction took, with its wait for locks.", "kind"
)
SENDER_CPU = Counter(
    "syndicate_sender_cpu_seconds_total",
    "CPU that the sender processes of this one took, up to their last batch.",
)
DATABASE_ERRORS = Counter(
    "syndicate_database_errors_total",
    "Transactions that the database or its disk did not let happen.",
    "error",
    among=DATABASE_FAULTS,
)
LEADING = Gauge("syndicate_scheduler_leading", "1 while this process fires the schedules, 0 on standby.")

# What stands in the database: every process of an installation tells the same, so that one takes the most of
# them and never the sum.
DATABASE_UP = Gauge("syndicate_database_up", "1 while the database answers, 0 while it does not.")
QUEUE_JOBS = Gauge("syndicate_queue_jobs", "Jobs by queue: due, later or leased.", "queue", "state")
QUEUE_LAG = Gauge("syndicate_queue_lag_seconds", "How long the job that is due longest waits.", "queue")
LEASES_OVERDUE = Gauge("syndicate_leases_overdue", "Leases that ran out and nobody took up yet.", "what")
ISSUES = Gauge("syndicate_issues", "Issues under way, by state.", "state")
OPEN_BATCHES = Gauge("syndicate_delivery_open_batches", "Batches in which somebody waits, by state.", "state")
ISSUE_LAG = Gauge("syndicate_delivery_lag_seconds", "Since when the oldest issue that is being sent is.")
NOTICES_WAITING = Gauge("syndicate_notice_mails_waiting", "Notice mails that wait to be sent.")
HUB_WAITING = Gauge("syndicate_hub_waiting", "News that wait to be given to the hub's subscribers.")
SOURCES = Gauge("syndicate_sources", "Sources by how they fare: well, failing, never checked.", "state")
SOURCE_LAG = Gauge("syndicate_source_lag_seconds", "How long the source that is due longest waits.")
SERVICES = Gauge("syndicate_services", "Processes whose heart beats, by role.", "role")
PACES = Gauge("syndicate_delivery_domains_slowed", "Domains slowed or paused by the pace, by kind.", "kind")

METRICS: tuple[Metric, ...] = tuple(
    one for one in list(globals().values()) if isinstance(one, (Counter, Gauge, Histogram))
)
