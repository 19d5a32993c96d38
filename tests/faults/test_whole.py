"""Everything at once: two web processes, a worker, PostgreSQL, Redis and Chroma; each goes in turn and comes back."""

import hashlib
import re
import signal
import threading
from contextlib import ExitStack

import psycopg
import pytest

from tests.servers.chroma import chroma_at
from tests.servers.embeddings import embeddings, row
from tests.servers.place import LOOK, MISSING, Place
from tests.servers.processes import free_port
from tests.waiting import eventually

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]
WIDTH = 64
# Every document is read, once, and the index holds exactly the passages of the database.
COUNT = """
import django
django.setup()
from knowledge import index, keywords
from knowledge.models import Chunk, Document, Library
library = Library.objects.get()
doubled = Chunk.objects.count() - Chunk.objects.values("document", "ordinal").distinct().count()
states = set(Document.objects.values_list("status", flat=True))
print(Document.objects.count(), states, Chunk.objects.count(), index.count(library), keywords.count(library), doubled)
"""


class Whole(Place):
    def __init__(self, stack, folder):
        self.may_embed = threading.Event()
        self.may_embed.set()
        self.wants_to_embed = threading.Event()
        self.chroma = chroma_at(f"http://127.0.0.1:{free_port()}", folder / "chroma").start()
        stack.callback(self.chroma.stop)
        model = stack.enter_context(embeddings(self._vectors))
        stack.callback(self.may_embed.set)
        super().__init__(
            stack, folder,
            CHROMA_URL=self.chroma.health.partition("/api")[0], EMBEDDING_BASE_URL=model.url, EMBEDDING_MODEL="words",
        )  # fmt: skip
        self.working = self.worker(folder).start()
        stack.callback(self._end_the_worker)
        self.library = self.ask_api(self.webs[0], "/api/libraries", {"name": "Prices"})[1]["id"]

    def _end_the_worker(self):
        """Whichever it is by then."""
        self.working.process.kill()
        self.working.process.wait()

    def _vectors(self, body):
        """Texts with the same words are near each other."""
        self.wants_to_embed.set()
        self.may_embed.wait(60)
        rows = []
        for number, text in enumerate(body["input"]):
            vector = [0.01] * WIDTH
            for word in re.findall(r"\w+", text.lower()):
                vector[hashlib.sha256(word.encode()).digest()[0] % WIDTH] += 1.0
            rows.append(row(number, *vector))
        return 200, {"data": rows}

    def puts_in(self, web, word):
        """Somebody uploads a file that knows the price of this."""
        text = f"The price of a {word} is twelve francs, whoever asks for it and whenever that may be."
        status, said = self.upload(web, self.library, f"{word}.txt", text.encode())
        assert status == 202, said

    def is_read(self, web, word):
        status, said = self.ask_api(web, f"/api/libraries/{self.library}/documents")
        return status == 200 and any(one["name"] == f"{word}.txt" and one["status"] == "ready" for one in said)

    def answers(self, web, word):
        """A question there is answered from that file."""
        with self.page(web) as page:
            reply = page.reply_to(page.ask(f"What is the price of a {word}?", libraries=[self.library]))
            assert eventually(lambda: page.end(reply), seconds=60)["type"] == "done"
            shown = [frame for frame in page.heard(reply) if frame["type"] == "sources"]
            return [source["document_name"] for source in shown[-1]["sources"]][:1] == [f"{word}.txt"]

    def knows(self, web, other, word):
        """What is put in at one is read by the worker, and answers a question at the other."""
        self.puts_in(web, word)
        eventually(lambda: self.is_read(other, word), seconds=90)
        assert self.answers(other, word)

    def ready(self, web, part):
        """(status, state of the part) of GET /readyz."""
        status, said = self.ask_api(web, "/readyz")
        return status, said[part]["state"]


@pytest.fixture
def whole(tmp_path):
    with ExitStack() as stack:
        try:
            yield Whole(stack, tmp_path)
        except MISSING as reason:
            pytest.skip(str(reason))


def test_each_part_goes_in_turn_and_comes_back_and_nothing_is_lost(whole, tmp_path):
    first, second = whole.webs
    whole.knows(first, second, "ferry")
    the_worker_is_killed_while_it_embeds(whole, tmp_path)
    for web, other in ((first, second), (second, first)):
        a_web_process_is_killed(whole, web, other)
    chroma_is_away(whole)
    redis_is_away_and_forgets(whole)
    postgres_is_away(whole)
    eventually(lambda: [whole.ready(web, "index") for web in whole.webs] == [(200, "ok")] * 2, seconds=60)
    assert whole.run(LOOK) == ""
    assert whole.run(COUNT) == "8 {'ready'} 8 8 8 0"


def the_worker_is_killed_while_it_embeds(whole, folder):
    first, second = whole.webs
    whole.may_embed.clear()
    whole.wants_to_embed.clear()
    whole.puts_in(first, "cabin")
    assert whole.wants_to_embed.wait(60)
    whole.working.process.send_signal(signal.SIGKILL)
    whole.working.process.wait()
    whole.may_embed.set()
    assert not whole.is_read(first, "cabin")
    whole.puts_in(second, "bicycle")  # meanwhile
    with psycopg.connect(whole.database) as database:  # 40 seconds later
        database.execute("UPDATE knowledge_document SET lease_until = now() - interval '1 s' WHERE status='processing'")
    whole.working = whole.worker(folder).start()
    eventually(lambda: whole.is_read(second, "cabin") and whole.is_read(first, "bicycle"), seconds=90)
    assert whole.answers(first, "cabin")
    assert whole.ready(first, "worker") == (200, "ok")


def a_web_process_is_killed(whole, web, other):
    number = whole.webs.index(web)
    whole.puts_in(web, f"luggage{number}")
    web.kill()
    eventually(lambda: whole.is_read(other, f"luggage{number}"), seconds=60)
    assert whole.answers(other, f"luggage{number}")
    web.start()
    assert whole.answers(web, f"luggage{number}")


def chroma_is_away(whole):
    first, second = whole.webs
    whole.chroma.stop()
    assert whole.ready(second, "index") == (200, "down")
    whole.puts_in(first, "blanket")
    assert whole.answers(second, "ferry"), "by its words"
    with whole.page(first) as page:
        reply = page.reply_to(page.ask("Type 5 (without libraries)"))
        assert eventually(lambda: page.end(reply), seconds=60)["type"] == "done"
    whole.chroma.start()
    eventually(lambda: whole.is_read(second, "blanket"), seconds=90)
    assert whole.answers(first, "blanket")


def redis_is_away_and_forgets(whole):
    first, second = whole.webs
    whole.redis.kill()
    eventually(lambda: whole.ready(first, "broker") == (200, "down"), seconds=30)
    whole.puts_in(first, "pillow")  # nobody hears the bell
    assert whole.answers(second, "ferry")
    whole.redis.start()
    eventually(lambda: whole.is_read(second, "pillow"), seconds=90)
    assert whole.answers(first, "pillow")
    eventually(lambda: whole.ready(first, "broker") == (200, "ok"), seconds=30)


def postgres_is_away(whole):
    first, second = whole.webs
    whole.postgres.stop()
    assert [whole.ready(web, "database") for web in whole.webs] == [(503, "down")] * 2
    status, said = whole.ask_api(first, "/api/libraries")
    assert (status, said["code"]) == (503, "unavailable")
    assert whole.upload(second, whole.library, "lost.txt", b"never acknowledged")[0] == 503
    whole.postgres.start()
    eventually(lambda: [whole.ready(web, "database") for web in whole.webs] == [(200, "ok")] * 2, seconds=60)
    whole.knows(second, first, "breakfast")
