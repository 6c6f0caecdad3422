"""Writing beside and renaming, so that an interrupted or failed write leaves what was there before."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from impasto.core.errors import ImpastoError

__all__ = ["content_hash", "named_failures", "replacing_file", "replacing_folder"]


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; it takes the place of `path` when the block ends without an error.

    The temporary name keeps the suffixes, since many writers choose the format by them.

    Raises
    ------
    ImpastoError
        When the disk is full or the folder cannot be written to.
    """
    with named_failures(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as beside:
            temporary = Path(beside) / path.name
            yield temporary
            os.replace(temporary, path)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder beside `path`; it takes the place of `path` when the block ends without an error.

    Raises
    ------
    ImpastoError
        When the disk is full or the parent cannot be written to.
    """
    with named_failures(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as beside:
            fresh = Path(beside) / "new"
            fresh.mkdir()
            yield fresh
            old = Path(beside) / "old"
            if path.exists():
                os.replace(path, old)
            try:
                os.replace(fresh, path)
            except OSError:
                if old.exists():
                    os.replace(old, path)
                raise


def content_hash(path: Path) -> str:
    """SHA-256 over a file, or over the names and contents of all files below a folder, as hexadecimal digits."""
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        if file != path:
            digest.update(file.relative_to(path).as_posix().encode() + b"\0")
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


@contextmanager
def named_failures(path: Path) -> Iterator[None]:
    """Turn failures to write while the block runs into one error that names `path`.

    Raises
    ------
    ImpastoError
        When the disk is full or the folder cannot be written to.
    """
    try:
        yield
    except PermissionError as error:
        problem, remedy = f"cannot be written ({error.strerror})", "choose a folder you may write to"
        raise ImpastoError(str(path), problem, remedy) from None
    except OSError as error:
        problem, remedy = f"writing failed ({error.strerror})", "free some space or choose another disk"
        raise ImpastoError(str(path), f"{problem}; nothing was changed", remedy) from error
