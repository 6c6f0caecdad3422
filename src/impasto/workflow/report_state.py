"""Whether a page still shows what the case holds: the page ends with a digest of what it was made of."""

from __future__ import annotations

import hashlib
from pathlib import Path

import impasto
from impasto.workflow.results import ProtocolResults

__all__ = ["shows", "with_state"]

_MARK = "<!-- made of {} -->\n"


def with_state(page: str, results: ProtocolResults) -> str:
    """Write below a page what it was made of."""
    return f"{page.rstrip()}\n{_mark(results)}"


def shows(path: Path, results: ProtocolResults) -> bool:
    """Say whether a file is the page of these results, made by this version."""
    mark = _mark(results).encode()
    try:
        with path.open("rb") as stream:
            stream.seek(-len(mark), 2)
            return stream.read() == mark
    except OSError:
        return False


def _mark(results: ProtocolResults) -> str:
    made_of = [impasto.__version__, results.case.subject, results.protocol.model_dump_json()]
    made_of += [record.model_dump_json() for record in results.records]
    made_of += [repr(entry) for entry in results.case.entries] + list(results.frame.notes())
    return _MARK.format(hashlib.sha256("\n".join(made_of).encode()).hexdigest())
