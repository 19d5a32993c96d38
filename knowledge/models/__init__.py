"""Libraries, documents and chunks. The database is the truth; Chroma and the keyword index are derived from it."""

from knowledge.models.chunk import Chunk
from knowledge.models.document import LEASE, MOST_ATTEMPTS, MOST_WAITS, Document, DocumentGone
from knowledge.models.generation import FillingGone, Generation, Holding
from knowledge.models.golden import GoldenQuestion, GoldenRun, GoldenWatch
from knowledge.models.intake import IntakeJob, JobGone
from knowledge.models.library import Library, LibraryShare, Right
from knowledge.models.radar import Finding, Print, Statement
from knowledge.models.removal import Removal
from knowledge.models.settings import RetrievalSettings
from knowledge.models.web import SearchEngine, WebSearchSettings

__all__ = [
    "LEASE",
    "MOST_ATTEMPTS",
    "MOST_WAITS",
    "Chunk",
    "Document",
    "DocumentGone",
    "FillingGone",
    "Finding",
    "Generation",
    "GoldenQuestion",
    "GoldenRun",
    "GoldenWatch",
    "Holding",
    "IntakeJob",
    "JobGone",
    "Library",
    "LibraryShare",
    "Print",
    "Removal",
    "RetrievalSettings",
    "Right",
    "SearchEngine",
    "Statement",
    "WebSearchSettings",
]
