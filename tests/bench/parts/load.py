"""Many people who ask at once and read along: a process of its own, told what to do in one line of JSON.

It says "ready" when all sockets are open, begins at the next line it is given, and says "done" when what was heard is
in the file that its command line names.
"""

import asyncio
import itertools
import json
import random
import sys
import time
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.bench.parts.answers import WIDTH, tokens_of
from tests.bench.parts.sockets import Closed, Socket, encoded

PING = 10.0  # seconds; as the page does it, in every third round only while nothing is written


@dataclass(kw_only=True)
class Job:
    """`ports` of the web processes; with `across`, every second answer is read in another one than asked in.

    Each person asks `rounds` times, one after the other: in `chats`, in new ones, or in one that goes on.
    """

    ports: list[int]
    sessions: list[str]
    ask: dict = field(default_factory=dict)  # more fields of `send`
    text: str = "hi"
    tokens: int = 300
    rate: float = 50
    ttft: float = 0.2
    spread: float = 0
    pause: float = 0  # seconds between two rounds, on average
    rounds: int = 1
    new_chats: bool = True
    chats: list[str] = field(default_factory=list)
    across: bool = False
    patience: float = 90
    prefix: str = ""


@dataclass(kw_only=True)
class Heard:
    """What one person saw of one answer; `frames` are (when, characters so far)."""

    name: str
    sent: float
    accepted: float = 0
    chat: str = ""
    message: int = 0
    seq: int = 0
    frames: list[tuple[float, int]] = field(default_factory=list)
    bytes: int = 0
    ended: float = 0
    problem: str = ""


class Person:
    """One socket (two, when the answer is read in another process) and the answers it has heard."""

    def __init__(self, number: int, job: Job) -> None:
        self.number, self.job = number, job
        self.heard: list[Heard] = []
        self.text = ""
        self.expected = "".join(tokens_of("plain", job.tokens))
        self.done = asyncio.get_running_loop().create_future()
        self.sockets: list[Socket] = []

    async def open(self) -> None:
        ports = self.job.ports
        here = ports[self.number % len(ports)]
        there = ports[(self.number + 1) % len(ports)] if self.job.across and self.number // 2 % 2 else here
        for port in [here] if here == there else [here, there]:
            self.sockets.append(await Socket(port, self.job.sessions[self.number], self.take).open())

    @property
    def is_reading(self) -> bool:
        return bool(self.heard) and not self.heard[-1].ended

    def ask(self) -> None:
        name = f"{self.job.prefix}{self.number}-{len(self.heard)}"
        chat = self.heard[-1].chat if self.heard and not self.job.new_chats else None
        if self.job.chats:
            chat = self.job.chats[len(self.heard)]
        text = f"{self.job.text} [answer={name} tokens={self.job.tokens} rate={self.job.rate} ttft={self.job.ttft}]"
        frame = {"type": "send", "id": name, "client_id": str(uuid.uuid4()), "chat": chat, "text": text}
        frame = encoded(frame | {"models": ["plain"], "libraries": [], "web_search": False} | self.job.ask)
        self.text, self.before = "", sum(socket.received for socket in self.sockets)
        self.heard.append(Heard(name=name, sent=time.monotonic()))
        self.sockets[0].send_raw(frame)

    def take(self, frame: dict) -> None:
        if not self.heard or self.done.done():
            return
        heard, kind = self.heard[-1], frame["type"]
        if kind == "accepted":
            heard.accepted, heard.chat, heard.message = time.monotonic(), frame["chat"], frame["replies"][0]["message"]
            if len(self.sockets) > 1:
                self.sockets[1].send({"type": "resume", "id": None, "message": heard.message, "after": 0})
                self.sockets[0].close()
        elif "seq" in frame and frame.get("message") == heard.message:
            self._follow(heard, frame, kind)
        elif kind == "error":
            heard.problem = heard.problem or f"{frame['code']}: {frame['detail']}"
            self._next()

    def _follow(self, heard: Heard, frame: dict, kind: str) -> None:
        if frame["seq"] != heard.seq + 1:
            heard.problem = heard.problem or f"frame {frame['seq']} came after {heard.seq}"
        heard.seq = frame["seq"]
        if kind == "delta":
            self.text += frame["text"]
            heard.frames.append((round(time.monotonic(), 5), len(self.text) // WIDTH))
        elif kind in ("done", "error"):
            heard.ended = time.monotonic()
            heard.bytes = sum(socket.received for socket in self.sockets) - self.before
            if kind == "error":
                heard.problem = heard.problem or f"{frame['code']}: {frame['detail']}"
            elif self.text != self.expected:
                heard.problem = heard.problem or f"the text has {len(self.text)} of {len(self.expected)} characters"
            self._next()

    def _next(self) -> None:
        if len(self.heard) < self.job.rounds:
            asyncio.get_running_loop().call_later(self.job.pause * random.uniform(0.5, 1.5), self.ask)
        elif not self.done.done():
            self.done.set_result(None)

    def ping(self) -> None:
        seen = {self.heard[-1].message: self.heard[-1].seq} if self.heard and self.heard[-1].message else {}
        for socket in self.sockets:
            if socket.ended is None and not socket.transport.is_closing():
                socket.send({"type": "ping", "seen": seen})


async def work(job: Job) -> dict:
    people = [Person(number, job) for number in range(len(job.sessions))]
    for start in range(0, len(people), 10):
        await asyncio.gather(*(person.open() for person in people[start : start + 10]))
    pings = [asyncio.create_task(_ping(person, len(people))) for person in people]
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    spent, begun = time.process_time(), time.monotonic()
    for number, person in enumerate(people):
        if job.spread:
            await asyncio.sleep(begun + job.spread * number / len(people) - time.monotonic())
        person.ask()
    asked = time.monotonic()
    await asyncio.wait([person.done for person in people], timeout=job.patience)
    for ping in pings:
        ping.cancel()
    return {
        "sending": asked - begun,
        "seconds": time.monotonic() - begun,
        "processor": time.process_time() - spent,
        "closed": [socket.ended for person in people for socket in person.sockets if socket.ended is not None],
        "answers": [asdict(heard) for person in people for heard in person.heard],
    }


async def _ping(person: Person, people: int) -> None:
    await asyncio.sleep(PING * person.number / people)
    for number in itertools.count():
        if person.is_reading or number % 3 == 0:
            person.ping()
        await asyncio.sleep(PING)


if __name__ == "__main__":
    try:
        from uvloop import run
    except ImportError:
        from asyncio import run
    try:
        heard = run(work(Job(**json.loads(sys.stdin.readline()))))
        Path(sys.argv[1]).write_text(json.dumps(heard))
        print("done", flush=True)
    except (Closed, OSError) as refusal:
        sys.exit(f"the sockets could not be opened: {refusal}")
