"""Seven checks of a model: question, several turns, instruction, latency, long run, several at once, recovery."""
