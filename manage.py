#!/usr/bin/env python3
"""Django's command line for webui."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.settings")
    if sys.argv[1:2] == ["up"]:
        from webui.up import main as up  # without Django: its processes load that, once each is enough

        up(sys.argv[2:])
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
