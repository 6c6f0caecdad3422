"""``impasto design blocks`` and ``impasto design minimise``: who goes to which arm, with a log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from impasto.cli.console import print_line

if TYPE_CHECKING:
    from impasto.outcome.design import Arms

__all__ = ["blocks", "minimise"]


def blocks(
    arms: Annotated[list[str], typer.Option("--arm", help="Name, or NAME:PARTS for an unequal ratio; repeat.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same list.")],
    output: Annotated[Path, typer.Option(metavar="LIST.csv", help="The list goes here.")],
    factor: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=A,B", help="Stratification factor; may be repeated; none by default."),
    ] = None,
    count: Annotated[int, typer.Option("--per-stratum", min=1, help="Patients of each stratum, a count.")] = 60,
    block: Annotated[
        list[int] | None, typer.Option(help="Patients in a block, a count; several are mixed. By default 4 and 6.")
    ] = None,
) -> None:
    """Write a randomisation list in stratified permuted blocks, each row with its reason.

    Example: impasto design blocks --arm "60 Gy" --arm "72 Gy" --factor surgery=biopsy,partial,complete
    --block 4 --block 6 --seed 2011 --output list.csv
    """
    from impasto.outcome.design import permuted_block_lists
    from impasto.workflow import write_allocations

    factors = dict(_factor(text) for text in factor or ())
    rows = permuted_block_lists(factors, count, _arms(arms), tuple(block or (4, 6)), seed)
    write_allocations(rows, output)
    print_line(f"wrote {len(rows)} allocations to {output}: keep it from those who enrol")


def minimise(
    patients_file: Annotated[Path, typer.Argument(metavar="PATIENTS.csv", help="In order of entry.")],
    arms: Annotated[list[str], typer.Option("--arm", help="Name, or NAME:PARTS for an unequal ratio; repeat.")],
    factor: Annotated[list[str], typer.Option(metavar="COLUMN", help="Factor to balance; repeat.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same log.")],
    output: Annotated[Path, typer.Option(metavar="LOG.csv", help="The log goes here.")],
    probability: Annotated[float, typer.Option(help="Chance of the arm with the least imbalance, 0 to 1.")] = 0.8,
    measure: Annotated[
        Literal["range", "variance"], typer.Option(help="Measure of imbalance over the arms.")
    ] = "range",
) -> None:
    """Allocate patients by Pocock and Simon's minimisation; adding rows later leaves the earlier ones as they were.

    Example: impasto design minimise patients.csv --arm "60 Gy" --arm "72 Gy" --factor surgery --factor centre
    --seed 2011 --output log.csv
    """
    from impasto.outcome.design import MinimisationRule, minimise
    from impasto.workflow import read_patient_table, write_allocations

    table = read_patient_table(patients_file)
    columns = {name: table.text(name).tolist() for name in factor}
    people = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    rows = minimise(MinimisationRule(_arms(arms), tuple(factor), seed, probability, measure), people)
    write_allocations(rows, output)
    counts = {arm: sum(row.arm == arm for row in rows) for arm in dict.fromkeys(row.arm for row in rows)}
    print_line(f"wrote {len(rows)} allocations to {output}: {', '.join(f'{arm} {n}' for arm, n in counts.items())}")


def _arms(texts: list[str]) -> Arms:
    """Take ``NAME`` or ``NAME:PARTS`` apart."""
    from impasto.outcome.design import Arms

    names, parts = zip(*(_arm(text) for text in texts), strict=True)
    return Arms(names, parts)


def _arm(text: str) -> tuple[str, int]:
    name, sign, part = text.rpartition(":")
    if not sign:
        return text, 1
    if not part.strip().isdigit():
        raise typer.BadParameter(f"{text!r} is neither NAME nor NAME:PARTS", param_hint="--arm")
    return name, int(part)


def _factor(text: str) -> tuple[str, list[str]]:
    name, sign, values = text.partition("=")
    if not sign or not values:
        raise typer.BadParameter(f"{text!r} is not NAME=A,B", param_hint="--factor")
    return name.strip(), [value.strip() for value in values.split(",")]
