"""What is done every hour in the worker, so that what nobody needs goes: each part adds its own job here."""

from collections.abc import Callable

from providers import budgets
from providers.ollama_admin import uploads

JOBS: list[Callable[[], None]] = [budgets.sweep, uploads.sweep]
