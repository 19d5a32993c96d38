"""AUTOMATIC1111 and ComfyUI, scripted: what they answer, what they are told to stop, and their faults."""

import asyncio
import base64
import hashlib
import json
import struct

from tests.servers.openai_chunks import json_answer
from tests.servers.picture_servers import Pictures, png
from tests.servers.sockets import Request, response

WORKFLOW = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 1, "steps": 20, "cfg": 7, "denoise": 1,
            "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "webui"}},
}  # fmt: skip
EDITING = WORKFLOW | {
    "5": {"class_type": "VAEEncode", "inputs": {"pixels": ["10", 0], "vae": ["4", 2]}},
    "10": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
}


class A1111Pictures(Pictures):
    """`/sdapi/v1`. In the scenario "slow" a drawing lasts until it is released or interrupted."""

    def __init__(self, user: str = "") -> None:
        super().__init__()
        self.user = user  # "name:password"
        self.task: str | None = None
        self.interrupted: list[str | None] = []

    @property
    def base_url(self) -> str:
        return self.address

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        given = request.headers.get("authorization", "")
        if self.user and given != f"Basic {base64.b64encode(self.user.encode()).decode()}":
            writer.write(json_answer({"detail": "Incorrect username or password"}, "401 Unauthorized"))
            return
        match request.path.partition("?")[0]:
            case "/sdapi/v1/sd-models":
                writer.write(json_answer([{"title": "sdxl.safetensors [31e35c80fc]", "model_name": "sdxl"}]))
            case "/sdapi/v1/progress":
                preview = base64.b64encode(png((32, 32), "grey")).decode() if self.task else None
                told = {"progress": 0.4 if self.task else 0, "current_image": preview, "current_task": self.task}
                writer.write(json_answer({**told, "state": {"job_count": 1}, "eta_relative": 3}))
            case "/sdapi/v1/interrupt":
                self.interrupted.append(self.task)
                self.release.set()
                writer.write(json_answer({}))
            case "/sdapi/v1/txt2img" | "/sdapi/v1/img2img":
                await self._draw(json.loads(request.body), writer)
            case _:
                writer.write(json_answer({"detail": "Not Found"}, "404 Not Found"))

    async def _draw(self, asked: dict, writer: asyncio.StreamWriter) -> None:
        self.task = asked["force_task_id"]
        try:
            if self.scenario in ("hang", "slow"):
                await self.held(writer)
        finally:
            self.task = None
        if self.scenario == "cut":
            await self.cut(writer)
        elif self.scenario == "memory":
            words = "CUDA out of memory. Tried to allocate 4.00 GiB (GPU 0; 8.00 GiB total capacity)"
            body = {"error": "OutOfMemoryError", "detail": "", "body": "", "errors": words}
            writer.write(json_answer(body, "500 Internal Server Error"))
        else:
            info = json.dumps({"all_seeds": [asked["seed"] + n for n in range(asked["n_iter"])]})
            images = [] if self.scenario == "empty" else [base64.b64encode(self.content).decode()] * asked["n_iter"]
            writer.write(json_answer({"images": images, "parameters": asked, "info": info}))


class ComfyPictures(Pictures):
    """`/prompt`, `/ws`, `/history`, `/queue`, `/view`: a drawing is done when it is looked for, unless held."""

    def __init__(self) -> None:
        super().__init__()
        self.lacks: set[str] = set()
        self.queue: list[str] = []
        self.ahead: list[str] = []  # somebody else's, which are worked on first
        self.done: dict[str, dict] = {}
        self.deleted: list[str] = []
        self.interrupted: list[str] = []
        self.uploads: list[bytes] = []
        self.no_socket = False

    @property
    def base_url(self) -> str:
        return self.address

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        path = request.path.partition("?")[0]
        match path.split("/")[1:]:
            case ["system_stats"] | ["object_info", _]:
                kind = path.split("/")[-1]
                writer.write(json_answer({} if kind in self.lacks else {kind: {"input": {}}}))
            case ["ws"]:
                await self._socket(request, writer)
            case ["upload", "image"]:
                self.uploads.append(request.body)
                writer.write(json_answer({"name": f"up{len(self.uploads)}.png", "subfolder": "", "type": "input"}))
            case ["prompt"]:
                writer.write(self._queued(json.loads(request.body)))
            case ["history", number]:
                self._finish(number)
                writer.write(json_answer({number: self.done[number]} if number in self.done else {}))
            case ["queue"] if request.method == "GET":
                rows = [[place, number, {}, {}, []] for place, number in enumerate([*self.ahead, *self.queue])]
                writer.write(json_answer({"queue_running": rows[:1], "queue_pending": rows[1:][::-1]}))
            case ["queue"] | ["interrupt"]:
                asked = json.loads(request.body)
                self.deleted += asked.get("delete", [])
                self.interrupted += [asked["prompt_id"]] if "prompt_id" in asked else []
                writer.write(response(b""))
            case ["view"]:
                writer.write(response(self.content, media_type="image/png"))
            case _:
                writer.write(json_answer({"error": "Not Found"}, "404 Not Found"))

    def _queued(self, asked: dict) -> bytes:
        if self.scenario == "invalid":
            details = {
                "type": "value_not_in_list",
                "message": "Value not in list",
                "details": "ckpt_name: 'x' not in []",
            }
            problem = {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed", "details": ""}
            nodes = {"4": {"errors": [details], "class_type": "CheckpointLoaderSimple"}}
            return json_answer({"error": problem, "node_errors": nodes}, "400 Bad Request")
        number = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]
        self.queue.append(number)
        return json_answer({"prompt_id": number, "number": 1, "node_errors": {}})

    def _finish(self, number: str) -> None:
        if self.scenario == "forgotten":
            self.queue.clear()
        held = self.ahead or (self.scenario in ("hang", "slow") and not self.release.is_set())
        if number not in self.queue or held:
            return
        self.queue.remove(number)
        messages = []
        if self.scenario == "memory":
            said = {
                "exception_message": "Allocation on device",
                "exception_type": "torch.OutOfMemoryError",
                "node_id": "3",
            }
            messages = [["execution_error", said]]
        images = [{"filename": "webui_1_.png", "subfolder": "", "type": "output"}]
        outputs = {} if messages or self.scenario == "empty" else {"9": {"images": images}}
        self.done[number] = {"outputs": outputs, "status": {"status_str": "success", "messages": messages}}

    async def _socket(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if self.no_socket:
            writer.write(json_answer({}, "404 Not Found"))
            return
        key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        writer.write(f"{head}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        told: set[str] = set()
        while not writer.transport.is_closing():
            for number in [one for one in self.queue if one not in told and not self.ahead]:
                told.add(number)
                data = {"value": 10, "max": 20, "prompt_id": number, "node": "3"}
                writer.write(frame(json.dumps({"type": "progress", "data": data}).encode(), 1))
                writer.write(frame(struct.pack(">II", 1, 2) + png((32, 32), "grey"), 2))
                if self.scenario == "normal":
                    end = {"type": "executing", "data": {"node": None, "prompt_id": number}}
                    writer.write(frame(json.dumps(end).encode(), 1))
            await writer.drain()
            await asyncio.sleep(0.02)


def frame(content: bytes, kind: int) -> bytes:
    """A whole message of a WebSocket, from the server."""
    size = bytes([len(content)]) if len(content) < 126 else b"\x7e" + struct.pack(">H", len(content))
    return bytes([0x80 | kind]) + size + content
