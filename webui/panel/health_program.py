"""The health of the program and its machine: releases, this process, memory, and whether the clocks agree."""

import os
import platform
import time
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from webui.breaches import counted
from webui.panel.health_storage import size
from webui.panel.health_vital import Fact, Vital
from webui.version import own_version
from webui.worker import seconds_since_beat

STARTED = timezone.now()
DRIFT = 2.0  # seconds
_PACKAGES = {"django": "Django", "channels": "Channels", "daphne": "Daphne", "celery": "Celery", "chromadb": "Chroma"}


def program(found: Mapping[str, Any]) -> Vital:
    memory = _memory()
    facts = [
        Fact(key="webui", label="webui", shown=own_version()),
        Fact(key="python", label="Python", shown=platform.python_version()),
        *(Fact(key=name, label=label, shown=_version(name)) for name, label in _PACKAGES.items()),
        Fact(
            key="serving_seconds",
            label=_("This process serves for"),
            shown=timesince(STARTED, depth=1),
            value=round((timezone.now() - STARTED).total_seconds()),
        ),
        _told_by_browsers(),
        size("process_bytes", _("Its memory"), _own_memory()),
    ]
    common: dict[str, Any] = {"key": "program", "name": _("Program and machine")}
    if memory is None:
        return Vital(state="ok", said=_("It serves."), facts=tuple(facts), **common)
    free, total = memory
    facts += [
        size("memory_free_bytes", _("Free memory of the machine"), free),
        Fact(
            key="load",
            label=_("Load of its processors"),
            shown=f"{os.getloadavg()[0]:.1f} / {os.cpu_count() or 1}",
            value=round(os.getloadavg()[0], 2),
        ),
    ]
    if free < total * 0.05:
        return Vital(
            state="warn",
            said=_("The machine has hardly any memory left."),
            advice=_("Unload a model, or move something to another machine: else the system ends processes."),
            facts=tuple(facts),
            **common,
        )
    return Vital(state="ok", said=_("It serves."), facts=tuple(facts), **common)


def _told_by_browsers() -> Fact:
    label = _("Breaches of the page's policy, told by browsers")
    return Fact(key="breaches", label=label, shown=str(counted()), value=counted())


def clock(found: Mapping[str, Any]) -> Vital:
    facts = [Fact(key="now", label=_("This machine"), shown=f"{timezone.now():%Y-%m-%d %H:%M:%S} UTC")]
    apart = _apart(found)
    names = {"database": _("The database is ahead by"), "redis": _("Redis is ahead by")}
    for key, seconds in apart.items():
        facts.append(Fact(key=key, label=names[key], shown=f"{seconds:+.1f} s", value=round(seconds, 2)))
    common: dict[str, Any] = {"key": "clock", "name": _("Clock"), "facts": tuple(facts)}
    beat = seconds_since_beat()
    if any(abs(seconds) > DRIFT for seconds in apart.values()) or (beat is not None and beat < -DRIFT):
        return Vital(
            state="warn",
            said=_("The clocks of the machines do not agree, or this one was set back."),
            advice=_("Let all of them follow a time server (NTP). Signs of life and limits are judged by the clock."),
            **common,
        )
    said = _("All clocks agree.") if apart else _("There is only one clock, this machine's.")
    return Vital(state="ok", said=said, **common)


def _apart(found: Mapping[str, Any]) -> dict[str, float]:
    """Seconds by which others are ahead of us."""
    apart = {}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            apart["database"] = float(cursor.fetchone()[0]) - time.time()
    if found.get("redis"):
        apart["redis"] = float(found["redis"]["ahead"])
    return apart


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "–"


def _memory() -> tuple[int, int] | None:
    """(free for programs, all) in bytes, where Linux tells."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    kib = {name: int(rest.split()[0]) for name, _colon, rest in (line.partition(":") for line in lines)}
    return kib["MemAvailable"] * 1024, kib["MemTotal"] * 1024


def _own_memory() -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
