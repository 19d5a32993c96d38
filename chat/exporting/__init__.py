"""Chats as files: JSON that can be read again here, Markdown and HTML for people."""
