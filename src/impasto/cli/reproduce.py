"""``impasto reproduce``: the printed numbers of a paper, recomputed."""

from __future__ import annotations

from typing import Annotated

import typer

from impasto.cli.arguments import AsJson
from impasto.cli.console import print_json, print_line, print_table

__all__ = ["reproduce"]


def reproduce(
    paper: Annotated[str, typer.Argument(metavar="PAPER", help="Its name; without one, all names.")] = "",
    as_json: AsJson = False,
) -> None:
    """Recompute every printed number of a paper that follows from its tables: printed, recomputed, verdict.

    Example: impasto reproduce gamma-knife-painting
    """
    from impasto.outcome.coherence import Verdict, check_items, findings
    from impasto.workflow import paper_names, read_paper

    if not paper:
        for name in paper_names():
            print_line(f"{name}: {read_paper(name).source}")
        return
    tables = read_paper(paper)
    checks = check_items(tables.items)
    if as_json:
        print_json({"title": tables.title, "source": tables.source, "checks": [vars(check) for check in checks]})
        return
    rows = [[check.item, check.quantity, check.printed, check.recomputed, str(check.verdict)] for check in checks]
    print_table(tables.title, ["line", "number", "printed", "recomputed", "verdict"], rows)
    for check in findings(checks):
        print_line(check.sentence().replace("[", r"\["))
    counts = ", ".join(f"{sum(one.verdict is verdict for one in checks)} {verdict}" for verdict in Verdict)
    print_line(f"{counts}\nSource: {tables.source}. [bold]Research use only.[/]".replace("\n", "; "))
