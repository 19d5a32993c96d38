"""Live answers, written once and watched from anywhere: `central.py` is the way in, `relay.py` leads to Redis."""

from webui.live.central import Hub, hub
from webui.live.frames import Frame, Record, encode, replay
from webui.live.readers import Reader
from webui.live.streams import Stream

__all__ = ["Frame", "Hub", "Reader", "Record", "Stream", "encode", "hub", "replay"]
