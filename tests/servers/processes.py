"""A real server started beside the tests, and ended with them."""

import contextlib
import socket
import subprocess
import time
import urllib.request

import psutil


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One child process that answers `health` when it is up."""

    def __init__(self, argv, health, *, seconds=60, **popen):
        self.argv, self.health, self.seconds, self.popen = argv, health, seconds, popen
        self.process = None

    def start(self):
        self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, **self.popen)
        deadline = time.monotonic() + self.seconds
        while not self.is_up():
            assert self.process.poll() is None, f"{self.argv} ended with {self.process.returncode}"
            assert time.monotonic() < deadline, f"{self.argv} did not answer within {self.seconds} s"
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)
        return self

    def is_up(self):
        try:
            with urllib.request.urlopen(self.health, timeout=5):
                return True
        except OSError:
            return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def lives(process):
    """A zombie does not: whoever is the first process of the machine may take its time to bury it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
