"""What is said to somebody whose command cannot be obeyed."""


class CommandRejected(Exception):
    """A command that cannot be obeyed, with a sentence for the person."""

    def __init__(self, detail: str, *, code: str = "not_found", retryable: bool = False) -> None:
        super().__init__(detail)
        self.code = code
        self.retryable = retryable
