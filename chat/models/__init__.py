"""Conversations as trees of messages, and the sources each answer was given."""

from chat.models.conversation import TITLE_LENGTH, Conversation
from chat.models.message import INTERRUPTED, Message, Process
from chat.models.source import Source

__all__ = [
    "INTERRUPTED",
    "TITLE_LENGTH",
    "Conversation",
    "Message",
    "Process",
    "Source",
]
