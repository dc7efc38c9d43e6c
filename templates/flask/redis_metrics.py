"""Metrics whose truth is in Redis.

They outlive the processes, and every instance of the service changes and shows the same numbers. A scrape reads them
once, whichever worker answers it, and they are never added up over processes. In PromQL: max(...), never sum(...),
which would multiply them by the number of instances.
"""

from __future__ import annotations

import json
import math
from typing import Any, Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

from . import declarations
from .faults import is_disabled, warn_once
from .redis_store import Store
from .settings import APPLICATION

_PREFIX = "shared_"
_SAME = "The same number on every instance: use max, not sum."

_store = Store(APPLICATION)
_declared: dict[str, _Metric] = {}


class _Metric:
    family: Any

    def __init__(self, name: str, documentation: str, labelnames: Any = ()) -> None:
        self.name = name if name.startswith(_PREFIX) else _PREFIX + name
        self.labelnames = sorted(labelnames)
        self.documentation = f"{documentation} {_SAME}"
        self._family()  # raises when the name, or a label's, is not one
        known = _declared.setdefault(self.name, self)
        if type(known) is not type(self):
            raise ValueError(f"there is a metric with the name {self.name} already")

    def inc(self, amount: float = 1, **labels: object) -> None:
        """Adds to the number. Returns at once, and never raises."""
        self._change("HINCRBYFLOAT", amount, labels)

    def _change(self, command: str, value: float, labels: dict[str, object]) -> None:
        if is_disabled():
            return
        try:
            unknown = sorted(set(labels) - set(self.labelnames))
            if unknown:
                raise ValueError(f"it has no label {unknown[0]}")
            if not math.isfinite(value):
                raise ValueError("the value is not possible")
            # A label set is the name of a field: always in the same order.
            pairs = [[name, str(labels[name])] for name in self.labelnames if name in labels]
            field = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
            _store.change(command, _key(self.name), field, value)
        except Exception as error:
            warn_once(f"{self.name} was not changed", error)

    def show(self, fields: dict[str, str]) -> Any:
        """The metric as a scrape shows it."""
        family = self._family()
        for field, value in sorted(fields.items()):
            labels = dict(json.loads(field))
            family.add_metric([labels.get(name, "") for name in self.labelnames], float(value))
        return family

    def _family(self) -> Any:
        return self.family(self.name, self.documentation, labels=self.labelnames)


class RedisCounter(_Metric):
    """A total in Redis. Declare it where every process does at its start: a process shows what it knows of."""

    family = CounterMetricFamily

    def _change(self, command: str, value: float, labels: dict[str, object]) -> None:
        super()._change(command, value if value >= 0 else math.nan, labels)


class RedisGauge(_Metric):
    """A value in Redis that goes up and down."""

    family = GaugeMetricFamily

    def set(self, value: float, **labels: object) -> None:
        """The last one counts, whichever instance it is from. Returns at once, and never raises."""
        self._change("HSET", value, labels)

    def dec(self, amount: float = 1, **labels: object) -> None:
        """Takes from the number. Returns at once, and never raises."""
        self._change("HINCRBYFLOAT", -amount, labels)


def save_redis_metrics() -> bool:
    """Sends what this process has not sent yet. False when that takes more than a second."""
    return _store.save()


class _Collector:
    def collect(self) -> Iterator[Any]:
        metrics = list(_declared.values())
        families: list[Any] = []
        is_up = False
        try:
            hashes = _store.read([_key(metric.name) for metric in metrics])
            families = [metric.show(fields) for metric, fields in zip(metrics, hashes)]
            is_up = True
        except Exception as error:
            warn_once("metrics in Redis cannot be read", error)
        # The rest of the scrape is there when Redis is away, too.
        yield from families
        about = declarations.REDIS_UP
        yield GaugeMetricFamily(about["name"], about["documentation"], value=float(is_up))


def _key(name: str) -> str:
    return f"prom:{APPLICATION}:{name}"


#: Of all metrics in Redis.
collector = _Collector()
