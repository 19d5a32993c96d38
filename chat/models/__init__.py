"""Conversations as trees of messages, and the sources each answer was given."""

from chat.models.assistant import Assistant, AssistantMakers, Favourite, Picture
from chat.models.attachment import Attachment
from chat.models.conversation import TITLE_LENGTH, Conversation
from chat.models.finding import Indexed, Searched
from chat.models.message import INTERRUPTED, Message, Process
from chat.models.source import Source

__all__ = [
    "INTERRUPTED",
    "TITLE_LENGTH",
    "Assistant",
    "AssistantMakers",
    "Attachment",
    "Conversation",
    "Favourite",
    "Indexed",
    "Message",
    "Picture",
    "Process",
    "Searched",
    "Source",
]
