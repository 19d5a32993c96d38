"""Two models without names on one question, what people thought of them, and how they stand by that."""
