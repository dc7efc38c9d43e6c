"""Counts and times HTTP requests."""

from __future__ import annotations

import functools
from time import perf_counter
from typing import Any, Callable

from flask import request
from prometheus_client import Counter, Gauge, Histogram

from . import declarations
from .faults import harmless
from .settings import DURATION_BUCKETS

#: In a request's WSGI environment: how it is measured, or None when it is left out.
_KEY = "add-prom-metrics"

_requests = Counter(**declarations.REQUESTS)
_duration = Histogram(**declarations.REQUEST_DURATION, buckets=DURATION_BUCKETS)
# Of the workers that live: one that was killed has nothing in progress.
_in_progress = Gauge(**declarations.REQUESTS_IN_PROGRESS, multiprocess_mode="livesum")
_exceptions = Counter(**declarations.REQUEST_EXCEPTIONS)


class _Measurement:
    """One request."""

    def __init__(self, request: Any) -> None:
        self.started = perf_counter()
        self.method = request.method if request.method in declarations.METHODS else "_OTHER"
        # The rule, with its blueprints' prefixes; never the path, which has the client's values in it.
        self.route = request.url_rule.rule if request.url_rule is not None else "<unmatched>"
        self.status = 500
        self.failed = False
        self.is_stream = False
        self.is_open = True
        _running(self.method).inc()

    @harmless("a request is not counted")
    def end(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        _running(self.method).dec()
        counter, histogram = _series(self.method, self.route, str(self.status))
        histogram.observe(perf_counter() - self.started)
        counter.inc()
        if self.failed and self.status >= 500:
            _failures(self.method, self.route).inc()


def measure(app: Any) -> None:
    """Hooks that see every request, whatever the app's own hooks do: the first before, the last after."""
    app.after_request_funcs.setdefault(None, []).insert(0, _answered)
    app.teardown_request_funcs.setdefault(None, []).insert(0, _ended)
    # Here, because Flask tells of an error nowhere when a handler of the app makes a response of it.
    app.preprocess_request = _noting_errors(app.preprocess_request)
    app.dispatch_request = _noting_errors(app.dispatch_request)


def start(request: Any) -> _Measurement | None:
    """Measures a request from now on; one that another app handed on is measured already."""
    environ = request.environ
    if _KEY not in environ:
        environ[_KEY] = _Measurement(request)
    return environ[_KEY]


def leave_out(request: Any) -> None:
    """Keeps a request out of the metrics of this file."""
    request.environ[_KEY] = None


@harmless("a request is not counted", lambda response: response)
def _answered(response: Any) -> Any:
    measurement = start(request)
    if measurement is not None:
        measurement.status = response.status_code
        # A stream ends when it is closed, also by a client that goes away. All others are counted before they are sent:
        # a worker that is killed then has lost nothing. So is a file that the server sends by itself
        # (direct_passthrough), because it is not closed through Flask, and the page of an error, which looks like a
        # stream.
        if response.is_streamed and not response.direct_passthrough and not measurement.failed:
            measurement.is_stream = True
            response.call_on_close(measurement.end)
    return response


@harmless("a request is not counted")
def _ended(error: BaseException | None) -> None:
    measurement = request.environ.get(_KEY)
    if measurement is None:
        return
    if error is not None:
        measurement.failed = True
    if error is not None or not measurement.is_stream:
        measurement.end()


def _noting_errors(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def noting(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except Exception:
            measurement = request.environ.get(_KEY)
            if measurement is not None:
                measurement.failed = True
            raise

    return noting


@functools.lru_cache(maxsize=None)
def _running(method: str) -> Any:
    return _in_progress.labels(method=method)


@functools.lru_cache(maxsize=None)
def _series(method: str, route: str, status: str) -> Any:
    _failures(method, route)
    labels = {"method": method, "route": route, "status_code": status}
    return _requests.labels(**labels), _duration.labels(**labels)


@functools.lru_cache(maxsize=None)
def _failures(method: str, route: str) -> Any:
    # increase() does not see the first value of a series that was not there before, which for an error is often the
    # only one. So a route's error series begin at 0 when the route is first seen.
    _requests.labels(method=method, route=route, status_code="500")
    return _exceptions.labels(method=method, route=route)
