"""Chats that can be read under a link: made, opened, copied and revoked."""
