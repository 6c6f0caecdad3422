"""Shots of a Gamma Knife as JSON that a reader may edit by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from impasto.core.plan import Shot
from impasto.files.native.document import StrictModel, read_document, write_document

__all__ = ["ShotRecord", "read_shots", "write_shots"]


class ShotRecord(StrictModel):
    """One shot, as in :class:`~impasto.core.plan.Shot`; a locked one stays as it is when others are planned."""

    isocentre_mm: tuple[float, float, float]
    collimators_mm: tuple[float, ...]
    minutes: float
    locked: bool = False

    @classmethod
    def from_shot(cls, shot: Shot, locked: bool = False) -> ShotRecord:
        """Describe a shot."""
        return cls(
            isocentre_mm=shot.isocentre_mm, collimators_mm=shot.collimators_mm, minutes=shot.minutes, locked=locked
        )

    def to_shot(self) -> Shot:
        """Build the shot."""
        return Shot(self.isocentre_mm, self.collimators_mm, self.minutes)


class _ShotsRecord(StrictModel):
    frame: str = "LPS mm"
    shots: list[ShotRecord]


def write_shots(shots: Sequence[Shot], path: Path, locked: Collection[int] = ()) -> None:
    """Write shots in order of delivery.

    Parameters
    ----------
    shots : sequence of Shot
    path : Path
        ``.json``.
    locked : collection of int
        Positions of the shots that are to stay as they are.
    """
    records = [ShotRecord.from_shot(shot, number in locked) for number, shot in enumerate(shots)]
    write_document(_ShotsRecord(shots=records), path)


def read_shots(path: Path) -> tuple[tuple[Shot, ...], tuple[int, ...]]:
    """Read what :func:`write_shots` wrote, or someone edited.

    Returns
    -------
    shots : tuple of Shot
    locked : tuple of int
        Positions of the locked ones.

    Raises
    ------
    ImpastoError
        When the file is missing, damaged, or names an impossible shot.
    """
    records = read_document(path, _ShotsRecord).shots
    return (
        tuple(record.to_shot() for record in records),
        tuple(number for number, record in enumerate(records) if record.locked),
    )
