"""Metrics of gunicorn's processes, added up: the client has none in its mode for several processes."""

from __future__ import annotations

import glob
import os
from typing import Any, Iterator, NamedTuple

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

from . import declarations


class _Process(NamedTuple):
    pid: int
    ticks: int
    #: Of its children that have ended.
    ended_ticks: int
    started_ticks: int
    pages: int


class ServiceProcesses:
    """The master and all processes below it. Without Linux' /proc there are no metrics rather than wrong ones."""

    def collect(self) -> Iterator[Any]:
        processes = _consistent_tree()
        if not processes:
            return
        second = os.sysconf("SC_CLK_TCK")
        cpu = sum(process.ticks + process.ended_ticks for process in processes) / second
        memory = sum(process.pages for process in processes) * os.sysconf("SC_PAGE_SIZE")
        yield _family(CounterMetricFamily, declarations.CPU, cpu)
        yield _family(GaugeMetricFamily, declarations.RESIDENT_MEMORY, memory)
        yield _family(GaugeMetricFamily, declarations.OPEN_FILE_DESCRIPTORS, sum(map(_open_files, processes)))
        yield _family(GaugeMetricFamily, declarations.START_TIME, _boot_time() + processes[0].started_ticks / second)


def _family(kind: Any, declaration: Any, value: float) -> Any:
    return kind(declaration["name"], declaration["documentation"], value=value)


def _consistent_tree() -> list[_Process]:
    """A process that ends moves its time to its parent: seen half way, the sum would fall, which counters never do."""
    root = _root()
    for _ in range(5):
        before = _tree(root)
        after = _tree(root)
        if [(p.pid, p.ended_ticks) for p in before] == [(p.pid, p.ended_ticks) for p in after]:
            return after
    return []


def _root() -> int:
    # The gunicorn configuration notes the master. While a new master takes over (USR2), it is a child of the old one.
    master = int(os.environ.get("METRICS_MASTER_PID") or 0)
    old = int(os.environ.get("GUNICORN_PID") or 0)
    return old if old and master in _children(old) else master


def _tree(pid: int) -> list[_Process]:
    process = _read(pid) if pid else None
    if process is None:
        return []
    return [process] + [descendant for child in _children(pid) for descendant in _tree(child)]


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for file in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(file, encoding="ascii") as text:
                children += map(int, text.read().split())
        except OSError:
            pass  # the thread has ended
    return children


def _read(pid: int) -> _Process | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The second field, the name in brackets, may hold anything; the numbers begin with the third.
            fields = [0, 0, 0, *file.read().rpartition(b")")[2].split()]
    except OSError:
        return None
    utime, stime, cutime, cstime = (int(fields[number]) for number in (14, 15, 16, 17))
    return _Process(pid, utime + stime, cutime + cstime, int(fields[22]), int(fields[24]))


def _open_files(process: _Process) -> int:
    try:
        return len(os.listdir(f"/proc/{process.pid}/fd"))
    except OSError:
        return 0  # ended, or another user's


def _boot_time() -> float:
    with open("/proc/stat", encoding="ascii") as file:
        return next(float(line.split()[1]) for line in file if line.startswith("btime "))
