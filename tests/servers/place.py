"""Two web processes on PostgreSQL and Redis, begun at the same moment, where alice has a chat."""

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import uuid

import psycopg

from tests.servers.house import ROOT
from tests.servers.postgres import Missing as NoPostgres
from tests.servers.postgres import cluster
from tests.servers.processes import Server
from tests.servers.redis import Missing as NoRedis
from tests.servers.redis import redis_server
from tests.servers.typist import Typist
from tests.servers.web import Page, WebProcess

MISSING = (NoPostgres, NoRedis)  # why there is no place
ALICE = """
import sys
import django
django.setup()
from django.test import Client
from providers.models import Connection, Model
from webui.accounts.models import ApiKey, User, all_scopes
connection = Connection.objects.create(name="Lab", base_url=sys.argv[1])
Model.objects.create(connection=connection, name="qwen", public_id="qwen", for_everyone=True)
client, alice = Client(), User.objects.create_user("alice@example.org", "correct horse battery")
client.force_login(alice)
print(client.cookies["sessionid"].value, ApiKey.issue(alice, "a program of hers", scopes=all_scopes())[1])
"""
LOOK = """
import django
django.setup()
from tests.chat.invariants import broken
print(*broken(), sep="\\n")
"""


class Place:
    """`webs` start at the same moment, without `with_tables` on an empty database.

    Further settings are for all of them, and for the worker that `work` starts.
    """

    def __init__(self, stack, folder, *, with_tables=True, **environment):
        self.postgres = stack.enter_context(cluster(with_tables=with_tables))
        self.database = self.postgres.url
        self.redis = stack.enter_context(redis_server(folder))
        self.typist = stack.enter_context(Typist())
        self.environment = {"DATABASE_URL": self.database, "REDIS_URL": self.redis.url, "WEBUI_DRAIN_SECONDS": "1"}
        self.environment |= environment
        self.webs = [WebProcess(folder, **self.environment) for _ in range(2)]
        for web in self.webs:
            stack.callback(web.__exit__)
        starts = [threading.Thread(target=web.start) for web in self.webs]
        for start in starts:
            start.start()
        for start in starts:
            start.join()
        self.session, self.key = self.run(ALICE, self.typist.base_url).split()

    def run(self, code, *arguments):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=ROOT, env=self.whole_environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @property
    def whole_environment(self):
        return os.environ | self.webs[0].environment

    def worker(self, folder):
        """A worker, as compose.yaml starts one, begun once the place stands."""
        program = ["celery", "--skip-checks", "-A", "webui.celery", "worker", "-P", "threads", "-c", "2", "-l", "info"]
        log = (folder / "worker.log").open("a")
        return Worker(
            [sys.executable, "-m", *program], "", cwd=ROOT, env=self.whole_environment, stdout=log, stderr=log
        )

    def stored(self, message):
        with psycopg.connect(self.database) as database:
            return database.execute("SELECT state, text FROM chat_message WHERE id = %s", [message]).fetchone()

    def page(self, web):
        return Page(web, self.session)

    def ask_api(self, web, path, body=None, kind="application/json"):
        """(status, content) of a program of alice's."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"{web.address}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.loads(refusal.read())

    def upload(self, web, library, name, content):
        """A file as a browser sends it."""
        line = uuid.uuid4().hex
        head = f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{line}--\r\n".encode()
        path = f"/api/libraries/{library}/documents"
        return self.ask_api(web, path, body, f"multipart/form-data; boundary={line}")


class Worker(Server):
    """There is nothing to ask a worker: /readyz of a web process says whether one was seen."""

    def is_up(self):
        return True
