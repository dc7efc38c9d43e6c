"""Answers the scrape."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from typing import Any

from flask import Response

from .exposition import CONTENT_TYPE, exposition
from .faults import warn_once
from .settings import METRICS_PATH

_TEXT = "text/plain; charset=utf-8"


def answer_scrape(request: Any) -> Any:
    """The answer to a GET or HEAD of the scrape path, with any query; None for all other requests."""
    if request.path != METRICS_PATH or request.method not in ("GET", "HEAD"):
        return None
    status, content_type, body, headers = scrape(request.headers.get("Authorization"))
    # Not mimetype: Flask would add a second charset to it, and Prometheus 3 refuse the scrape.
    return Response(body, status, headers, content_type=content_type)


def scrape(authorization: str | None) -> tuple[int, str, bytes, dict[str, str]]:
    """Status, Content-Type, body and headers of a scrape with this Authorization header."""
    if not _is_authorized(authorization or ""):
        return 401, _TEXT, b"a bearer token is needed\n", {"WWW-Authenticate": "Bearer"}
    try:
        return 200, CONTENT_TYPE, exposition(), {"Cache-Control": "no-store"}
    except Exception as error:
        warn_once("the metrics could not be collected", error)
        return 500, _TEXT, b"the metrics could not be collected, see the log\n", {}


def _is_authorized(authorization: str) -> bool:
    """Checks METRICS_TOKEN, where it is set, in a time that does not depend on how much of it is right."""
    token = os.environ.get("METRICS_TOKEN")
    if not token:
        return True
    given = re.fullmatch(r"bearer +(.+)", authorization, re.IGNORECASE)
    return hmac.compare_digest(_digest(given.group(1) if given else ""), _digest(token))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
