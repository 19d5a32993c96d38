"""One load on one site, and what came of it."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.parts.load import Job
from tests.bench.parts.site import Site, Watch
from tests.servers.house import ROOT


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer as the model server wrote it and as the person saw it."""

    heard: dict
    wrote: dict | None
    tokens: int

    @property
    def is_whole(self) -> bool:
        """Every token came, in order, under numbers without a gap, and the end after them."""
        return bool(self.heard["ended"]) and not self.heard["problem"]

    @property
    def overhead(self) -> float:
        """Seconds from the person's send to the first token, less what the model took."""
        return self.heard["frames"][0][0] - self.heard["sent"] - self.wrote["ttft"]

    def lags(self) -> list[float]:
        """Seconds of each token from the model server's writing to its arrival."""
        written, lags, done = iter(self.wrote["written"]), [], 0
        when, until = next(written)
        for arrived, tokens in self.heard["frames"]:
            for place in range(done, tokens):
                while until <= place:
                    when, until = next(written)
                lags.append(arrived - when)
            done = tokens
        return lags

    def lateness(self) -> list[float]:
        """Seconds by which the model server itself missed its schedule."""
        first, rate, done, late = self.wrote["arrived"] + self.wrote["ttft"], self.wrote["rate"], 0, []
        for when, until in self.wrote["written"]:
            late += [when - first - place / rate for place in range(done, until)]
            done = until
        return late


@dataclass(frozen=True, kw_only=True)
class Run:
    """`processor` and `memory` are of the web processes; `machine` is everybody's processor time meanwhile."""

    answers: Sequence[Answer]
    job: Job
    titles: int
    sending: float
    seconds: float
    processor: float
    load: float
    model_server: float
    machine: float
    memory: tuple[float, float, float]  # MB with all sockets open, at the peak, when all had gone
    series: Sequence[tuple[float, float, float]]  # (when, MB, of it pages of files)

    @property
    def whole(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.is_whole and answer.wrote]

    @property
    def problems(self) -> list[str]:
        return sorted({answer.heard["problem"] or "no end" for answer in self.answers if not answer.is_whole})


def run(site: Site, job: Job) -> Run:
    """Open the sockets, let all ask, wait for the last end, and for the titles after it."""
    site.models.forget()
    before_model = site.models.records()["processor"]
    heard = site.folder.with_suffix(".heard.json")
    command = [sys.executable, "-m", "tests.bench.parts.load", str(heard)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as load:
        load.stdin.write(json.dumps(job.__dict__) + "\n")
        load.stdin.flush()
        assert load.stdout.readline() == "ready\n", "the load did not come up"
        site.settle(5)
        opened, spent = site.memory(), site.spent()
        with Watch(site) as watch:
            load.stdin.write("go\n")
            load.stdin.flush()
            assert load.stdout.readline() == "done\n", "the load has failed"
            found = json.loads(heard.read_text())
            begun = time.monotonic()
            site.settle()
            settling = time.monotonic() - begun
        processor = site.spent() - spent
    site.settle(5)
    records = site.models.records()
    wrote = {record["answer"]: record for record in records["answers"] if not record["title"]}
    answers = [Answer(heard=heard, wrote=wrote.get(heard["name"]), tokens=job.tokens) for heard in found["answers"]]
    model_server = records["processor"] - before_model
    return Run(
        answers=answers,
        job=job,
        titles=sum(record["title"] for record in records["answers"]),
        sending=found["sending"],
        seconds=found["seconds"],
        processor=processor,
        load=found["processor"],
        model_server=model_server,
        machine=(watch.machine - processor - found["processor"] - model_server) / (found["seconds"] + settling),
        memory=(opened, watch.peak, site.memory()),
        series=watch.series,
    )


def figures(run: Run) -> dict[str, float]:
    """What is asked of every load. Times in ms, of whole answers only."""
    asked, whole = len(run.job.sessions) * run.job.rounds, run.whole
    for problem in run.problems:
        print(f"  not whole: {problem}", file=sys.stderr)
    found: dict[str, float] = {"finished share": round(len(whole) / asked, 4)}
    if not whole:
        return found
    tokens = sum(answer.tokens for answer in whole)
    overheads = [answer.overhead for answer in whole]
    lags = [lag for answer in whole for lag in answer.lags()]
    late = [lateness for answer in whole for lateness in answer.lateness()]
    accepted = [answer.heard["accepted"] - answer.heard["sent"] for answer in whole]
    found["accepted ms p95"] = at(accepted, 95)
    found |= {f"first token overhead ms p{part}": at(overheads, part) for part in (50, 95)}
    found |= {f"lag ms p{part}": at(lags, part) for part in (50, 95, 99)}
    return found | {
        "CPU-s per 1,000 tokens": round(run.processor / tokens * 1000, 4),
        "bytes per token": round(sum(answer.heard["bytes"] for answer in whole) / tokens, 1),
        "MB with sockets open": run.memory[0],
        "MB more at the peak": round(run.memory[1] - run.memory[0], 1),
        "MB more after": round(run.memory[2] - run.memory[0], 1),
        "seconds over the schedule": round(run.seconds - run.job.rounds * run.job.ttft - _writing(run.job), 2),
        "model server late ms p95": at(late, 95),
        "CPU-s of the load": round(run.load, 2),
        "CPU-s of the model server": round(run.model_server, 2),
        "cores used by others": round(run.machine, 2),
    }


def at(values: Sequence[float], part: int) -> float:
    """The percentile, in ms."""
    if len(values) < 2:
        return round(values[0] * 1000, 1)
    return round(statistics.quantiles(values, n=100, method="inclusive")[part - 1] * 1000, 1)


def _writing(job: Job) -> float:
    return job.spread + job.rounds * job.tokens / job.rate
