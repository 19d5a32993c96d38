"""The HTTP rim of the voice process: /healthz, /v1/models, /v1/audio/voices, /v1/audio/transcriptions and …/speech.

Nothing heavy is imported here and no sound is looked into: that is the children's (child.py).
"""

import json
import re
import select
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from chat.voice.local import shelf
from chat.voice.local.frames import Frame
from chat.voice.local.keeper import Keeper, Refused
from providers.voice import sounds

MAX_BODY = sounds.LARGEST + 256 * 1024
MAX_TEXT = 4096
SECONDS_TO_SPEAK = 100.0
_TYPES = {"mp3": sounds.MP3, "opus": sounds.OGG, "aac": sounds.AAC, "flac": sounds.FLAC, "wav": sounds.WAV}


def seconds_to_hear(seconds: float) -> float:
    """Of the clock, for a recording that lasts so long: the first model has to be loaded, and cores are shared."""
    return 60 + seconds


class VoiceServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], folder: Path) -> None:
        super().__init__(address, Handler)
        self.folder = folder
        self.ears, self.mouth = Keeper(folder), Keeper(folder)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that went away are nothing to report; anything else is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    server: VoiceServer

    def do_GET(self) -> None:
        ears, voices = shelf.ears(self.server.folder), shelf.voices(self.server.folder)
        if self.path == "/healthz":
            self._document(200, {"state": "ready", "ears": list(ears), "voices": list(voices)})
        elif self.path == "/v1/models":
            names = [*ears, *(["piper"] if voices else [])]
            self._document(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]})
        elif self.path == "/v1/audio/voices":
            self._document(200, {"voices": list(voices)})
        else:
            self._refuse(Refused("There is nothing at this address.", 404))

    def do_POST(self) -> None:
        try:
            body = self._body()
            if self.path == "/v1/audio/transcriptions":
                self._document(200, self._heard(body))
            elif self.path == "/v1/audio/speech":
                self._say(body)
            else:
                raise Refused("There is nothing at this address.", 404)
        except Refused as refusal:
            self._refuse(refusal)

    def _heard(self, body: bytes) -> dict[str, Any]:
        fields = form_fields(self.headers.get("Content-Type", ""), body)
        known = shelf.ears(self.server.folder)
        model = _text(fields, "model")
        if model not in known:
            raise Refused("This model is not in the folder of models.", 404)
        sound = fields.get("file", b"")
        kind = sounds.kind_of(sound[:16])
        if kind is None:
            raise Refused("This is no recording.", 400)
        head = {"task": "hear", "model": model, "ending": kind.ending, "longest": sounds.LONGEST}
        head |= {name: _text(fields, name) for name in ("language", "prompt")}
        head["temperature"] = float(_text(fields, "temperature") or 0)
        seconds = seconds_to_hear(min(sounds.seconds_of(sound, kind), sounds.LONGEST))
        return self.server.ears.ask(Frame(head=head, body=sound), seconds, self._is_wanted).head

    def _say(self, body: bytes) -> None:
        try:
            wish = json.loads(body)
            form, speed = str(wish.get("response_format", "mp3")), float(wish.get("speed", 1))
            text, voice = str(wish["input"]), str(wish.get("voice", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refused("The body is not what is wanted here.", 400) from None
        if not text.strip() or len(text) > MAX_TEXT or not 0.25 <= speed <= 4 or form not in (*_TYPES, "pcm"):
            raise Refused(f"Give 1 to {MAX_TEXT} characters, a speed from 0.25 to 4 and a known form.", 400)
        frame = Frame(head={"task": "say", "text": text, "voice": voice, "speed": speed, "form": form})
        spoken = self.server.mouth.ask(frame, SECONDS_TO_SPEAK, self._is_wanted)
        self._answer(200, _TYPES.get(form, sounds.PCM).media_type, spoken.body)

    def _is_wanted(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return not readable or bool(self.connection.recv(1, socket.MSG_PEEK))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            raise Refused(f"A request has at most {MAX_BODY} bytes, and says how many.", 413)
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes:
        """A form with files is sent in chunks."""
        body = b""
        while size := int(self.rfile.readline(64).split(b";")[0] or b"0", 16):
            if len(body) + size > MAX_BODY:
                self.close_connection = True
                raise Refused(f"A request has at most {MAX_BODY} bytes.", 413)
            body += self.rfile.read(size)
            self.rfile.readline(4)
        self.rfile.readline(4)
        return body

    def _refuse(self, refusal: Refused) -> None:
        kind = "invalid_request_error" if refusal.status < 500 else "server_error"
        self._document(refusal.status, {"error": {"message": str(refusal), "type": kind, "param": None, "code": None}})

    def _document(self, status: int, document: dict[str, Any]) -> None:
        self._answer(status, "application/json", json.dumps(document).encode())

    def _answer(self, status: int, media_type: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what people say does not belong in a log."""


def form_fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """Of a multipart form. Pure. The bytes of a file stay exactly as they came."""
    found = re.search(r'boundary="?([^";,]{1,200})', content_type)
    if not found:
        raise Refused("The body must be a form (multipart).", 400)
    fields = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + found.group(1).encode())[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        if name:
            fields[name.group(1).decode(errors="replace")] = content
    return fields


def _text(fields: dict[str, bytes], name: str) -> str:
    return fields.get(name, b"").decode(errors="replace")
