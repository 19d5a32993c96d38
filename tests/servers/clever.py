"""A model server for programs: it calls the tool it is given, fills the schema it is given, and makes embeddings."""

import json

from tests.servers.openai_chunks import SSE, chunk, event, json_answer
from tests.servers.typist import Typist

WIDTH = 3


class CleverServer(Typist):
    """Everything else it answers like a typist, except that `echo` repeats the body of the request."""

    def __init__(self) -> None:
        super().__init__()
        self.models = [{"id": "qwen", "object": "model"}, {"id": "bge-small", "object": "model"}]

    async def _answer(self, request, writer) -> None:
        if request.path == f"{self.prefix}/embeddings":
            body = json.loads(request.body)
            rows = [
                {"object": "embedding", "index": place, "embedding": [float(len(text)), 0.5, -1.0]}
                for place, text in enumerate(body["input"])
            ]
            usage = {"prompt_tokens": 5, "total_tokens": 5}
            writer.write(json_answer({"object": "list", "data": rows[::-1], "model": body["model"], "usage": usage}))
            return
        await super()._answer(request, writer)

    async def _typing(self, writer, body) -> None:
        if body.get("tools") and body["messages"][-1]["role"] != "tool":
            await self._call(writer, body["tools"][0]["function"])
        elif body.get("response_format"):
            await self._say(writer, json.dumps(_filled(body["response_format"]["json_schema"]["schema"])))
        elif _last(body) == "echo":
            await self._say(writer, json.dumps(body))
        else:
            await super()._typing(writer, body)

    async def _call(self, writer, function) -> None:
        arguments = json.dumps(_filled(function.get("parameters", {})))
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": function["name"], "arguments": ""}}
        writer.write(SSE + chunk({"role": "assistant", "content": None, "tool_calls": [call]}))
        for part in (arguments[:4], arguments[4:]):
            writer.write(chunk({"tool_calls": [{"index": 0, "function": {"arguments": part}}]}))
        self._end(writer, "tool_calls")

    async def _say(self, writer, text) -> None:
        writer.write(SSE + chunk({"role": "assistant", "content": text[:5]}) + chunk({"content": text[5:]}))
        self._end(writer, "stop")

    def _end(self, writer, reason) -> None:
        usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}}
        writer.write(chunk(finish=reason) + event(usage) + event(b"[DONE]"))


def _filled(schema):
    """An object with something of the right kind for each property."""
    values = {"string": "Bern", "integer": 7, "number": 7.5, "boolean": True}
    return {name: values.get(kind.get("type")) for name, kind in schema.get("properties", {}).items()}


def _last(body):
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0].get("text")
