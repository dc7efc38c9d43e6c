"""What goes wrong in the metrics is logged once for each topic, and reaches no request."""

from __future__ import annotations

import functools
import logging
import os
from typing import Any, Callable

_log = logging.getLogger(__name__)
_warned: set[str] = set()


def is_disabled() -> bool:
    """Whether METRICS_DISABLED is set to 1 or true."""
    return os.environ.get("METRICS_DISABLED", "").lower() in ("1", "true")


def warn_once(topic: str, error: object) -> None:
    """Logs a fault of the metrics, once for each topic."""
    if topic not in _warned:
        _warned.add(topic)
        _log.warning("metrics: %s: %s (reported once)", topic, error)


def harmless(topic: str, give: Callable[..., Any] = lambda *_args: None) -> Callable[..., Any]:
    """A decorator: a call that fails is logged, and gives what `give` makes of its arguments."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any) -> Any:
            try:
                return function(*args)
            except Exception as error:
                warn_once(topic, error)
                return give(*args)

        return call

    return decorate
