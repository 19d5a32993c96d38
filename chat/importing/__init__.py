"""Chats out of other products' files: one module a product, recognised by what is in a file and never by its name."""
