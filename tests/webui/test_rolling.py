"""Two web processes behind a proxy: one replaced after the other while people work, and one killed without a word."""

import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack

import pytest

from tests.servers.balancer import Balancer
from tests.servers.place import LOOK, MISSING, Place
from tests.servers.proxies import Missing, program_of, proxy
from tests.servers.typist import typed
from tests.waiting import eventually

pytestmark = pytest.mark.postgres
BEHIND = 5.0  # seconds of text that may be missing; one on a machine that does nothing else (tests/chat/test_killed.py)


class Visitors:
    """People who open pages all the time, each by a connection of its own; `failed` is what went wrong."""

    def __init__(self, port, session):
        headers = {"Cookie": f"sessionid={session}"}
        self._request = urllib.request.Request(f"http://localhost:{port}/api/chats", headers=headers)
        self.served, self.failed = 0, []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._visit, daemon=True) for _ in range(2)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _visit(self):
        while not self._over.is_set():
            try:
                with urllib.request.urlopen(self._request, timeout=30) as answer:
                    assert answer.status == 200
                    answer.read()
                self.served += 1
            except (OSError, urllib.error.URLError) as problem:
                self.failed.append(repr(problem))
            self._over.wait(0.05)


@pytest.fixture
def place(tmp_path):
    with ExitStack() as stack:
        try:
            yield Place(stack, tmp_path)
        except MISSING as reason:
            pytest.skip(str(reason))


def replaced_behind(port, place):
    """One web process after the other is asked to go and comes again, and nobody who visits meanwhile notices."""
    with Visitors(port, place.session) as visitors:
        for web in place.webs:
            before = visitors.served
            eventually(lambda before=before: visitors.served > before + 5, seconds=60)
            web.ask_to_stop()
            assert web.process.wait(60) == 0
            web.start()
        before = visitors.served
        eventually(lambda before=before: visitors.served > before + 5, seconds=60)
    assert visitors.failed == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_behind_a_shipped_proxy_words_come_as_they_are_written_and_processes_are_replaced(name, tmp_path):
    with ExitStack() as stack:
        try:
            program_of(name)
            place = Place(stack, tmp_path)
            shipped = stack.enter_context(proxy(name, tmp_path, [web.port for web in place.webs]))
        except (*MISSING, Missing) as reason:
            pytest.skip(str(reason))
        with place.page(shipped) as page:
            reply = page.reply_to(page.ask("Type on"))
            eventually(lambda: len(page.text(reply)) > 50, seconds=60)
            assert page.end(reply) is None, "while it is written"
            page.say(type="stop", message=reply)
            assert eventually(lambda: page.end(reply), seconds=60)["type"] == "done"
        replaced_behind(shipped.port, place)


def test_processes_are_replaced_without_a_failed_request_and_one_may_be_killed(place):
    with Balancer([web.port for web in place.webs]) as balancer:
        replaced_behind(balancer.port, place)

    doomed, other = place.webs
    asking, elsewhere = place.page(doomed), place.page(other)
    reply = asking.reply_to(asking.ask("Type on (killed)"))
    elsewhere.say(type="resume", message=reply, after=0)
    eventually(lambda: len(elsewhere.text(reply)) > 100, seconds=60)
    killed_at = time.monotonic()
    doomed.kill()
    asked = elsewhere.ask("Type 10 (meanwhile)")
    assert eventually(lambda: elsewhere.end(elsewhere.reply_to(asked)), seconds=60)["type"] == "done"
    eventually(lambda: place.stored(reply)[0] != "running", seconds=60)
    state, text = place.stored(reply)
    assert state == "interrupted"
    assert text == typed(len(text))
    assert len(text) >= place.typist.size_at("Type on (killed)", killed_at - BEHIND)
    assert place.run(LOOK) == ""
