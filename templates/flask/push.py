"""Metrics of a batch script: it has ended when Prometheus comes, so it pushes them to a Pushgateway.

    from <this package>.push import BatchJob

    with BatchJob("nightly-invoices") as job:
        job.gauge("invoices_sent", "Invoices sent by the last run.", send_invoices())

PUSHGATEWAY_URL says where (http://pushgateway:9091); without it nothing is pushed. A gateway that fails is logged, and
never fails the job.
"""

from __future__ import annotations

import os
import time
from typing import Any, Iterator, Mapping

from prometheus_client import CollectorRegistry, delete_from_gateway, pushadd_to_gateway
from prometheus_client.metrics_core import GaugeMetricFamily

from .faults import is_disabled, warn_once
from .settings import APPLICATION

_TIMEOUT_SECONDS = 5


class BatchJob:
    """Pushes at its end whether the job succeeded, how long it took, and when it last succeeded.

    `grouping` (an instance, a shard) tells apart runs that must not overwrite each other: few, fixed values, because
    the gateway keeps each for ever. `delete` takes them away.
    """

    def __init__(self, name: str, grouping: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.grouping = {"application": APPLICATION, **(grouping or {})}
        self._started = 0.0
        self._gauges: dict[str, tuple[str, float]] = {}

    def gauge(self, name: str, documentation: str, value: float) -> None:
        """Adds a number of this run."""
        self._gauges[name] = (documentation, float(value))

    def delete(self) -> None:
        """Takes all that this job has pushed away from the gateway."""
        _with_gateway(lambda url: delete_from_gateway(url, self.name, self.grouping, _TIMEOUT_SECONDS))

    def __enter__(self) -> BatchJob:
        self._started = time.monotonic()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        # sys.exit() with nothing, or with 0, is a success.
        succeeded = error is None or (isinstance(error, SystemExit) and not error.code)
        self.gauge("batch_job_success", "Whether the last run succeeded (1) or not (0).", succeeded)
        seconds = time.monotonic() - self._started
        self.gauge("batch_job_duration_seconds", "Time the last run took, in seconds.", seconds)
        if succeeded:
            documentation = "When the job last succeeded, in seconds since 1970."
            self.gauge("batch_job_last_success_timestamp_seconds", documentation, time.time())
        _with_gateway(self._push)

    def _push(self, url: str) -> None:
        registry = CollectorRegistry()
        registry.register(self)  # type: ignore[arg-type]
        # Adds to the group: after a failure, the time of the last success is still there.
        pushadd_to_gateway(url, self.name, registry, self.grouping, _TIMEOUT_SECONDS)

    def collect(self) -> Iterator[Any]:
        """The metrics of this run; the client's Gauge would join the service's, with PROMETHEUS_MULTIPROC_DIR."""
        for name, (documentation, value) in self._gauges.items():
            yield GaugeMetricFamily(name, documentation, value=value)


def _with_gateway(send: Any) -> None:
    url = os.environ.get("PUSHGATEWAY_URL")
    if not url or is_disabled():
        return
    try:
        send(url)
    except Exception as error:
        warn_once(f"the Pushgateway at {url} did not take the metrics", error)
