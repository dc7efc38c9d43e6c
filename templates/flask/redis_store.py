"""Numbers in hashes of Redis, changed by many processes.

A change is kept in memory, where all changes of one number become one, and is sent a moment later by a thread: nobody
waits for Redis, and while it is away, memory grows with the number of series, not of changes. Each batch has a number:
when no answer came, the same batch is sent again, and Redis applies it once. What can be lost: the changes that a
process had not sent yet when it was killed (of 50 ms, or all since Redis went away), and what Redis itself forgets.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import uuid
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .faults import warn_once

_SEND_EVERY_SECONDS = 0.05
_RETRY_SECONDS = 1.0
_SAVE_SECONDS = 1.0
_READ_SECONDS = 0.5
#: Of the changes that wait. More are dropped.
_MOST_CHANGES = 10_000
_BATCH = 500

#: KEYS[1] is for the number of this process's last batch, and is forgotten after a day without one.
_APPLY = """
if tonumber(redis.call('GET', KEYS[1]) or 0) >= tonumber(ARGV[1]) then return '' end
redis.call('SET', KEYS[1], ARGV[1], 'EX', 86400)
local refused = ''
for i = 2, #KEYS do
  local reply = redis.pcall(ARGV[3 * i - 4], KEYS[i], ARGV[3 * i - 3], ARGV[3 * i - 2])
  if type(reply) == 'table' and reply.err then refused = KEYS[i] .. ': ' .. reply.err end
end
return refused
"""
#: All hashes at one moment.
_READ = """
local hashes = {}
for i, key in ipairs(KEYS) do hashes[i] = redis.call('HGETALL', key) end
return hashes
"""


class Store:
    """What this process does with Redis. No connection is opened, and no thread started, before there is a need."""

    def __init__(self, application: str) -> None:
        self._application = application
        self._forget()
        # A child begins with nothing: the changes that wait are its parent's to send.
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.save)

    def _forget(self) -> None:
        self._writer = f"prom:{self._application}:writer:{uuid.uuid4().hex}"
        self._waiting: dict[tuple[str, str], list[Any]] = {}
        # Never held while something waits, which gevent would not see: this one may be older than its patch.
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._batch: list[Any] | None = None
        self._batches = 0
        self._connection: Any = None

    def change(self, command: str, key: str, field: str, value: float) -> None:
        """Adds to a number (HINCRBYFLOAT), or sets it (HSET)."""
        with self._lock:
            known = self._waiting.get((key, field))
            if known is None:
                if len(self._waiting) >= _MOST_CHANGES:
                    raise OverflowError("too many series are waiting for Redis")
                self._waiting[key, field] = [command, value]
            elif command == "HSET":
                known[:] = command, value
            else:
                known[1] += value
            starts = self._thread is None
            if starts:
                self._sending = threading.Lock()
                self._is_wanted = threading.Event()
                self._thread = threading.Thread(target=self._run, name="redis metrics", daemon=True)
        if starts:
            self._thread.start()  # type: ignore[union-attr]
        self._is_wanted.set()

    def read(self, keys: list[str]) -> list[dict[str, str]]:
        """The hashes of these keys, at one moment. Raises when Redis does not answer within half a second."""
        hashes = self._redis().eval(_READ, len(keys), *keys)
        return [dict(zip(fields[::2], fields[1::2])) for fields in hashes]

    def save(self) -> bool:
        """Sends what waits. False when that takes more than a second; it is tried again then."""
        deadline = time.monotonic() + _SAVE_SECONDS
        while self._batch is not None or self._waiting:
            if time.monotonic() > deadline:
                return False
            if not self._send():
                time.sleep(_SEND_EVERY_SECONDS)
        return True

    def _run(self) -> None:
        while True:
            self._is_wanted.wait()
            self._is_wanted.clear()
            time.sleep(_SEND_EVERY_SECONDS)
            while self._batch is not None or self._waiting:
                if not self._send():
                    time.sleep(_RETRY_SECONDS)

    def _send(self) -> bool:
        with self._sending:
            self._batch = self._batch or self._next_batch()
            if self._batch is None:
                return True
            try:
                refused = self._redis().eval(_APPLY, *self._batch)
            except Exception as error:
                warn_once("metrics in Redis fall behind", error)
                return False
            if refused:
                warn_once("Redis refused to change a metric", refused)
            self._batch = None
            return True

    def _next_batch(self) -> list[Any] | None:
        with self._lock:
            changes = [(key, self._waiting.pop(key)) for key in list(self._waiting)[:_BATCH]]
        if not changes:
            return None
        self._batches += 1
        keys = [key for (key, _field), _change in changes]
        values = [part for (_key, field), (command, value) in changes for part in (command, field, repr(value))]
        return [len(keys) + 1, self._writer, *keys, self._batches, *values]

    def _redis(self) -> Any:
        if self._connection is None:
            self._connection = redis.Redis.from_url(
                os.environ.get("REDIS_URL") or "redis://localhost:6379",
                decode_responses=True,
                socket_timeout=_READ_SECONDS,
                socket_connect_timeout=_READ_SECONDS,
                # The client's own would wait, and try again, several times.
                retry=Retry(NoBackoff(), 0),
            )
        return self._connection
