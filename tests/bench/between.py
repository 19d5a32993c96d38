"""Two web processes on PostgreSQL and Redis: how soon one hears of the other, and what is lost when one is killed.

An answer is asked for in one and stopped in the other; sessions are ended in the database; one process is killed in the
middle of answers. `BENCH_KILLS=20` kills more often (5 otherwise; each costs a start).
"""

import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg

from tests.servers.place import MISSING, Place
from tests.waiting import eventually

STOPS = 20
KILLS = 5
AT_ONCE = 5  # answers that are being written when a process is killed


def bench() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        os.environ |= {"WEBUI_DATA": folder, "DJANGO_SETTINGS_MODULE": "webui.settings"}
        try:
            place = Place(stack, Path(folder))
        except MISSING as reason:
            print(f"between: skipped. {reason}", file=sys.stderr)
            return {}
        found = _stopped(place) | _killed(place, int(os.environ.get("BENCH_KILLS", KILLS))) | _signed_out(place)
    return {f"between two processes: {name}": value for name, value in found.items()}


def _stopped(place) -> dict[str, float]:
    """From the stop in one process to the end of the answer that the other writes."""
    asking, elsewhere = (place.page(web) for web in place.webs)
    told: dict[str, list[float]] = {"heard where it is written": [], "heard where it was stopped": [], "hung up": []}
    for number in range(STOPS):
        question = f"Type on (stopped {number})"
        reply = asking.reply_to(asking.ask(question))
        elsewhere.say(type="resume", message=reply, after=0)
        eventually(lambda reply=reply: elsewhere.text(reply), seconds=30)
        begun = time.monotonic()
        elsewhere.say(type="stop", message=reply)
        for page in (asking, elsewhere):
            eventually(lambda page=page, reply=reply: page.end(reply), seconds=30)
        told["heard where it is written"].append(asking.ended_at[reply] - begun)
        told["heard where it was stopped"].append(elsewhere.ended_at[reply] - begun)
        told["hung up"].append(max(0.0, place.typist.last_written(question) - begun))
    return {
        f"stop, {name}, ms {what}": round(figure(seconds) * 1000, 1)
        for name, seconds in told.items()
        for what, figure in (("p50", statistics.median), ("most", max))
    }


def _killed(place, kills: int) -> dict[str, float]:
    """Seconds of text that were not stored, and from the kill until the other process says that the answer was cut."""
    doomed, other = place.webs
    lost, told = [], []
    for kill in range(kills):
        with place.page(doomed) as page, place.page(other) as watching:
            questions = {f"Type on (killed {kill}.{number})": None for number in range(AT_ONCE)}
            for question in questions:
                questions[question] = page.reply_to(page.ask(question))
            eventually(lambda q=questions: min(map(place.typist.progress, q)) > 100, seconds=60)
            for reply in questions.values():
                watching.say(type="resume", message=reply, after=0)
            killed_at = time.monotonic()
            doomed.kill()
            for question, reply in questions.items():
                eventually(lambda watching=watching, reply=reply: watching.end(reply), seconds=60)
                told.append(watching.ended_at[reply] - killed_at)
                kept = len(place.stored(reply)[1])
                if place.typist.size_at(question, killed_at) > kept:
                    lost.append(killed_at - place.typist.written_at(question, kept + 1))
        doomed.start()
    return {
        "killed, seconds of text lost, p50": round(statistics.median(lost or [0.0]), 2),
        "killed, seconds of text lost, most": round(max(lost, default=0.0), 2),
        "killed, seconds until it is said, most": round(max(told), 1),
    }


def _signed_out(place) -> dict[str, float]:
    """From the end of a session to the close of its open pages, in both processes."""
    pages = [place.page(web) for web in place.webs]
    for page in pages:
        reply = page.reply_to(page.ask("Type 1 (here)"))
        eventually(lambda page=page, reply=reply: page.end(reply), seconds=30)
    begun = time.monotonic()
    with psycopg.connect(place.database) as database:
        database.execute("DELETE FROM django_session")
    for page in pages:
        eventually(lambda page=page: page.code == 4401, seconds=30)
    return {"signed out, seconds until both are closed": round(time.monotonic() - begun, 1)}
