"""What stands where in Redis, and for how long."""

from webui.conf import conf

PREFIX = f"{{{conf.redis_prefix}:live}}:"  # braces: one slot in a Redis Cluster, as scripts with many keys need
CONTROL = f"{PREFIX}control"  # the stream of what concerns every process

# Seconds. The first is renewed by every entry, so that nothing stays for ever of a process that was killed.
RUNNING_TTL, ENDED_TTL, CONTROL_TTL = 3600, 300, 3600


def reply_key(message: int) -> str:
    """The stream of one reply."""
    return f"{PREFIX}reply:{message}"


def process_key(name: str) -> str:
    """The sign of life of one process."""
    return f"{PREFIX}process:{name}"
