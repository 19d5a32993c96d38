"""Files that go with a question: taken in, read, put before the model, and gone when nothing needs them any more."""
