"""How well and how fast questions find their answers: `python -m tests.bench.retrieval [FOLDER] [--keep FOLDER]`.

FOLDER holds en/ and zh/ with passages.jsonl, docs.jsonl and questions.jsonl; without it the benchmark is skipped. The
whole product path is measured: the real embedder, a real Chroma, the keyword index, `find_passages` with its limits.
Beside it stands another pipeline over the same data (parts/default_pipeline.py), and, where the parallel questions are
there, Chinese questions over English passages: alone, and with the translation that a real small chat model writes.
"""

import argparse
import asyncio
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.parts.default_pipeline import compared
from tests.bench.parts.questions import DEFAULT, LANGUAGES, PARALLEL, Text, are_there, missing, rows
from tests.bench.parts.translating import translator
from tests.servers.chroma import chroma_at
from tests.servers.embedder import KEPT, ROOT, embedder_at, warm
from tests.servers.processes import free_port

BUDGETS = (1500, 3000, 4000)
ACROSS = 500  # questions
TRANSLATED = int(os.environ.get("BENCH_TRANSLATED", "100"))  # of them, since a model on a processor takes seconds each


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--keep", type=Path, help="keep the libraries here, and use those that are there")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    given = parser.parse_args()
    if not are_there(given.data):
        print(missing("retrieval", given.data), file=sys.stderr)
        return
    with tempfile.TemporaryDirectory(prefix="webui-bench-") as temporary:
        figures = measure(given.data, (given.keep or Path(temporary)).absolute())
    for language, row in figures.items():
        print(f"retrieval {language}: " + "  ".join(f"{name} {value}" for name, value in row.items()))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


def bench():
    """For `make bench`: in a process of its own, since the settings are read but once."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "figures.json"
        subprocess.run([sys.executable, "-m", __name__, "--json", str(result)], cwd=ROOT, check=True)
        found = json.loads(result.read_text()) if result.exists() else {}
    return {f"retrieval {language}: {name}": value for language, row in found.items() for name, value in row.items()}


def measure(data, folder):
    """{language: {figure: value}}."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "WEBUI_DATA": str(folder),
        "CHROMA_URL": f"http://127.0.0.1:{free_port()}",
        "WEBUI_EMBEDDER_URL": f"http://127.0.0.1:{free_port()}",
        "DJANGO_SETTINGS_MODULE": "webui.settings",
    }
    chroma = chroma_at(os.environ["CHROMA_URL"], folder / "chroma")
    servers = [chroma, embedder_at(os.environ["WEBUI_EMBEDDER_URL"], KEPT)]
    try:
        for server in servers:
            server.start()
        warm(servers[1])  # or the first question, asked of libraries that are there, is answered by its words alone
        found = {language: _language(data / language, language, servers[1].process.pid) for language in LANGUAGES}
        return found | {"zh over en": asyncio.run(_across(data / "en"))}
    finally:
        for server in servers:
            server.stop()


def _language(folder, language, embedder):
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from webui.accounts.models import User

    passages, documents, questions = (rows(folder / f"{name}.jsonl") for name in ("passages", "docs", "questions"))
    user = User.objects.filter(email="bench@example.org").first() or User.objects.create_user("bench@example.org", "-")
    seconds = _cpu(embedder)
    loaded = _load(user, f"{language} passages", _as_chunks(passages))
    loaded += _load(user, f"{language} documents", _cut(documents))
    seconds = _cpu(embedder) - seconds
    row = {"chunks": loaded, "chunks per CPU second": round(loaded / seconds, 1)} if loaded else {}
    row |= asyncio.run(_passages(user, f"{language} passages", passages, questions))
    row |= asyncio.run(_documents(user, f"{language} documents", documents, questions))
    return row | compared(language, passages, documents, questions)


def _as_chunks(passages):
    """{document: chunks}: each passage a chunk of its own, so far from the next that none are joined."""
    from knowledge.chunking import ChunkText

    found = {}
    for number, passage in enumerate(passages):
        start = number * 100_000
        text = ChunkText(
            text=passage["text"], heading=passage["title"], page=None, start=start, end=start + len(passage["text"])
        )
        found.setdefault(passage["doc"], []).append(text)
    return found


def _cut(documents):
    from knowledge.chunking import chunk

    return {document["id"]: chunk(Text(document).blocks) for document in documents}


def _load(user, name, documents):
    """The number of chunks embedded: none when the library is there already."""
    from knowledge import embedding, index, keywords
    from knowledge.chunking import embedded_text
    from knowledge.models import Chunk, Document, Library

    if Library.objects.filter(owner=user, name=name).exists():
        return 0
    library, total = Library.objects.create(owner=user, name=name), 0
    for key, texts in documents.items():
        document = Document.objects.create(
            library=library, name=key, sha256=key[:64], status=Document.Status.READY, chunks_total=len(texts)
        )
        embedded = [embedded_text(text, "", before) for before, text in zip([None, *texts], texts, strict=False)]
        vectors = embedding.embed_passages(embedded)
        chunks = [
            Chunk(
                document=document, ordinal=ordinal, text=text.text, heading=text.heading,
                start=text.start, end=text.end, vector=embedding.pack(vector), fingerprint=embedding.fingerprint(),
            )
            for ordinal, (text, vector) in enumerate(zip(texts, vectors, strict=True))
        ]  # fmt: skip
        chunks = Chunk.objects.bulk_create(chunks)
        keywords.add(chunks)
        index.replace_document(document, chunks)
        total += len(chunks)
    return total


async def _passages(user, library, passages, questions):
    wanted = {passage["id"]: passage["text"] for passage in passages}
    places, times = [], []
    library, texts = await _library(user, library)
    for question in questions:
        started = time.perf_counter()
        places.append(await _place(user, library, texts, question["q"], wanted[question["passage"]]))
        times.append((time.perf_counter() - started) * 1000)
    return _ranks(places) | {
        "ms p50": round(statistics.median(times), 1),
        "ms p95": round(statistics.quantiles(times, n=20)[-1], 1),
    }


async def _library(user, name):
    """It, and the texts of its chunks."""
    from knowledge.models import Chunk, Library

    library = await Library.objects.aget(owner=user, name=name)
    return library, {
        pk: text async for pk, text in Chunk.objects.filter(document__library=library).values_list("pk", "text")
    }


async def _place(user, library, texts, question, wanted, **also):
    """Where among the first ten the wanted text stands, from 0; 99 when not there."""
    from knowledge.retrieval import find_passages

    ranked = await find_passages(question, user, [library.pk], limit=10, characters=10**7, **also)
    found = [texts[passage.chunk_id] for passage in ranked]
    return found.index(wanted) if wanted in found else 99


def _ranks(places):
    return {
        "nDCG@10": round(statistics.mean(1 / math.log2(place + 2) if place < 10 else 0 for place in places), 4),
        "MRR@10": round(statistics.mean(1 / (place + 1) if place < 10 else 0 for place in places), 4),
        "R@5": round(statistics.mean(place < 5 for place in places), 4),
    }


async def _across(folder):
    """Chinese questions over English passages."""
    from knowledge.retrieval import Query
    from webui.accounts.models import User

    wanted = {passage["id"]: passage["text"] for passage in rows(folder / "passages.jsonl")}
    asked = [row for row in rows(PARALLEL) if row["passage_en"] in wanted][:ACROSS]
    if not asked:
        print(f"retrieval: no parallel questions in {PARALLEL} (BENCH_PARALLEL): not asked across.", file=sys.stderr)
        return {}
    user = await User.objects.aget(email="bench@example.org")
    library, texts = await _library(user, "en passages")
    places = [await _place(user, library, texts, row["zh"], wanted[row["passage_en"]]) for row in asked]
    people = [
        await _place(user, library, texts, row["zh"], wanted[row["passage_en"]], also=[Query(text=row["en"])])
        for row in asked
    ]
    found = _ranks(places) | {f"with people's translation: {name}": value for name, value in _ranks(people).items()}
    with translator() as (model, translate):
        if translate is None:
            print("retrieval: no chat model can be had here: no translations by one.", file=sys.stderr)
            return found
        written = [translate(row["zh"]) for row in asked[:TRANSLATED]]
    places = [
        await _place(
            user, library, texts, row["zh"], wanted[row["passage_en"]], also=[Query(text=text)] if text else []
        )
        for row, text in zip(asked, written, strict=False)
    ]
    usable = sum(text.isascii() and text != "" for text in written) / len(written)
    return found | {
        f"with {len(written)} translations by {model}: {name}": value
        for name, value in (_ranks(places) | {"share in English": round(usable, 2)}).items()
    }


async def _documents(user, library, documents, questions):
    """The share of questions whose answer stands in what the model is given."""
    from knowledge.models import Library
    from knowledge.retrieval import find_passages

    library = await Library.objects.aget(owner=user, name=library)
    texts = {document["id"]: Text(document) for document in documents}
    row = {}
    for budget in BUDGETS:
        hits = 0
        for question in questions:
            passages = await find_passages(question["q"], user, [library.pk], characters=budget)
            text = texts[question["doc"]]
            hits += any(text.holds(one, question) for one in passages if one.document_name == question["doc"])
        row[f"answer within {budget}"] = round(hits / len(questions), 4)
    return row


def _cpu(process):
    import psutil

    times = psutil.Process(process).cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    main()
