from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from impasto.core import Dose, DoseKind, ImpastoError, Structure
from impasto.evaluate import evaluate_plan
from impasto.report import PlanResult, ReportContent, render_html, write_report

BANNER = "Research use only. Not for clinical decisions."
VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """Tags, texts and references of a page; fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def html(content: ReportContent) -> str:
    return render_html(content)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_banner_and_simulation_are_visible_and_printed(html: str, page: Page) -> None:
    assert page.text.count(BANNER) >= 2
    assert "Digital patient: simulated." in page.text
    margin = re.search(r"@top-left \{ content: \"([^\"]*)\"", html)
    assert margin is not None
    assert BANNER in margin[1]
    assert "simulated" in margin[1]


def test_real_data_are_not_called_simulated(single: ReportContent) -> None:
    html = render_html(single)
    assert "simulated" not in Page(html).text.lower()
    assert BANNER in Page(html).text


def test_one_plan_without_biology_has_no_empty_sections(single: ReportContent) -> None:
    page = Page(render_html(single))
    sections = [section["id"] for section in page.all("section")]
    assert sections == ["summary", "dose", "delivery", "histograms", "tables"]


def test_page_is_self_contained_and_small(html: str, page: Page) -> None:
    parts = [html]
    parts += [
        base64.b64decode(image["src"].split(",", 1)[1]).decode()
        for image in page.all("img")
        if image["src"] is not None
    ]
    for part in parts:
        plain = re.sub(r"base64,[A-Za-z0-9+/=\s]+", "", part)
        plain = re.sub(r'xmlns(:\w+)?="[^"]*"', "", plain)
        plain = re.sub(r"<!DOCTYPE[^>]*>", "", plain)
        assert "http:" not in plain
        assert "https:" not in plain
        assert "file:" not in plain
        assert "//" not in re.sub(r"<\?xml[^>]*>", "", plain).replace("</", "")
    assert not page.all("script")
    assert not page.all("link")
    assert len(html.encode()) < 6e6


def test_headings_pictures_and_tables_are_accessible(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(len(image["alt"] or "") > 20 for image in page.all("img"))
    assert len(page.all("img")) == 8
    assert all(cell.get("scope") in ("col", "row") for cell in page.all("th"))
    identifiers = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(set(identifiers)) == len(identifiers)
    assert all(link["href"][1:] in identifiers for link in page.all("a") if link["href"])


def test_page_says_the_convention_window_and_figures(content: ReportContent, page: Page) -> None:
    assert "patient's left is on the right" in page.text
    assert "level 40 HU, width 400 HU" in page.text
    assert f"{content.painted.evaluation.quality[0].quality_factor:.4f}" in page.text
    assert "The generic machine is not commissioned." in page.text
    assert "suv:12ab34cd" in page.text


def test_names_with_markup_are_shown_not_obeyed(content: ReportContent) -> None:
    evil = "<script>alert('x')</script> & \"PTV\" $a_1$ \u03b1 \u8166"
    structures = content.images.structures
    renamed = replace(
        structures, structures=tuple(replace(s, name=evil) if s.name == "Chiasm" else s for s in structures)
    )
    limits = tuple(replace(x, structure=evil) if x.structure == "Chiasm" else x for x in content.prescription.limits)
    prescription = replace(content.prescription, limits=limits)
    dose = content.painted.dose
    html = render_html(
        replace(
            content,
            heading=replace(content.heading, title=evil, subject='"; } body { display: none'),
            images=replace(content.images, structures=renamed),
            prescription=prescription,
            plans=(PlanResult(evil, dose, evaluate_plan(dose, prescription, renamed)),),
            display=replace(content.display, structures=("BODY", "PTV", "Brainstem", evil)),
            notes=(evil,),
        )
    )
    page = Page(html)
    assert not page.all("script")
    assert page.text.count(evil) >= 5
    assert "display: none" not in re.findall(r"<style>.*?</style>", html, re.S)[0].split("@media")[0]


def test_equivalent_dose_is_named_and_not_divided_by_the_prescription(content: ReportContent) -> None:
    image = content.painted.dose.image
    dose = Dose(image, 30, DoseKind.EQD2, 3.0, "EQD2")
    structures = content.images.structures
    plan = PlanResult("EQD2", dose, evaluate_plan(dose, content.prescription, structures))
    page = Page(render_html(replace(content, plans=(plan,))))
    assert "delivery" not in [section["id"] for section in page.all("section")]
    assert "not judged" in page.text
    assert "EQD2, alpha/beta 3 Gy" in page.text


def test_what_was_not_evaluated_is_said(content: ReportContent) -> None:
    structures = content.images.structures.with_structure(Structure("Lens"))
    dose = content.painted.dose
    plan = PlanResult("Painted", dose, evaluate_plan(dose, content.prescription, structures))
    page = Page(render_html(replace(content, images=replace(content.images, structures=structures), plans=(plan,))))
    assert "Not evaluated in Painted: Lens" in page.text


def test_write_replaces_and_leaves_nothing_beside(content: ReportContent, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    seen: list[float] = []
    write_report(content, path, lambda work, fraction: seen.append(fraction))
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_unwritable_place_is_one_clear_error(single: ReportContent, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ImpastoError):
        write_report(single, tmp_path / "file" / "report.html")


def test_bad_content_is_refused(content: ReportContent) -> None:
    with pytest.raises(ImpastoError, match="0 plans"):
        replace(content, plans=())
    with pytest.raises(ImpastoError, match="both plans are named"):
        replace(content, plans=(content.plans[0], content.plans[0]))
    with pytest.raises(ImpastoError, match="Liver: no structure has this name"):
        replace(content, display=replace(content.display, structures=("Liver",)))
    with pytest.raises(ImpastoError, match="outside the image"):
        replace(content, display=replace(content.display, focus_mm=(500.0, 0.0, 0.0)))
    with pytest.raises(ImpastoError, match="evaluated against the prescription"):
        replace(content, prescription=replace(content.prescription, name="another"))
    images = replace(content.images, prescribed=replace(content.images.prescribed, unit="cGy"))
    with pytest.raises(ImpastoError, match="convert it to Gy"):
        replace(content, images=images)
