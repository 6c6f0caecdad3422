"""What an entry of a case holds, as one hash."""

from __future__ import annotations

from impasto.files import Case, CaseEntry, content_hash
from impasto.workflow.record import step_key

__all__ = ["entry_digest"]


def entry_digest(case: Case, entry: CaseEntry) -> str:
    """SHA-256 over all files of an entry and their names."""
    return step_key("input", "", {}, {str(p.relative_to(case.folder)): content_hash(p) for p in case.files(entry)})
