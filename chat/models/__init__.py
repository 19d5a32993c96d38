"""Conversations as trees of messages, and the sources each answer was given."""

from chat.models.arena import ArenaRule, Duel
from chat.models.assistant import Assistant, AssistantMakers, Favourite, Picture
from chat.models.attachment import Attachment
from chat.models.bundled import Bundled
from chat.models.comparison import Comparison
from chat.models.conversation import TITLE_LENGTH, Conversation
from chat.models.decision import ToolConsent, ToolDecision
from chat.models.draft import Draft
from chat.models.finding import Indexed, Searched
from chat.models.folder import LONGEST_PROMPT, Folder, Tag
from chat.models.memory import Memory
from chat.models.message import INTERRUPTED, Message, Process
from chat.models.note import Note
from chat.models.prompt import Prompt, PromptVersion
from chat.models.rating import Rating
from chat.models.share import ShareLink, SharingRule
from chat.models.source import Source
from chat.models.voice import VoiceChoice, VoiceSettings

__all__ = [
    "INTERRUPTED",
    "LONGEST_PROMPT",
    "TITLE_LENGTH",
    "ArenaRule",
    "Assistant",
    "AssistantMakers",
    "Attachment",
    "Bundled",
    "Comparison",
    "Conversation",
    "Draft",
    "Duel",
    "Favourite",
    "Folder",
    "Indexed",
    "Memory",
    "Message",
    "Note",
    "Picture",
    "Process",
    "Prompt",
    "PromptVersion",
    "Rating",
    "Searched",
    "ShareLink",
    "SharingRule",
    "Source",
    "Tag",
    "ToolConsent",
    "ToolDecision",
    "VoiceChoice",
    "VoiceSettings",
]
