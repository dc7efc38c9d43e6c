"""Lets prometheus_flask_exporter count and time HTTP requests."""

from __future__ import annotations

from typing import Any, Callable

from flask import request

from .declarations import METHODS
from .exporter import exporter
from .faults import harmless

#: In a request's WSGI environment: whether it is measured.
_KEY = "add-prom-metrics"


class _Hooks:
    """Stands in for an app: the exporter hooks into the first app only that it is given, and later ones it ignores."""

    def before_request(self, hook: Callable[[], None]) -> None:
        self.start = hook

    def after_request(self, hook: Callable[[Any], Any]) -> None:
        self.answered = hook

    def teardown_request(self, hook: Callable[[Any], None]) -> None:
        self.ended = hook


_hooks = _Hooks()
exporter.init_app(_hooks)


def measure(app: Any) -> None:
    """Hooks that see every request, whatever the app's own hooks do: the first before, the last after."""
    app.after_request_funcs.setdefault(None, []).insert(0, _answered)
    app.teardown_request_funcs.setdefault(None, []).insert(0, _ended)


def start(request: Any) -> None:
    """Measures the current request from now on."""
    request.environ[_KEY] = True
    _hooks.start()


def leave_out(request: Any) -> None:
    """Keeps a request out of the default metrics."""
    request.environ[_KEY] = False


@harmless("a request is not counted", lambda response: response)
def _answered(response: Any) -> Any:
    if request.environ.get(_KEY, True):
        _with_known_method(_hooks.answered, response)
    return response


@harmless("a request is not counted")
def _ended(error: BaseException | None) -> None:
    if request.environ.get(_KEY, True):
        _with_known_method(_hooks.ended, error)


def _with_known_method(hook: Callable[[Any], Any], argument: Any) -> None:
    """The exporter takes whatever method a client sends for a label value."""
    method = request.method
    if method in METHODS:
        hook(argument)
        return
    request.method = "_OTHER"
    try:
        hook(argument)
    finally:
        request.method = method
