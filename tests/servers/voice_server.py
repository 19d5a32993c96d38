"""A scripted server with OpenAI's /v1/audio/ on a real socket: it hears what a test says, and speaks in beeps.

    with VoiceServer() as server:
        server.hears = "What is the fee?"
        ...  # talk to server.base_url
        assert server.asked[-1]["voice"] == "alto"

It stands in where no real voice can be had, Chinese above all. `python -m tests.servers.voice_server 8371` runs it by
hand.
"""

import asyncio
import json
import math
import struct
import sys
import threading
from email.parser import BytesParser

from providers.voice.sounds import wav
from tests.servers.openai_chunks import json_answer
from tests.servers.sockets import Request, SocketServer, response

RATE = 16000


def beep(seconds: float = 0.2, loudness: float = 0.3, rate: int = RATE) -> bytes:
    """A WAV."""
    count = round(seconds * rate)
    samples = (round(32767 * loudness * math.sin(2 * math.pi * 440 * place / rate)) for place in range(count))
    return wav(struct.pack(f"<{count}h", *samples), rate)


class VoiceServer(SocketServer):
    def __init__(self, scenario: str = "normal") -> None:
        super().__init__(self._answer)
        self.scenario = scenario
        self.hears = "What is the fee?"
        self.sound = beep()
        self.voices: list = ["alto", "bass"]
        self.asked: list[dict] = []  # what was to be said, and the forms of what was heard
        self.release = threading.Event()

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        path = request.path
        if path == "/v1/models":
            ears, mouth = {"id": "whisper-1", "object": "model"}, {"id": "tts-1", "object": "model"}
            writer.write(json_answer({"object": "list", "data": [ears, mouth]}))
        elif path == "/v1/audio/voices" and self.voices:
            writer.write(json_answer({"voices": self.voices}))
        elif path in ("/v1/audio/speech", "/v1/audio/transcriptions"):
            speaks = path.endswith("speech")
            self.asked.append(json.loads(request.body) if speaks else form_of(request))
            await self._play(speaks, writer)
        else:
            writer.write(json_answer({"detail": "Not Found"}, "404 Not Found"))

    async def _play(self, speaks: bool, writer: asyncio.StreamWriter) -> None:
        wrong = {
            "page": response(b"<!doctype html><h1>Please sign in</h1>"),
            "nonsense": json_answer({"words": 7}),
            "empty": response(b"", media_type="audio/mpeg" if speaks else "application/json"),
            "no_audio": json_answer({"detail": "Not Found"}, "404 Not Found"),
            "refuses": json_answer({"error": {"message": "unknown voice"}}, "400 Bad Request"),
            "busy": json_answer({"error": {"message": "busy"}}, "503 Service Unavailable"),
        }
        if self.scenario == "hangs":
            while not self.release.is_set():  # noqa: ASYNC110 - set by the test's thread
                await asyncio.sleep(0.02)
        elif self.scenario == "hangs_up":
            writer.transport.abort()
        elif self.scenario == "endless":
            await self._endless(writer)
        elif self.scenario in wrong:
            writer.write(wrong[self.scenario])
        elif speaks:
            writer.write(response(self.sound, media_type="audio/wav"))
        else:
            times = [{"id": 0, "start": 0.0, "end": 1.5, "text": f" {self.hears}"}]
            writer.write(json_answer({"text": self.hears, "language": "en", "duration": 1.5, "segments": times}))

    async def _endless(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n\r\n")
        while not writer.is_closing():
            writer.write(bytes(1024 * 1024))
            await writer.drain()


def form_of(request: Request) -> dict:
    """The fields of a multipart body; files as bytes."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    fields: dict = {}
    for part in BytesParser().parsebytes(head + request.body).get_payload():
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        fields[name] = content if part.get_filename() else content.decode()
    return fields


if __name__ == "__main__":
    by_hand = VoiceServer()
    by_hand.port = int(sys.argv[1])
    with by_hand:
        print(by_hand.base_url, flush=True)
        threading.Event().wait()
