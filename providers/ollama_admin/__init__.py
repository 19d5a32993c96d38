"""Looking after Ollama servers: what they hold, pulls, models made there. For administrators; chats need none of it."""
