"""Ollama's own chat API."""

from providers.openai_compatible import OpenAIProvider


class OllamaProvider(OpenAIProvider):
    """For the moment by Ollama's OpenAI-compatible side."""

    def __init__(self, base_url: str, api_key: str = "") -> None:
        super().__init__(f"{base_url}/v1", api_key)
