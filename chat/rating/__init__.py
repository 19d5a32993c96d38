"""Answers rated by those who read them, and what may be learned from it."""
