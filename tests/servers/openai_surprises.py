"""Further scenarios of the scripted OpenAI-compatible server: odd forms, refusals that can be learnt from, waits."""

import asyncio
import json

from tests.servers.openai_chunks import DONE, SSE, chunk, event, json_answer


class Surprises:
    words: list[str]

    async def _one_segment(self, writer, body) -> None:
        said = b"".join(chunk({"content": word}) for word in self.words)
        writer.write(SSE + said + chunk(finish="stop") + DONE)

    async def _foreign_events(self, writer, body) -> None:
        """Events of other names, other fields, another model in the middle, a heartbeat that is no JSON."""
        writer.write(SSE + b"event: execute\nid: 7\nretry: 1\ndata: ping\n\n" + b"data:\n\n")
        for number, word in enumerate(self.words):
            extra = {"id": f"id-{number}", "model": f"m-{number}", "run": "rm -rf /", "tool_calls": [{"name": "x"}]}
            writer.write(b"event: execute\n" + chunk({"content": word}, **extra))
        writer.write(chunk(finish="stop") + DONE)

    async def _over_several_lines(self, writer, body) -> None:
        """One document in many data lines, as the standard allows, and line ends of an old Macintosh."""
        choice = {"delta": {"content": "".join(self.words)}, "finish_reason": "stop"}
        lines = json.dumps({"choices": [choice]}, indent=1).splitlines()
        writer.write(SSE + b"".join(f"data: {line}\r".encode() for line in lines) + b"\r" + DONE)

    async def _usage_always(self, writer, body) -> None:
        """Nulls in every field, and a count on every chunk, as ms-swift sends them."""
        writer.write(SSE)
        for count, word in enumerate(self.words, 1):
            delta = {"role": "assistant", "content": word, "tool_calls": None, "reasoning_content": None}
            writer.write(chunk(delta, usage={"prompt_tokens": 7, "completion_tokens": count, "total_tokens": None}))
        writer.write(chunk({"role": "assistant", "content": ""}, finish="stop") + DONE)

    async def _bare_error(self, writer, body) -> None:
        writer.write(SSE + chunk({"content": "Hello"}) + b'{"error": {"message": "Engine died"}}\n\n')

    async def _giant_chunk(self, writer, body) -> None:
        writer.write(SSE + chunk({"content": "x" * 2_000_000}) + chunk(finish="stop") + DONE)

    async def _many_headers(self, writer, body) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 900) for n in range(3000)) + b"\r\n"
        )

    async def _length(self, writer, body) -> None:
        writer.write(SSE + chunk({"content": "Hello"}) + chunk(finish="length") + DONE)

    async def _filtered(self, writer, body) -> None:
        writer.write(SSE + chunk({"content": "Hello"}) + chunk(finish="content_filter") + DONE)

    async def _withheld(self, writer, body) -> None:
        writer.write(SSE + chunk({"role": "assistant", "content": ""}) + chunk(finish="content_filter") + DONE)

    async def _only_thought(self, writer, body) -> None:
        writer.write(SSE + chunk({"reasoning": "Hm."}) + chunk(finish="length") + DONE)

    async def _tools_interleaved(self, writer, body) -> None:
        writer.write(SSE)
        for index in (1, 0):
            call = {"index": index, "id": f"c{index}", "function": {"name": "look", "arguments": ""}}
            writer.write(chunk({"tool_calls": [call]}))
        for letter in '{"a": 1}':
            for index in (1, 0):
                writer.write(chunk({"tool_calls": [{"index": index, "function": {"arguments": letter}}]}))
        writer.write(chunk(finish="tool_calls") + DONE)

    async def _keepalive(self, writer, body) -> None:
        """Comments for longer than anybody waits in silence, then the answer."""
        writer.write(SSE)
        for _ in range(20):
            writer.write(b": keep-alive\n\n")
            await writer.drain()
            await asyncio.sleep(0.1)
        writer.write(chunk({"content": "".join(self.words)}) + chunk(finish="stop") + DONE)

    async def _mute(self, writer, body) -> None:
        """A good start, and then not a word."""
        writer.write(SSE + chunk({"role": "assistant", "content": ""}))
        await self._until_released()

    async def _limited_without_a_time(self, writer, body) -> None:
        writer.write(json_answer({"error": {"message": "Rate limit reached"}}, "429 Too Many Requests"))

    async def _loading(self, writer, body) -> None:
        error = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
        writer.write(json_answer(error, "503 Service Unavailable"))

    async def _too_much_wished(self, writer, body) -> None:
        """vLLM: the answer wished for does not fit beside the prompt."""
        wished = body.get("max_tokens") or body.get("max_completion_tokens") or 1
        if wished <= 8192 - 100:
            await self._one_segment(writer, body)
            return
        said = (
            f"'max_tokens' or 'max_completion_tokens' is too large: {wished}. This model's maximum context length is"
            f" 8192 tokens and your request has 100 input tokens ({wished} > 8192 - 100)."
        )
        writer.write(json_answer({"object": "error", "message": said, "code": 400}, "400 Bad Request"))

    async def _no_system_role(self, writer, body) -> None:
        roles = [message["role"] for message in body["messages"]]
        if "system" in roles:
            error = {"error": {"message": "System role not supported", "type": "BadRequestError"}}
            writer.write(json_answer(error, "400 Bad Request"))
        else:
            await self._alternating_only(writer, body)

    async def _alternating_only(self, writer, body) -> None:
        roles = [message["role"] for message in body["messages"] if message["role"] != "system"]
        if any(role != ("user", "assistant")[place % 2] for place, role in enumerate(roles)):
            said = "Conversation roles must alternate user/assistant/user/assistant/... at row 12, column 72"
            writer.write(json_answer({"error": {"code": 500, "message": said}}, "500 Internal Server Error"))
        else:
            await self._one_segment(writer, body)

    async def _done_and_silent(self, writer, body) -> None:
        """Everything is said, but the connection stays open."""
        writer.write(SSE + chunk({"content": "Hello"}) + chunk(finish="stop") + event(b"[DONE]"))
        await self._until_released()
