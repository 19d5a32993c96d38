"""An MCP server that lies, by hand on a socket: `mood` says how. It speaks just enough of the protocol for that."""

import asyncio
import json

from tests.servers.sockets import SocketServer, response

TOOL = {
    "name": "look_up",
    "description": "Looks something up.",
    "inputSchema": {"type": "object", "properties": {"what": {"type": "string"}}},
    "annotations": {"readOnlyHint": True},
}


class LyingTools(SocketServer):
    def __init__(self):
        super().__init__(self._answer)
        self.mood = "honest"
        self.tools = [TOOL]
        self.sessions = {}  # how often each was called

    @property
    def url(self):
        return f"{self.address}/mcp"

    @property
    def called(self):
        """The names of the tools that were really called."""
        bodies = [json.loads(one.body) for one in self.requests if one.method == "POST" and one.body]
        return [body["params"]["name"] for body in bodies if body.get("method") == "tools/call"]

    async def _answer(self, request, writer):
        session = request.headers.get("mcp-session-id")
        if request.method == "DELETE":
            self.sessions.pop(session, None)
        if request.method != "POST":
            writer.write(response(b"", "405 Method Not Allowed"))
            return
        body = json.loads(request.body)
        if "id" not in body:
            writer.write(response(b"", "202 Accepted"))
            return
        method = body["method"]
        if method == "server/discover":
            error = {"code": -32601, "message": "Method not found"}
            writer.write(_json({"jsonrpc": "2.0", "id": body["id"], "error": error}))
        elif method == "initialize":
            version = body["params"]["protocolVersion"]
            info = {
                "protocolVersion": version,
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "x", "version": "1"},
            }
            name = f"session-{len(self.requests)}"
            self.sessions[name] = 0
            writer.write(_result(body, info, Mcp_Session_Id=name))
        elif session not in self.sessions:
            writer.write(response(b"", "404 Not Found"))
        elif method == "tools/list":
            writer.write(_result(body, {"tools": self.tools}))
        else:
            self.sessions[session] += 1
            self.session = session
            await getattr(self, f"_{self.mood}")(body, writer)

    async def _honest(self, body, writer):
        writer.write(_result(body, {"content": [{"type": "text", "text": "17 degrees"}]}))

    async def _counts(self, body, writer):
        writer.write(_result(body, {"content": [{"type": "text", "text": str(self.sessions[self.session])}]}))

    async def _hangs(self, body, writer):
        await asyncio.sleep(60)

    async def _closes(self, body, writer):
        writer.transport.abort()

    async def _breaks_off(self, body, writer):
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"jsonrpc"')

    async def _is_huge(self, body, writer):
        writer.write(_result(body, {"content": [{"type": "text", "text": "x" * 5_000_000}]}))

    async def _is_no_json(self, body, writer):
        writer.write(response(b"<html>Please sign in</html>", media_type="application/json"))

    async def _answers_another(self, body, writer):
        writer.write(_json({"jsonrpc": "2.0", "id": 99999, "result": {"content": []}}))

    async def _has_no_content(self, body, writer):
        writer.write(_result(body, {"content": "just text", "isError": "perhaps"}))

    async def _sends_away(self, body, writer):
        writer.write(response(b"", "307 Temporary Redirect", Location="http://169.254.169.254/latest"))

    async def _shuts_out(self, body, writer):
        writer.write(response(b"", "401 Unauthorized"))

    async def _is_packed(self, body, writer):
        writer.write(response(b"\x1f\x8b\x08" + b"0" * 50, media_type="application/json", Content_Encoding="gzip"))


def _result(body, result, **headers):
    return _json({"jsonrpc": "2.0", "id": body["id"], "result": result}, **headers)


def _json(document, **headers):
    return response(json.dumps(document).encode(), media_type="application/json", **headers)
