"""A real MCP server with ten tools, of the official package: `python -m tests.servers.mcp_tools PORT`."""

import subprocess
import sys

from tests.servers.processes import Server, free_port

NOTES = {"lunch": "Lunch is at noon in the garden."}
STAFF = {"alice": "Room 4, extension 17", "bob": "Room 9, extension 23"}


def build():  # noqa: C901  ten small tools
    from mcp.server.mcpserver import MCPServer
    from mcp_types import ToolAnnotations

    server = MCPServer("Office")
    reads = ToolAnnotations(read_only_hint=True)
    writes = ToolAnnotations(destructive_hint=False)

    @server.tool(annotations=reads)
    def weather(city: str) -> str:
        """The weather in a city today."""
        return f"It is 17 degrees and raining in {city}."

    @server.tool(annotations=reads)
    def find_person(name: str) -> str:
        """The room and the extension of a member of the staff."""
        return STAFF.get(name.lower(), "Nobody of this name works here.")

    @server.tool(annotations=reads)
    def exchange_rate(from_currency: str, to_currency: str) -> str:
        """The exchange rate of two currencies today."""
        return f"1 {from_currency} is 1.0831 {to_currency}."

    @server.tool(annotations=reads)
    def add(a: float, b: float) -> float:
        """The sum of two numbers."""
        return a + b

    @server.tool(annotations=reads)
    def opening_hours(place: str) -> str:
        """When a place in the building is open."""
        return f"The {place} is open from 8:30 to 16:45."

    @server.tool(annotations=reads)
    def train_times(origin: str, destination: str) -> str:
        """The next trains between two towns."""
        return f"From {origin} to {destination}: 14:02, 14:32, 15:02."

    @server.tool(annotations=reads)
    def read_note(title: str) -> str:
        """The text of a note."""
        return NOTES.get(title, "There is no such note.")

    @server.tool(annotations=writes)
    def write_note(title: str, text: str) -> str:
        """Writes a new note."""
        NOTES[title] = text
        return "Written."

    @server.tool(annotations=writes)
    def book_room(room: str, hour: int) -> str:
        """Books a meeting room for an hour of today."""
        return f"{room} is booked for {hour}:00."

    @server.tool()
    def delete_note(title: str) -> str:
        """Deletes a note."""
        return "Deleted." if NOTES.pop(title, None) else "There is no such note."

    return server


class MCPProcess(Server):
    """A process of its own; `url` is where it speaks."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/mcp"
        argv = [sys.executable, "-m", "tests.servers.mcp_tools", str(self.port)]
        super().__init__(
            argv, f"http://127.0.0.1:{self.port}/health", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


def main(port):
    import uvicorn
    from starlette.responses import PlainTextResponse

    server = build()

    @server.custom_route("/health", methods=["GET"])
    async def health(request):
        return PlainTextResponse("ok")

    uvicorn.run(server.streamable_http_app(), host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main(int(sys.argv[1]))
