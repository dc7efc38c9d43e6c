"""Examples of your own metrics. Copy what you need; nothing imports this file: its metrics exist nowhere."""

from flask import Flask, request
from prometheus_client import Counter, Gauge

from .exporter import exporter

# Where something happens, the client's own metrics. A label's values come out of a short, fixed list: each is a time
# series.
orders = Counter("orders_total", "Orders placed.", ["channel"])

# Always say what several processes make of a gauge; without it each has a series of its own, with a label `pid`, that
# stays when the process has ended.
#   livesum           the sum over the workers that live: jobs in progress, open connections
#   livemax, livemin  the highest, or lowest, of theirs
#   mostrecent        the value that was set last, by whichever worker (prometheus_client 0.18 and later)
queue_length = Gauge("queue_length", "Jobs that wait.", ["queue"], multiprocess_mode="livemax")


def order_placed(from_app):
    """Where something happens."""
    orders.labels(channel="app" if from_app else "web").inc()


# Around a view, the exporter's decorators: below the route's.
app = Flask(__name__)


@app.route("/report")
@exporter.gauge("reports_in_progress", "Reports being made now.", multiprocess_mode="livesum")
@exporter.histogram(
    "report_duration_seconds",
    "Time to make a report, in seconds.",
    labels={"status": lambda response: response.status_code},
    buckets=(0.1, 0.5, 1, 5, 10),
)
def report():
    """A label is a constant, or a function of the response, or of nothing: `request` is there."""
    return "name;amount\n"


@app.route("/orders", methods=["POST"])
@exporter.counter(
    "orders_by_client_total", "Orders.", labels={"client": lambda: "app" if "X-App" in request.headers else "web"}
)
def order():
    """Counted when it is answered."""
    order_placed("X-App" in request.headers)
    return "", 201


@app.route("/events")
@exporter.do_not_track()
def events():
    """Not in the default metrics."""
    return "", 204


@app.route("/healthz")
@exporter.exclude_all_metrics()
def health():
    """In no metric at all."""
    return "ok"
