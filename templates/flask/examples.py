"""Examples of your own metrics. Copy what you need; nothing imports this file: its metrics exist nowhere."""

from prometheus_client import Counter, Gauge, Histogram

# A counter: a total that only grows. Where several processes serve, theirs are added up, also of those that have ended.
orders = Counter("orders_total", "Orders placed.", ["channel"])

# A gauge: a value that goes up and down. Always say what several processes make of it; without it each has a series of
# its own, with a label `pid`, that stays when the process has ended.
#   livesum           the sum over the workers that live: jobs in progress, open connections
#   livemax, livemin  the highest, or lowest, of theirs
#   mostrecent        the value that was set last, by whichever worker (prometheus_client 0.18 and later)
jobs_in_progress = Gauge("jobs_in_progress", "Jobs being done now.", ["queue"], multiprocess_mode="livesum")
queue_length = Gauge("queue_length", "Jobs that wait.", ["queue"], multiprocess_mode="livemax")

# A histogram: a distribution, counted in buckets.
report_duration = Histogram(
    "report_duration_seconds", "Time to make a report, in seconds.", ["format"], buckets=(0.1, 0.5, 1, 5, 10)
)


def order_placed(from_app):
    """Where something happens. A label's values come out of a short, fixed list: each is a time series."""
    orders.labels(channel="app" if from_app else "web").inc()


def do_job(work):
    """Around a piece of work. It is taken back when the work fails, too, and when the worker is killed."""
    with jobs_in_progress.labels(queue="mail").track_inprogress():
        return work()


def make_report():
    """The time is observed when it fails, too."""
    with report_duration.labels(format="csv").time():
        return "name;amount\n"
