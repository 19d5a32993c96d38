"""The web process by itself on the tests' own database, and pages that are open in it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

from django.conf import settings
from django.db import connection
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.servers.house import ROOT
from tests.servers.processes import free_port
from tests.waiting import eventually


class WebProcess:
    """`with WebProcess(folder) as web:`; may be killed and started again, on the same port."""

    def __init__(self, folder, **environment):
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.log = folder / f"web-{self.port}.log"
        self.environment = os.environ | {"WEBUI_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "webui.settings"}
        self.environment |= (
            environment if "DATABASE_URL" in environment else environment | {"DATABASE_URL": database_url()}
        )

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        if self.process.poll() is None:
            self.kill()

    def start(self):
        command = [sys.executable, "-m", "webui.serve", "--port", str(self.port)]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        eventually(self.serves, seconds=90)
        return self

    def serves(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return urllib.request.urlopen(f"{self.address}/healthz", timeout=5).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ask_to_stop(self):
        self.process.send_signal(signal.SIGTERM)


def database_url():
    """Where another process finds the tests' database."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def session_of(person):
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Page:
    """One open tab. It keeps every frame, `ended_at` by answer; `code` is how its socket was closed."""

    def __init__(self, web, session):
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}
        address = f"ws://localhost:{web.port}/ws/chat/"
        self.socket = connect(address, origin="http://localhost", additional_headers=headers, max_size=None)
        self.frames = []
        self.ended_at = {}
        self.code = None
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        try:
            while True:
                frame = json.loads(self.socket.recv())
                if frame["type"] in ("done", "error"):
                    self.ended_at[frame["message"]] = time.monotonic()
                self.frames.append(frame)
        except ConnectionClosed as end:
            self.code = end.rcvd.code if end.rcvd else 1006

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.socket.close()

    def say(self, **frame):
        self.socket.send(json.dumps(frame))

    def ask(self, text, **more):
        """Sends a question; returns the frame, to be sent again."""
        frame = {"type": "send", "id": str(uuid.uuid4()), "client_id": str(uuid.uuid4()), "text": text} | more
        self.say(**frame)
        return frame

    def accepted(self, frame):
        return next((f for f in list(self.frames) if f["type"] == "accepted" and f["id"] == frame["id"]), None)

    def refusal(self, frame):
        return next((f for f in list(self.frames) if f["type"] == "error" and f["id"] == frame["id"]), None)

    def reply_to(self, frame, seconds=30):
        """The id of the first answer to what was sent."""
        return eventually(lambda: self.accepted(frame), seconds)["replies"][0]["message"]

    def heard(self, message):
        """The frames of an answer in their order; one that came twice counts once."""
        frames = {f["seq"]: f for f in list(self.frames) if f.get("message") == message and "seq" in f}
        return [frames[seq] for seq in sorted(frames)]

    def text(self, message):
        return "".join(frame["text"] for frame in self.heard(message) if frame["type"] == "delta")

    def last(self, message):
        """The number of the last frame it has of an answer."""
        return max((frame["seq"] for frame in self.heard(message)), default=0)

    def end(self, message):
        """The frame that ended an answer, once it was heard."""
        return next((frame for frame in self.heard(message) if frame["type"] in ("done", "error")), None)
