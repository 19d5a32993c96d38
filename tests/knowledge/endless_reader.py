"""A reading process with the real limits that never comes to an end."""

import sys

from knowledge.parsing.child import end_with_parent, limit


def main(_path, _extension, seconds, memory, *_more, **_options):
    limit(seconds, memory)
    end_with_parent()
    while True:
        pass


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:]))
