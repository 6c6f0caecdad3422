"""Unpacking zip files, also those inside zip files, under names that cannot clash or lead elsewhere."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from impasto.core.errors import ImpastoError

__all__ = ["is_zip", "unpacked"]

_MAGIC = b"PK\x03\x04"
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What zipfile raises on damaged, encrypted (RuntimeError) or exotically compressed members."""


def is_zip(path: Path) -> bool:
    """Whether a file begins like a zip file."""
    try:
        with path.open("rb") as stream:
            return stream.read(4) == _MAGIC
    except OSError:
        return False


def unpacked(path: Path, folder: Path) -> Iterator[tuple[Path, Path]]:
    """Unpack one zip file, member by member.

    Parameters
    ----------
    path : Path
        The zip file.
    folder : Path
        Empty; receives the members under running numbers.

    Yields
    ------
    file : Path
        The unpacked member.
    name : Path
        Its name inside the zip file.

    Raises
    ------
    ImpastoError
        When the zip file or a member is damaged or encrypted, or the disk cannot hold what it unpacks to.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            size, free = sum(member.file_size for member in members), shutil.disk_usage(folder).free
            if size > free:
                problem = f"it unpacks to {size / 1e9:.1f} GB, but only {free / 1e9:.1f} GB are free in {folder.parent}"
                raise ImpastoError(str(path), problem, "free some space or set TMPDIR to another disk")
            for number, member in enumerate(members):
                file = folder / f"{number:06d}"
                with archive.open(member) as packed, file.open("wb") as out:
                    shutil.copyfileobj(packed, out, 1 << 20)
                yield file, Path(member.filename)
    except _DAMAGE as error:
        raise ImpastoError(str(path), f"cannot be unpacked ({error})", "unpack it by hand or copy it again") from error
    except OSError as error:
        raise ImpastoError(str(path), f"cannot be unpacked ({error.strerror})", "free some space") from error
