"""The tests that touch SQL the most, on a PostgreSQL of their own: `python -m tests.on_postgres [what to test]`.

The suite runs on SQLite. What differs between the two is in the statements that we write ourselves (finding, keywords,
budgets, packed rows), in locks and in transactions: those tests are here, of every app some. `all` runs every test.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.servers.postgres import Missing, cluster

TESTS = Path(__file__).parent
# By what is proved: our own SQL; many at once; what ends in a row; what is moved as rows.
MOST = """
chat/test_finding.py chat/test_keeping.py chat/test_races.py chat/test_going_on.py chat/test_sharing_links.py
chat/test_temporary.py chat/test_kept.py
knowledge/test_keywords.py knowledge/test_generations.py knowledge/test_ingest.py knowledge/test_room.py
knowledge/test_progress.py knowledge/test_copies.py knowledge/test_sharing.py
knowledge/test_proof.py
providers/test_budgets.py providers/test_access.py providers/test_panel_usage.py
accounts/test_sessions.py accounts/test_audit.py accounts/test_invitations.py
webui/test_prepared.py webui/test_upgrade.py
faults/test_clocks.py faults/test_unserved.py webui/test_seeing.py safety/test_life_of_passages.py
"""


def main(wanted: list[str]) -> int:
    """The exit code of pytest; 0 with a word where PostgreSQL is not installed."""
    paths = [str(TESTS)] if wanted == ["all"] else wanted or [str(TESTS / name) for name in MOST.split()]
    try:
        with cluster() as running:
            environment = os.environ | {"DATABASE_URL": running.url}
            command = [sys.executable, "-m", "pytest", "-m", "not browser", *paths]
            return subprocess.run(command, cwd=TESTS.parent, env=environment, check=False).returncode
    except Missing as reason:
        sys.stdout.write(f"On PostgreSQL nothing was tested. {reason}\n")
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
