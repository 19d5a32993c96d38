"""The local embedding model as a small server: loopback HTTP, OpenAI's shape, no Django."""
