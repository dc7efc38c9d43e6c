"""Puts the metrics into a Flask app."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, request

from . import http_metrics
from .endpoint import answer_scrape
from .exposition import once_per_scrape, warn_of_single_workers
from .faults import harmless, warn_once
from .settings import EXCLUDED_PATHS, METRICS_PORT, REDIS

_EXTENSION = "add-prom-metrics"


def wire(app: Any) -> None:
    """Measures an app, and lets it answer the scrape unless the metrics have a port of their own."""
    if not isinstance(app, Flask):
        app = app.app  # Connexion's
    if _EXTENSION in app.extensions:
        return
    app.extensions[_EXTENSION] = True
    http_metrics.measure(app)
    # In front of all others: a login that answers first would go unmeasured, and would ask Prometheus for a password.
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    if METRICS_PORT is not None:
        from . import server

        server.start_in_workers()
    if REDIS:
        _show_redis()
    warn_of_single_workers()


@harmless("metrics in Redis are missing")
def _show_redis() -> None:
    from .redis_metrics import collector

    if collector not in once_per_scrape:
        once_per_scrape.append(collector)


@harmless("a request is not measured")
def _begin() -> Any:
    # Itself, not the proxy: that is looked up at each use.
    current = request._get_current_object()
    answer = answer_scrape(current) if METRICS_PORT is None else None
    if answer is not None or any(pattern.search(current.path) for pattern in _excluded):
        http_metrics.leave_out(current)
    else:
        http_metrics.start(current)
    return answer


def _compiled(patterns: Any) -> Any:
    for pattern in patterns:
        try:
            yield re.compile(pattern)
        except re.error as error:
            warn_once(f"the pattern {pattern} excludes nothing", error)


_excluded = tuple(_compiled(EXCLUDED_PATHS))
