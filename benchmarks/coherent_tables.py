"""Tables of a made-up trial as they would be printed: coherent by construction, or with one digit changed."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
from scipy.stats import norm

from impasto.outcome.description import chi_square_test, mann_whitney_test, percentage
from impasto.outcome.paired import signed_rank_test
from impasto.radiobiology import eqd2_gy

Document = dict[str, Any]
Place = tuple[Any, ...]
_LEFT = ("name", "test", "values", "inputs", "formula", "covariate", "events")


def coherent_table(seed: int) -> Document:
    """Print the tables of one trial from exact data; every number is text with the digits of print."""
    generator = np.random.default_rng(seed)
    arms = [int(size) for size in generator.integers(30, 120, 2)]
    return {
        "table": [_categories(generator, arms, kinds) for kinds in (2, 3, 4)],
        "comparison": [_groups(generator), _pairs(generator)],
        "pool": [_pool(generator)],
        "estimate": [_hazard_ratio(generator, name) for name in ("overall", "progression-free", "local control")],
        "flow": [_flow(generator, name) for name in ("screened", "not included")],
        "derived": [_dose(generator)],
    }


def corrupted(document: Document, seed: int) -> tuple[Document, str]:
    """Change one digit of one printed number; return the kind of line it stands in as well."""
    generator = np.random.default_rng(seed)
    places = _places(document)
    place = places[int(generator.integers(len(places)))]
    changed = copy.deepcopy(document)
    holder = changed
    for step in place[:-1]:
        holder = holder[step]
    text = str(holder[place[-1]])
    digits = [at for at, one in enumerate(text) if one.isdigit()]
    at = digits[int(generator.integers(len(digits)))]
    other = str((int(text[at]) + int(generator.integers(1, 10))) % 10)
    holder[place[-1]] = text[:at] + other + text[at + 1 :]
    return changed, f"{place[0]} {place[2]}"


def _places(document: Document) -> list[Place]:
    """Where the printed numbers stand; rows of patients and inputs of formulas are left as they are."""
    places: list[Place] = []

    def walk(value: Any, place: Place) -> None:
        if isinstance(value, dict):
            for key, part in value.items():
                if key not in _LEFT:
                    walk(part, (*place, key))
        elif isinstance(value, list):
            for at, part in enumerate(value):
                walk(part, (*place, at))
        elif isinstance(value, str) and any(one.isdigit() for one in value):
            places.append(place)

    walk(document, ())
    return places


def _categories(generator: np.random.Generator, arms: list[int], kinds: int) -> Document:
    shares = generator.dirichlet(np.full(kinds, 3.0))
    counts = np.array([generator.multinomial(size, shares) for size in arms]).T
    half = "half-up" if generator.random() < 0.5 else "half-even"
    wholes = [*arms, sum(arms)]
    rows = {
        f"category {row}": [
            f"{count} ({percentage(int(count), of, 1, half)}%)"  # type: ignore[arg-type]
            for count, of in zip([*line, line.sum()], wholes, strict=True)
        ]
        for row, line in enumerate(counts)
    }
    p_value = chi_square_test(counts).p_value if (counts.sum(axis=1) > 0).sum() > 1 else 1.0
    return {"name": f"{kinds} categories", "groups": ["A", "B", "Total"], "sizes": [str(of) for of in wholes],
            "rows": rows, "p": f"{p_value:.4f}"}  # fmt: skip


def _printed_summary(name: str, values: np.ndarray[Any, Any]) -> Document:
    return {"name": name, "n": len(values), "mean": f"{values.mean():.2f}", "sd": f"{values.std(ddof=1):.3f}",
            "median": f"{np.median(values):.1f}", "minimum": f"{values.min():.1f}", "maximum": f"{values.max():.1f}",
            "values": [f"{value:.2f}" for value in values]}  # fmt: skip


def _groups(generator: np.random.Generator) -> Document:
    first, second = (generator.gamma(6.0, 5.0, int(generator.integers(15, 40))) for _ in range(2))
    p_value = mann_whitney_test(first, second).p_value
    return {"name": "volume", "test": "mann-whitney", "p": f"{p_value:.3f}",
            "groups": [_printed_summary("A", first), _printed_summary("B", second)]}  # fmt: skip


def _pairs(generator: np.random.Generator) -> Document:
    before = generator.gamma(6.0, 5.0, int(generator.integers(12, 30)))
    after = before * generator.lognormal(-0.05, 0.15, len(before))
    p_value = signed_rank_test(after - before).p_value
    return {"name": "before and after", "test": "wilcoxon", "p": f"{p_value:.3f}",
            "groups": [_printed_summary("before", before), _printed_summary("after", after)]}  # fmt: skip


def _pool(generator: np.random.Generator) -> Document:
    parts = [generator.gamma(6.0, 5.0, int(generator.integers(15, 60))) for _ in range(3)]
    printed = [_printed_summary(f"group {place}", part) for place, part in enumerate(parts)]
    whole = _printed_summary("all", np.concatenate(parts))
    for one in (whole, *printed):
        del one["values"], one["median"], one["name"]
    return {"name": "volume", "whole": whole, "parts": printed}


def _hazard_ratio(generator: np.random.Generator, name: str) -> Document:
    events = int(generator.integers(40, 300))
    error = 2.0 / math.sqrt(events) * float(generator.uniform(1.0, 1.3))
    effect = float(generator.normal(-0.2, 0.25))
    p_value = 2.0 * float(norm.sf(abs(effect) / error))
    low, high = (math.exp(effect + side * 1.959964 * error) for side in (-1.0, 1.0))
    return {"name": name, "value": f"{math.exp(effect):.3f}", "interval": [f"{low:.3f}", f"{high:.3f}"],
            "p": f"{p_value:.3f}", "events": events, "covariate": "binary"}  # fmt: skip


def _flow(generator: np.random.Generator, name: str) -> Document:
    parts = [int(count) for count in generator.integers(3, 150, int(generator.integers(2, 5)))]
    into = {f"part {place}": str(count) for place, count in enumerate(parts)}
    return {"name": name, "count": str(sum(parts)), "into": into}


def _dose(generator: np.random.Generator) -> Document:
    fractions, dose = int(generator.integers(5, 35)), float(generator.integers(20, 75))
    ratio = float(generator.choice([2.0, 3.0, 10.0]))
    inputs = {"dose_gy": f"{dose:g}", "fractions": str(fractions), "alpha_beta_gy": f"{ratio:g}"}
    printed = f"{float(eqd2_gy(dose, fractions, ratio)):.1f}"
    return {"name": "boost", "formula": "EQD2", "inputs": inputs, "printed": printed}
