"""Colours and faces of the page: system fonts only, contrast of at least 4.5:1 (WCAG 2.1 AA) in light and dark."""

from __future__ import annotations

from typing import Any

from .page import import_gradio

SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Consolas", "monospace"]


def page_theme() -> Any:
    """The theme as ``gradio.themes.Base``; what is special to the page's own parts stands in assets/page.css."""
    gr = import_gradio()
    theme = gr.themes.Default(primary_hue="blue", neutral_hue="stone", font=SANS, font_mono=MONO)
    return theme.set(
        body_background_fill="#fbfaf7",
        body_background_fill_dark="#161514",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#1e1c1b",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
        color_accent="*primary_700",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        block_border_width="0px",
        block_shadow="none",
    )
