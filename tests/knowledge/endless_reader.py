"""A reading process with the real limits that never comes to an end."""

import sys

from knowledge.parsing.child import end_with_parent, limit

if __name__ == "__main__":
    limit(int(sys.argv[3]), int(sys.argv[4]))
    end_with_parent()
    while True:
        pass
