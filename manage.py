#!/usr/bin/env python3
"""Django's command line for webui."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.settings")
    if sys.argv[1:2] == ["up"]:
        from webui.up import main as up  # without Django: its processes load that, once each is enough

        up(sys.argv[2:])
    if sys.argv[1:2] == ["version"]:  # Django's own command of that name says Django's
        from webui.version import own_version

        sys.stdout.write(f"{own_version()}\n")
        return
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
