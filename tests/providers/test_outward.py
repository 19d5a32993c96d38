"""Calls to addresses that an administrator entered: judged once, and connected to where they were judged."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from providers import outward
from providers.outward import OutwardError, call


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.heard.append((self.headers["Host"], self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(302 if self.path == "/elsewhere" else 200)
        if self.path == "/packed":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def hook():
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    server.heard = []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def names(monkeypatch):
    """Answers of the name server, one after the other; the last for ever. `names.asked` counts them."""

    class Names:
        asked = 0
        answers: list[list[str]] = []

    real = socket.getaddrinfo

    def resolved(host, port, *args, **options):
        if not str(host).endswith(".example"):
            return real(host, port, *args, **options)
        found = Names.answers[min(Names.asked, len(Names.answers) - 1)]
        Names.asked += 1
        return [one for address in found for one in real(address, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    return Names


def test_a_hook_whose_name_changes_its_answer_is_connected_to_where_it_was_judged(hook, names):
    names.answers = [["127.0.0.1"], ["169.254.169.254"]]
    address = f"hook.example:{hook.server_port}"
    assert call(f"http://{address}/new", content=b"{}").is_good
    assert hook.heard == [(address, b"{}")]
    assert names.asked == 1


@pytest.mark.parametrize(
    "answer", [["169.254.169.254"], ["127.0.0.1", "169.254.169.254"], ["64:ff9b::a9fe:a9fe"], ["fe80::1"]]
)
def test_a_name_that_leads_to_credentials_among_others_is_not_called(hook, names, answer):
    names.answers = [answer]
    with pytest.raises(OutwardError, match="never called"):
        call(f"http://hook.example:{hook.server_port}/", content=b"{}")
    assert not hook.heard


def test_the_next_address_is_tried_when_one_is_dead(hook, names):
    names.answers = [["127.0.0.2", "127.0.0.1"]]
    assert call(f"http://hook.example:{hook.server_port}/", content=b"{}").is_good


def test_the_certificate_is_asked_for_by_name(names, monkeypatch):
    names.answers = [["127.0.0.1"]]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        heard = []

        def greet():
            line, _address = listening.accept()
            with line:
                heard.append(line.recv(4096))

        listener = threading.Thread(target=greet)
        listener.start()
        with pytest.raises(OutwardError, match="cannot be reached"):
            call(f"https://hook.example:{listening.getsockname()[1]}/")
        listener.join()
    assert b"hook.example" in heard[0]


def test_redirects_packed_answers_and_odd_addresses_go_nowhere(hook):
    here = f"http://127.0.0.1:{hook.server_port}"
    assert call(f"{here}/elsewhere", content=b"{}").status == 302
    assert len(hook.heard) == 1
    with pytest.raises(OutwardError, match="packing"):
        call(f"{here}/packed", content=b"{}")
    for odd in ("ftp://hook.example/", "http://me:secret@hook.example/", "http://", "http://[::1/", "http://x:99999/"):
        with pytest.raises(OutwardError, match="has to begin"):
            call(odd)


def test_an_answer_without_an_end_is_given_up(hook, monkeypatch):
    monkeypatch.setattr(outward, "LARGEST", 1)
    with pytest.raises(OutwardError, match="more than is read"):
        call(f"http://127.0.0.1:{hook.server_port}/", content=b"{}")
