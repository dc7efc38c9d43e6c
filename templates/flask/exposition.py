"""All metrics of all processes as text."""

from __future__ import annotations

import os
import re
import sys
from typing import Any, Iterator

from prometheus_client import PLATFORM_COLLECTOR, REGISTRY, CollectorRegistry, generate_latest, values
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from . import declarations
from .faults import warn_once
from .processes import ServiceProcesses
from .settings import APPLICATION

#: What generate_latest writes, whatever its version calls it.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: Collectors whose numbers are the same in every process: they are never added up.
once_per_scrape: list[Any] = []
#: The client's files, and those of workers that have ended (gunicorn_hooks.py); others in the directory are not ours.
_FILE = re.compile(r"(counter|histogram|summary|gauge_[a-z]+)_(\d+|ended-[0-9a-f-]+)\.db")


def exposition() -> bytes:
    """What a scrape gets. With a directory for all processes, it is the same whichever worker answers."""
    own = CollectorRegistry()
    own.register(_About())
    for collector in once_per_scrape:
        own.register(collector)
    if not is_shared():
        return generate_latest(REGISTRY) + generate_latest(own)
    own.register(PLATFORM_COLLECTOR)
    own.register(ServiceProcesses())
    own.register(_AllProcesses(None))
    return generate_latest(own)


def warn_of_single_workers() -> None:
    """Under gunicorn, without a directory, every worker would show counts of its own."""
    if not is_shared() and "gunicorn.arbiter" in sys.modules:
        warn_once("each worker counts for itself", "gunicorn runs without the configuration that shares the counts")


class _AllProcesses(MultiProcessCollector):
    def collect(self) -> Any:
        # gunicorn's hooks give the files of a worker that has ended to a new one, by another name: what was read while
        # that happened may lack one.
        for _ in range(20):
            try:
                files = self._files()
                metrics = self.merge([path for _inode, path in files])
                if files == self._files():
                    return metrics
            except FileNotFoundError:
                pass
        return self.merge([path for _inode, path in self._files()])

    def _files(self) -> list[tuple[int, str]]:
        """Inode and path, in the same order whatever the name: sums of fractions would fall by a rounding error."""
        with os.scandir(self._path) as entries:
            stats = [(entry.stat(), entry.path) for entry in entries if _FILE.fullmatch(entry.name)]
        # Without one that a worker was killed at before it wrote its head, which would fail every scrape.
        return sorted((stat.st_ino, path) for stat, path in stats if stat.st_size > 0)


class _About:
    """What this process knows of the service, and is not counted."""

    def collect(self) -> Iterator[Any]:
        about = declarations.APP_INFO
        info = GaugeMetricFamily(about["name"], about["documentation"], labels=["application", "version"])
        info.add_metric([APPLICATION, _version()], 1)
        yield info
        if "gunicorn.arbiter" in sys.modules:
            up = declarations.MULTIPROCESS_UP
            yield GaugeMetricFamily(up["name"], up["documentation"], value=float(is_shared()))


def is_shared() -> bool:
    """Whether all processes write what they count into one directory."""
    # The client decides when it is imported: a variable that is set later changes nothing, and a scrape would be empty.
    return bool(os.environ.get("PROMETHEUS_MULTIPROC_DIR")) and values.ValueClass._multiprocess


def _version() -> str:
    """APP_VERSION, else the version in the pyproject.toml of the folder where the service was started."""
    version = os.environ.get("APP_VERSION")
    if version:
        return version
    try:
        with open("pyproject.toml", encoding="utf-8") as file:
            found = re.search(r"^version\s*=\s*[\"']([^\"']+)", file.read(), re.MULTILINE)
    except (OSError, UnicodeDecodeError):
        found = None
    return found.group(1) if found else "unknown"
