"""The audit log: who changed what, when and from where. Never what people write to each other or to a model."""
