"""Tool servers: the clients of MCP and OpenAPI servers, and what was approved of what they offer."""
