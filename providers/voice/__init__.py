"""Sound and words at a server with OpenAI's /v1/audio/: what is said is written down, what is written is said."""
