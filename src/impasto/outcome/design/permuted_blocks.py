"""Randomisation in permuted blocks, one list for each stratum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from impasto.core.errors import ImpastoError
from impasto.outcome.design.allocation import Allocation, Arms, draw_generator, factor_text

__all__ = ["permuted_block_lists"]


def permuted_block_lists(
    factors: Mapping[str, Sequence[str]], per_stratum: int, arms: Arms, block_sizes: Sequence[int], seed: int
) -> tuple[Allocation, ...]:
    """Prepare a list of allocations for every stratum, in blocks of random size that keep the ratio of the arms.

    Parameters
    ----------
    factors : mapping of str to sequence of str
        Stratification factors and their values; every combination is a stratum. None at all gives one list.
    per_stratum : int
        Allocations to prepare for each stratum; the last block may be cut.
    arms : Arms
    block_sizes : sequence of int
        Sizes drawn from with equal chance; more than one keeps the end of a block from being foreseen.
    seed : int
        Each stratum's list depends on it and on the stratum's values only.

    Returns
    -------
    tuple of Allocation
        Stratum after stratum, in the order of entry.

    Raises
    ------
    ImpastoError
        When a block cannot hold the ratio.

    Examples
    --------
    >>> rows = permuted_block_lists({"centre": ["A", "B"]}, 4, Arms.equal("60 Gy", "72 Gy"), [4], seed=1)
    >>> sorted(row.arm for row in rows[:4])
    ['60 Gy', '60 Gy', '72 Gy', '72 Gy']
    """
    whole = sum(arms.ratio)
    wrong = [size for size in block_sizes if size < whole or size % whole]
    if wrong or not block_sizes:
        problem = f"a block of {wrong[0]} cannot hold the ratio {':'.join(map(str, arms.ratio))}" if wrong else "none"
        raise ImpastoError("block sizes", problem, f"take multiples of {whole}")
    if per_stratum < 1:
        raise ImpastoError("allocation list", f"{per_stratum} rows for a stratum", "ask for at least one")
    rows: list[Allocation] = []
    for values in product(*factors.values()):
        rows += _stratum(dict(zip(factors, values, strict=True)), per_stratum, arms, tuple(block_sizes), seed)
    return tuple(rows)


def _stratum(
    stratum: dict[str, str], count: int, arms: Arms, block_sizes: tuple[int, ...], seed: int
) -> list[Allocation]:
    generator = draw_generator(seed, "permuted blocks", *(f"{name}={value}" for name, value in stratum.items()))
    rows: list[Allocation] = []
    block = 0
    while len(rows) < count:
        block += 1
        size = block_sizes[int(generator.integers(len(block_sizes)))]
        content = [arm for arm, part in zip(arms.names, arms.ratio, strict=True) for _ in range(part)]
        content *= size // sum(arms.ratio)
        order = generator.permutation(size)
        for place, taken in enumerate(order[: count - len(rows)]):
            reason = f"place {place + 1} of block {block} (size {size}) of the stratum {factor_text(stratum)}"
            rows.append(Allocation(len(rows) + 1, content[taken], stratum, "permuted blocks", reason, None))
    return rows
