"""Spectra as inputs of protocols and as results of steps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Spectra
from impasto.files import Case, CaseEntry, EntryKind, content_hash, native, validated
from impasto.workflow.artefacts import read_artefact, write_artefact
from impasto.workflow.inputs import load_entry, resolve_inputs
from impasto.workflow.protocol import Protocol
from impasto.workflow.stage import Inputs

GRID = Grid.centred((2, 2, 1), (10, 10, 10))
SPECTRA = Spectra(np.arange(32).reshape(2, 2, 1, 8) * (1 + 2j), GRID, 1e-3, 127.7, 0.03)

PROTOCOL = validated(
    {
        "format": 1,
        "name": "spectral",
        "title": "t",
        "about": "a",
        "inputs": {"mrsi": {"kind": "spectra"}},
        "steps": [],
        "report": {"ct": "ct", "structures": "s", "prescription": "p", "plans": []},
    },
    Protocol,
    "spectral",
)


def test_a_protocol_finds_the_cases_spectra(tmp_path: Path) -> None:
    case = Case(tmp_path, "s")
    with pytest.raises(ImpastoError, match="spectral needs spectra, and the case has none"):
        resolve_inputs(case, PROTOCOL)
    entry = CaseEntry("mrsi", EntryKind.SPECTRA, "MRS")
    case.path(entry).parent.mkdir()
    native.write_spectra(replace(SPECTRA, water=SPECTRA.fid), case.path(entry))
    case = case.with_entry(entry)
    assert resolve_inputs(case, PROTOCOL) == {"mrsi": entry}
    assert [path.name for path in case.files(entry)] == ["mrsi.nii.gz", "mrsi.water.nii.gz"]
    inputs = Inputs(
        "fit", {"mrsi": lambda: load_entry(case, entry), "map": lambda: Image(np.zeros((2, 2, 1)), GRID, "q", "1")}
    )
    np.testing.assert_array_equal(inputs.spectra("mrsi").fid, SPECTRA.fid)
    with pytest.raises(ImpastoError, match="is a Image, not a Spectra"):
        inputs.spectra("map")


def test_a_step_hands_spectra_on(tmp_path: Path) -> None:
    kind = write_artefact(SPECTRA, tmp_path / "cleaned")
    again = read_artefact(kind, tmp_path / "cleaned")
    assert isinstance(again, Spectra)
    np.testing.assert_array_equal(again.fid, SPECTRA.fid)
    write_artefact(SPECTRA, tmp_path / "same")
    write_artefact(replace(SPECTRA, echo_time_s=0.031), tmp_path / "other")
    hashes = [content_hash(tmp_path / name) for name in ("cleaned", "same", "other")]
    assert hashes[0] == hashes[1] != hashes[2]
