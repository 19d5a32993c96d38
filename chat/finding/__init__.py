"""Finding chats by the words of their titles and messages, in any language."""
