"""One run, or several beside each other, on the screen, as a page, as Markdown and as JSON."""

from __future__ import annotations

from .files import Report, json_report, report_for, write
from .html import html_report
from .markdown import markdown_report
from .terminal import show, show_comparison

__all__ = [
    "Report",
    "html_report",
    "json_report",
    "markdown_report",
    "report_for",
    "show",
    "show_comparison",
    "write",
]
