"""The Connection Doctor: finds out what a model server is and takes, and writes it on a card that clients obey."""
