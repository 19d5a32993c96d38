"""A Redis of its own for a few tests: real, empty at every start, gone with them."""

import shutil
import signal
import socket
from contextlib import contextmanager

from tests.servers.processes import Server, free_port


class Missing(Exception):
    """Why there is no Redis."""


class RedisServer(Server):
    """Keeps nothing on disk, so that a restart forgets everything, and its port, so that clients find it again."""

    def __init__(self, program, folder):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        argv = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        log = str(folder / "redis.log")
        super().__init__([*argv, "--dir", str(folder), "--logfile", log], self.url, seconds=20)

    def is_up(self):
        try:
            return self.say("PING") == "+PONG"
        except OSError:
            return False

    def say(self, *words):
        """The first line of Redis' answer to a command, without its client."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            line.sendall(" ".join(words).encode() + b"\r\n")
            return line.makefile().readline().rstrip()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def freeze(self):
        """It accepts connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.thaw()
        super().stop()


@contextmanager
def redis_server(folder):
    """A running server; `Missing` when Redis is not installed."""
    program = shutil.which("redis-server")
    if not program:
        raise Missing("Redis is not installed here: apt-get install redis-server")
    server = RedisServer(program, folder)
    try:
        yield server.start()
    finally:
        server.stop()
