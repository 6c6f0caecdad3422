"""The page as PDF, by WeasyPrint (the extra `pdf`)."""

from __future__ import annotations

from pathlib import Path

from impasto.core import ImpastoError
from impasto.files import replacing_file

__all__ = ["write_pdf"]


def write_pdf(html: str, path: Path) -> None:
    """Print a rendered report to PDF; a failure leaves what was there.

    Parameters
    ----------
    html : str
        What :func:`~impasto.report.html.render_html` gives.
    path : Path

    Raises
    ------
    ImpastoError
        When WeasyPrint is not installed or the file cannot be written.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError):
        # an OSError: the Python package is there, the Pango library that it loads is not
        raise ImpastoError(
            str(path), "WeasyPrint, which writes PDF, does not load", 'pip install "impasto[pdf]" (it also needs Pango)'
        ) from None
    document = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=["data"]))
    with replacing_file(path) as beside:
        document.write_pdf(beside)
