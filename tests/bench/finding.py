"""Searching 100,000 messages of one person, beside a tenth as many of each of five others, on SQLite and on PostgreSQL.

Texts are runs of sentences of `texts.py`, half of them Chinese. Each search goes through `chat.finding.search.find`, as
a request does: rare and common words, two words, a word that is half typed, Chinese, titles, and nothing at all.
`BENCH_MESSAGES=10000` takes another size.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from itertools import islice
from pathlib import Path

from tests.bench.parts.texts import documents
from tests.servers.embedder import ROOT
from tests.servers.postgres import Missing, postgres

MESSAGES = 100_000
IN_A_CHAT = 10
OTHERS = 5
ROUNDS = 1


def bench() -> dict[str, float]:
    """In a process for each database, since the settings are read but once."""
    count = os.environ.get("BENCH_MESSAGES", str(MESSAGES))
    found = _measured("SQLite", count, {"DATABASE_URL": ""})
    try:
        with postgres() as url:
            found |= _measured("PostgreSQL", count, {"DATABASE_URL": url})
    except Missing as reason:
        print(f"finding on PostgreSQL: skipped. {reason}", file=sys.stderr)
    return found


def _measured(name: str, count: str, database: dict[str, str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "figures.json"
        env = {**os.environ, **database, "WEBUI_DATA": folder, "DJANGO_SETTINGS_MODULE": "webui.settings"}
        command = [sys.executable, "-m", __name__, count, "--json", str(result)]
        subprocess.run(command, cwd=ROOT, check=True, env={key: value for key, value in env.items() if value})
        figures = json.loads(result.read_text())
    return {f"finding among {int(count):,} messages, {name}: {label}": value for label, value in figures.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("messages", type=int)
    parser.add_argument("--json", type=Path, required=True)
    given = parser.parse_args()
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    person = _people(given.messages)
    given.json.write_text(json.dumps(_indexed(given.messages) | _searched(person)))


def _people(messages):
    from webui.accounts.models import User

    chance = random.Random(7)
    pools = [list(islice(_sentences(language), 3000)) for language in ("en", "zh")]
    people = [User(email=f"{n}@example.org", password="-") for n in range(OTHERS + 1)]
    people = User.objects.bulk_create(people)
    _fill(people[0], messages, chance, pools)
    for other in people[1:]:
        _fill(other, messages // 10, chance, pools)
    return people[0]


def _sentences(language):
    from knowledge.wording import sentences

    for _title, paragraphs in documents(language):
        for text in paragraphs:
            for start, end in sentences(text):
                if 20 < end - start < 300:
                    yield text[start:end].strip()


def _fill(person, count, chance, pools):
    from django.utils import timezone

    from chat.models import Conversation, Message

    for start in range(0, count, IN_A_CHAT * 500):
        number = min(500, (count - start) // IN_A_CHAT)
        chats = [Conversation(owner=person, title=chance.choice(pools[n % 2])[:60]) for n in range(number)]
        Conversation.objects.bulk_create(chats)
        for chat in chats:  # over two years
            chat.updated_at = timezone.now() - timedelta(minutes=chance.randrange(10**6))
        Conversation.objects.bulk_update(chats, ["updated_at"])
        rows = [
            Message(
                conversation=chat, role=("user", "assistant")[n % 2], seq=1,
                text=" ".join(chance.sample(pools[place % 2], (1, 5)[n % 2])) + f" {chance.randrange(10**6)}",
            )
            for place, chat in enumerate(chats) for n in range(IN_A_CHAT)
        ]  # fmt: skip
        Message.objects.bulk_create(rows, batch_size=1000)


def _indexed(messages):
    from chat.finding.catching_up import catch_up_with_all

    begun, processor = time.perf_counter(), time.process_time()
    catch_up_with_all()
    both = (time.perf_counter() - begun, time.process_time() - processor)
    per = [round(seconds / (messages + messages // 10 * OTHERS) * 1e6) for seconds in both]
    return {"µs to index a message": per[0], "CPU µs to index a message": per[1]}


def _searched(person):
    from chat.finding.search import find

    seconds, processor, slowest = [], [], ("", 0.0)
    questions = _questions(person)
    for question in questions[:20]:
        find(person, question)
    for question in questions:
        begun, spent = time.perf_counter(), time.process_time()
        find(person, question)
        processor.append(time.process_time() - spent)
        seconds.append(time.perf_counter() - begun)
        slowest = max(slowest, (question, seconds[-1]), key=lambda one: one[1])
    print(f"{len(seconds)} searches; slowest: {slowest[0]!r}, {slowest[1] * 1000:.0f} ms", file=sys.stderr)
    return {
        f"{what}ms p{part}": round(sorted(values)[int(len(values) * part / 100) - 1] * 1000, 1)
        for what, values in (("", seconds), ("CPU ", processor))
        for part in (50, 95, 99)
    }


def _questions(person):
    """What is typed: taken from texts of this person, and words that are everywhere or nowhere."""
    from chat.finding.words import terms
    from chat.models import Message

    chance = random.Random(8)
    texts = list(Message.objects.filter(conversation__owner=person).values_list("text", flat=True)[:20_000:200])
    found = [
        "the",
        "of the",
        "的",
        "a",
        "of",
        "and the",
        "是",
        "is a",
        "zebra nowhere",
        "没有这个词",
        "in",
        "在",
    ] * ROUNDS
    for text in texts * ROUNDS:
        words = [term.text for term in terms(text[:200])]
        one, other = chance.sample(words, 2)
        found += [one, f"{one} {other} ", one[: max(2, len(one) // 2)]]
    chance.shuffle(found)
    return found


if __name__ == "__main__":
    main()
