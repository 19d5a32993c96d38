"""Two web processes on PostgreSQL and Redis: what happens in one is seen in the other, and either may go."""

from contextlib import ExitStack

import psycopg
import pytest

from tests.servers.place import LOOK, MISSING, Place
from tests.waiting import eventually

pytestmark = pytest.mark.postgres
TAKEN = """
import django
django.setup()
from chat.revoking import recheck
from providers.models import Model
Model.objects.update(for_everyone=False)
print(recheck())
"""


@pytest.fixture
def place(tmp_path):
    with ExitStack() as stack:
        try:
            yield Place(stack, tmp_path, with_tables=False)
        except MISSING as reason:
            pytest.skip(str(reason))


def test_two_processes_are_one_place_whatever_goes_away(place):
    first, second = place.webs
    for web in place.webs:
        assert "Traceback" not in web.log.read_text(), "they began at the same moment"
    asking, elsewhere = place.page(first), place.page(second)

    # What is written in one is read and stopped in the other.
    one = asking.reply_to(asking.ask("Type 60 (one)"))
    elsewhere.say(type="resume", message=one, after=0)
    assert eventually(lambda: elsewhere.end(one), seconds=30)["type"] == "done"
    assert eventually(lambda: asking.end(one), seconds=30)
    assert elsewhere.heard(one) == asking.heard(one)
    two = asking.reply_to(asking.ask("Type on (two)"))
    elsewhere.say(type="stop", message=two)
    assert eventually(lambda: asking.end(two), seconds=30)["finish_reason"] == "stopped"

    # The same question at both doors at once is one question.
    frame = asking.ask("Type 20 (both)")
    elsewhere.say(**frame)
    assert asking.reply_to(frame) == elsewhere.reply_to(frame)
    assert eventually(lambda: elsewhere.end(asking.reply_to(frame)), seconds=30)["type"] == "done"
    assert place.typist.asked_for.count("Type 20 (both)") == 1

    one_process_is_asked_to_end(place, first, asking, elsewhere)
    redis_goes_and_comes(place, elsewhere)
    postgres_goes_and_comes(place, elsewhere)
    assert place.run(LOOK) == ""
    what_is_taken_away_counts_in_both(place)


def what_is_taken_away_counts_in_both(place):
    """A model, then the session, taken by a third process; the pages were open all the time."""
    place.webs[0].start()
    pages = [place.page(web) for web in place.webs]
    for page in pages:
        reply = page.reply_to(page.ask("Type 1 (while she may)"))
        assert eventually(lambda page=page, reply=reply: page.end(reply), seconds=30)["type"] == "done"
    running = pages[0].reply_to(pages[0].ask("Type on (until it is taken)"))
    eventually(lambda: pages[0].text(running), seconds=30)
    place.run(TAKEN)
    assert eventually(lambda: pages[0].end(running), seconds=30)["finish_reason"] == "stopped"
    for page in pages:
        asked = page.ask("Type 1 (once more)")
        assert eventually(lambda page=page, asked=asked: page.refusal(asked), seconds=30)["code"] == "not_allowed"
    with psycopg.connect(place.database) as database:
        database.execute("DELETE FROM django_session")
    for page in pages:
        assert eventually(lambda page=page: page.code, seconds=30) == 4401


def one_process_is_asked_to_end(place, leaving, asking, elsewhere):
    long = asking.reply_to(asking.ask("Type on (long)"))
    elsewhere.say(type="resume", message=long, after=0)
    eventually(lambda: elsewhere.text(long), seconds=30)
    leaving.ask_to_stop()
    assert eventually(lambda: elsewhere.end(long), seconds=30)["code"] == "interrupted"
    assert eventually(lambda: asking.code, seconds=30) == 1012
    assert leaving.process.wait(60) == 0
    assert place.stored(long) == ("interrupted", elsewhere.text(long))
    place.typist.shortest = True
    elsewhere.say(type="continue", id="on", message=long)
    assert elsewhere.reply_to({"id": "on"}) == long
    eventually(lambda: place.stored(long)[0] == "complete", seconds=30)
    place.typist.shortest = False


def redis_goes_and_comes(place, page):
    reply = page.reply_to(page.ask("Type 100 (without Redis)"))
    eventually(lambda: page.text(reply), seconds=30)
    place.redis.kill()
    assert eventually(lambda: page.end(reply), seconds=30)["type"] == "done"
    asked_without = page.reply_to(page.ask("Type 10 (still without)"))
    assert eventually(lambda: page.end(asked_without), seconds=30)["type"] == "done"
    assert place.stored(reply) == ("complete", page.text(reply))
    place.redis.start()
    back = page.reply_to(page.ask("Type 10 (with Redis again)"))
    assert eventually(lambda: page.end(back), seconds=30)["type"] == "done"


def postgres_goes_and_comes(place, page):
    reply = page.reply_to(page.ask("Type 60 (the database is away)"))
    eventually(lambda: page.text(reply), seconds=30)
    place.postgres.stop()
    eventually(lambda: place.typist.progress("Type 60 (the database is away)") == 60, seconds=30)
    asked = page.ask("Type 10 (nobody can store this)")
    refused = eventually(lambda: page.refusal(asked), seconds=30)
    assert refused["retryable"]
    assert page.code is None
    place.postgres.start()
    assert eventually(lambda: page.end(reply), seconds=60)["type"] == "done"
    assert place.stored(reply) == ("complete", page.text(reply))
    page.say(**asked)
    assert eventually(lambda: page.end(page.reply_to(asked)), seconds=30)["type"] == "done"
