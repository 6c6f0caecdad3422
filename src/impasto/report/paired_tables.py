"""Tables of a paired comparison: a row a measure, and the tests in full."""

from __future__ import annotations

from impasto.core.arrays import FloatArray
from impasto.outcome.paired import PairedComparison
from impasto.report.paired_findings import PairedFindings
from impasto.report.survival_tables import p_text
from impasto.report.tables import Cell, Table, columns

__all__ = ["comparison_table", "measure_name", "paired_tests_table", "paired_text_row", "signed"]

_DASH = "\u2013"


def measure_name(found: PairedComparison) -> str:
    """Write a measure with its unit."""
    quantity, unit = found.values.quantity, found.values.unit
    return quantity if unit in ("", "1") else f"{quantity}, {unit}"


def paired_text_row(found: PairedComparison) -> list[str]:
    """Write a measure as text: its name, mean and deviation of both, shift, interval, Wilcoxon's p, rank-biserial r."""
    values, shift = found.values, found.shift
    pairs = [(group, _deviation(group)) for group in (values.first, values.second)]
    groups = [f"{group.mean():.2f}" + (f" \u00b1 {spread:.2f}" if spread == spread else "") for group, spread in pairs]
    interval = f"{signed(shift.low)} to {signed(shift.high)}"
    r = "" if found.rank_biserial != found.rank_biserial else f"{found.rank_biserial:+.2f}"
    return [measure_name(found), *groups, signed(shift.estimate), interval, _short_p(found.signed_rank.p_value), r]


def comparison_table(found: PairedFindings) -> Table:
    """Give one row a measure."""
    rows = []
    for one in found.comparisons:
        values, shift, tested = one.values, one.shift, one.signed_rank
        means = [
            Cell(f"{_number(float(group.mean()))} ({_number(_deviation(group))})",
                 detail=f"{_number(float(group.min()))} to {_number(float(group.max()))}")
            for group in (values.first, values.second)
        ]  # fmt: skip
        limits = f"{signed(shift.low)} to {signed(shift.high)}"
        r = _DASH if one.rank_biserial != one.rank_biserial else signed(one.rank_biserial)
        rows.append((
            Cell(measure_name(one)), *means, Cell(signed(shift.estimate), detail=limits),
            Cell(p_text(tested.p_value), detail=f"W = {tested.statistic:g}"), Cell(r),
            Cell(p_text(one.sign_flips.p_value), detail=f"mean {signed(one.sign_flips.mean)}"),
            Cell(str(tested.pairs), detail=f"{tested.zeros} equal"),
        ))  # fmt: skip
    first, second = found.plans
    heads = columns(
        ("Measure",), (f"{first}: mean (SD), range", ""), (f"{second}: mean (SD), range", ""),
        ("Shift (CI)", ""), ("p, Wilcoxon", ""), ("r", ""), ("p, permutation", ""), ("Pairs", ""),
    )  # fmt: skip
    confidence = found.comparisons[0].shift.confidence
    many = len(found.comparisons)
    several = f"not corrected for {many} measures" if many > 1 else "one measure"
    note = (
        f"Shift: Hodges-Lehmann estimate of {second} minus {first} with {100.0 * confidence:g} % limits. p: two-sided, "
        f"{several}. r: matched-pairs rank-biserial correlation, \u22121 where {second} gives less wherever the two "
        "differ. Permutation: signs of the differences flipped, mean difference."
    )
    return Table(f"{second} against {first}", heads, tuple(rows), note)


def paired_tests_table(found: PairedFindings) -> Table:
    """Say each test in full: its zero rule, approximation, correction, and the confidence that limits reach."""
    rows = []
    for one in found.comparisons:
        flips = one.sign_flips
        how = "all" if flips.is_exact else "random"
        said = [
            one.signed_rank.sentence(),
            f"permutation of {flips.flips} {how} assignments of signs: p = {flips.p_value:.4g}",
            f"limits of the shift reach {100.0 * one.shift.reached:.2f} % confidence",
        ]
        unpaired = found.unpaired.get(one.values.quantity)
        said += [unpaired.sentence()] if unpaired is not None else []
        rows += [(Cell(measure_name(one) if place == 0 else ""), Cell(text)) for place, text in enumerate(said)]
    return Table("Tests in full", columns(("Measure",), ("Test",)), tuple(rows))


def signed(value: float) -> str:
    """Write a difference with its sign and three digits that count."""
    return f"{value:+.3g}".replace("-", "\u2212") if value else "0"


def _number(value: float) -> str:
    return _DASH if value != value else f"{value:.4g}".replace("-", "\u2212")


def _deviation(values: FloatArray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def _short_p(value: float) -> str:
    return "< .0001" if value < 1e-4 else f"{value:.2g}"
