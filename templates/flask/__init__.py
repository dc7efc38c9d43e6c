"""Prometheus metrics of this service: `from <this package> import instrument`, then `instrument(app)`."""

from __future__ import annotations

import os
from typing import Any

from .faults import is_disabled, warn_once


def instrument(app: Any) -> Any:
    """Makes a Flask app count its requests and serve the metrics; gives back the same app.

    Call it right after the app is made, before other hooks are there. Several apps may be measured in one process. Does
    nothing when METRICS_DISABLED is set, and never raises.
    """
    if is_disabled():
        return app
    try:
        # Not before it is needed: prometheus_client looks for PROMETHEUS_MULTIPROC_DIR when it is imported.
        from .wiring import wire

        wire(app)
    except Exception as error:
        warn_once("this app is not measured", error)
    return app


def _use_directory() -> None:
    """The variable may come from an image, for a command or a test that no gunicorn has made the directory for."""
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not directory:
        return
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        problem = None if os.access(directory, os.W_OK) else "it cannot be written"
    except OSError as error:
        problem = str(error)
    if problem is not None:
        warn_once(f"{directory} is not used, this process counts for itself", problem)
        del os.environ["PROMETHEUS_MULTIPROC_DIR"]


_use_directory()
