"""LCModel's results: the table as LCModel writes it, and where its rows and columns land."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, ImpastoError
from impasto.files import LcmodelTable, VoxelOrder, lcmodel_maps, read_lcmodel_table

GRID = Grid.centred((3, 2, 2), (10, 10, 15))

HEADER = (
    "Row, Col, NAA, NAA %SD, NAA/Cr+PCr, -CrCH2, -CrCH2 %SD, -CrCH2/Cr+PCr, "
    "NAA+NAAG, NAA+NAAG %SD, NAA+NAAG/Cr+PCr, Cr+PCr, Cr+PCr %SD, Cr+PCr/Cr+PCr"
)


def line(row: int, column: int) -> str:
    """Write one voxel in LCModel's layout: tNAA is ten times the row plus the column, bound 5 %."""
    return f"  {row},   {column},    7.500,    4,    1.250,    0.000,  999,    0.000, {10 * row + column:.2E},    5,    1.500,    6.000,    3,    1.000"  # noqa: E501


def write_table(path: Path, voxels: list[tuple[int, int]]) -> Path:
    path.write_text("\n".join([HEADER, *(line(*voxel) for voxel in voxels)]) + "\n")
    return path


def whole_slice(path: Path) -> LcmodelTable:
    return read_lcmodel_table(write_table(path, [(row, column) for row in (1, 2) for column in (1, 2, 3)]))


def test_concentrations_and_bounds_are_read(tmp_path: Path) -> None:
    table = whole_slice(tmp_path / "sl1.csv")
    assert table.metabolites == ("NAA", "-CrCH2", "NAA+NAAG", "Cr+PCr")
    np.testing.assert_array_equal(table.rows, [1, 1, 1, 2, 2, 2])
    np.testing.assert_array_equal(table.columns, [1, 2, 3, 1, 2, 3])
    np.testing.assert_allclose(table.concentrations[:, 2], [11, 12, 13, 21, 22, 23])
    np.testing.assert_allclose(table.standard_errors[0, [0, 2, 3]], [0.3, 0.55, 0.18])
    assert np.isnan(table.standard_errors[:, 1]).all()  # 999 % is no bound


def test_columns_run_along_i_and_rows_along_j(tmp_path: Path) -> None:
    table = whole_slice(tmp_path / "sl2.csv")
    maps = lcmodel_maps({2: table}, GRID, "mmol/L")
    assert list(maps) == ["NAA", "-CrCH2", "tNAA", "tCr"]
    naa = maps["tNAA"]
    assert (naa.quantity, naa.unit, naa.data.shape) == ("tNAA", "mmol/L", (3, 2, 2))
    np.testing.assert_allclose(naa.data[:, :, 1], [[11, 21], [12, 22], [13, 23]])
    assert np.isnan(naa.data[:, :, 0]).all()
    assert naa.standard_error is not None
    np.testing.assert_allclose(naa.standard_error[:, :, 1], 0.05 * naa.data[:, :, 1], rtol=1e-6)


def test_rows_and_columns_can_run_along_other_axes(tmp_path: Path) -> None:
    table = whole_slice(tmp_path / "sl1.csv")
    order = VoxelOrder(columns="-k", rows="i")
    naa = lcmodel_maps({4: table}, Grid.centred((2, 5, 3), (10, 10, 10)), "1", order, ["tNAA"])["tNAA"]
    np.testing.assert_allclose(naa.data[:, 3, :], [[13, 12, 11], [23, 22, 21]])
    assert np.isfinite(naa.data).sum() == 6


def test_metabolites_are_chosen_by_either_name(tmp_path: Path) -> None:
    table = whole_slice(tmp_path / "sl1.csv")
    assert list(lcmodel_maps({1: table}, GRID, "1", only=["Cr+PCr", "NAA"])) == ["NAA", "tCr"]
    with pytest.raises(ImpastoError, match="has no Lac; choose from: NAA, -CrCH2"):
        lcmodel_maps({1: table}, GRID, "1", only=["Lac"])


def test_voxels_that_were_not_fitted_have_no_value(tmp_path: Path) -> None:
    table = read_lcmodel_table(write_table(tmp_path / "sl1.csv", [(1, 1), (2, 3)]))
    values = lcmodel_maps({1: table}, GRID, "1")["tNAA"].data
    assert np.isfinite(values).sum() == 2
    assert (values[0, 0, 0], values[2, 1, 0]) == (11, 23)


def test_repeated_headers_and_other_references_are_read(tmp_path: Path) -> None:
    header = "Row, Col, mI, mI %SD, mI/Cre"
    (tmp_path / "a.csv").write_text(f"{header}\n 1, 1, 4.0, 10, .8\n{header}\n\n 1, 2, 5.0, 20, 1.0\n")
    table = read_lcmodel_table(tmp_path / "a.csv")
    np.testing.assert_allclose(table.concentrations[:, 0], [4, 5])
    np.testing.assert_allclose(table.standard_errors[:, 0], [0.4, 1.0])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no table of LCModel's"),
        ("x,y\n1,2\n", "no table of LCModel's"),
        (f"{HEADER}\n", "holds no voxel"),
        (f"{HEADER}\n{line(1, 1)}\n{line(1, 1)}\n", "holds a voxel twice"),
        (f"{HEADER}\n 1, 2, 7.5, 4\n", "row 1, column 2: it ends early"),
        (f"{HEADER}\n{line(1, 1).replace('7.500', '*****')}\n", r"row 1, column 1: '\*\*\*\*\*' is no number"),
        (f"{HEADER}\n{line(0, 1)}\n", "'0' is no row or column number"),
    ],
)
def test_damaged_tables_are_named(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "evil.csv").write_text(text)
    with pytest.raises(ImpastoError, match=problem) as raised:
        read_lcmodel_table(tmp_path / "evil.csv")
    assert raised.value.subject.endswith("evil.csv")


def test_a_table_larger_than_the_grid_is_refused(tmp_path: Path) -> None:
    table = read_lcmodel_table(write_table(tmp_path / "sl1.csv", [(1, 1), (3, 2)]))
    with pytest.raises(ImpastoError, match="rows up to 3, columns up to 2, slice 1, beyond a grid of 3 x 2 x 2"):
        lcmodel_maps({1: table}, GRID, "1")
    with pytest.raises(ImpastoError, match="slice 3, beyond"):
        lcmodel_maps({3: whole_slice(tmp_path / "sl3.csv")}, GRID, "1")


@pytest.mark.parametrize(("columns", "rows"), [("x", "j"), ("i", "-i"), ("--i", "j")])
def test_impossible_voxel_orders_are_refused(columns: str, rows: str) -> None:
    with pytest.raises(ImpastoError, match="voxel order"):
        VoxelOrder(columns, rows)
