"""Pictures that are made in a chat: asked for, followed while they are made, kept as its files."""
