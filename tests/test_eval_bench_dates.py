"""The bench of publication dates counts what is exact, unknown and wrong, in both halves of the saved pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from eval.bench.dates import main
from eval.bench.dates_saved import FINDERS, JudgedPage, judged_pages, measure_saved

DAY = date(2021, 9, 28)
TEXT = "<p>The ferry to the upper harbour sails again from Monday, as the company told its passengers in a letter.</p>"
DATED = (
    '<html><head><meta property="article:published_time" content="2021-09-28T08:00:00Z"><title>Ferry</title></head>'
    f"<body><article><h1>Ferry</h1>{TEXT * 3}</article></body></html>"
)
UNDATED = f"<html><head><title>Timetable</title></head><body><h1>Timetable</h1>{TEXT * 3}<p>© 2019</p></body></html>"


def counts(measured: dict[str, object], system: str, half: str, part: str) -> dict[str, int]:
    systems = measured["systems"]
    assert isinstance(systems, dict)
    return dict(systems[system][half][part])


def test_pages_are_read_by_both_systems(tmp_path: Path) -> None:
    (tmp_path / "ferry.html").write_text(DATED, "utf-8")
    (tmp_path / "timetable.html").write_text(UNDATED, "utf-8")
    pages = [
        JudgedPage("ferry.html", frozenset((DAY,)), "news", "en"),
        JudgedPage("timetable.html", frozenset(), "page", "en"),
    ]
    measured, missed = measure_saved(tmp_path, pages)
    assert counts(measured, "nutgraf", "both", "all") == {"exact": 2, "unknown": 0, "wrong": 0, "today": 0}
    assert counts(measured, "nutgraf", "both", "English news")["exact"] == 1
    assert counts(measured, "htmldate", "both", "English news")["exact"] == 1
    assert counts(measured, "htmldate", "both", "no date")["wrong"] == 1
    assert not missed


def test_what_is_misread_is_listed_of_the_looked_half_only() -> None:
    pages = [JudgedPage(f"{number}.html", frozenset((DAY,)), "news", "en") for number in range(20)]
    halves = {half: sum(page.half == half for page in pages) for half in ("looked", "measured")}
    today = datetime.now(UTC).date()
    measured, missed = measure_saved(Path(), pages, {"nutgraf": lambda _path: today})
    assert sum(halves.values()) == 20
    assert all(halves.values())
    assert len(missed) == halves["looked"]
    for half, count in halves.items():
        assert counts(measured, "nutgraf", half, "all") == {"exact": 0, "unknown": 0, "wrong": count, "today": count}


@pytest.mark.parametrize(
    ("days", "found", "outcome"),
    [
        ({DAY}, DAY, "exact"),
        ({DAY, date(2021, 9, 29)}, date(2021, 9, 29), "exact"),
        ({DAY}, None, "unknown"),
        ({DAY}, date(2021, 9, 30), "wrong"),
        (set(), None, "exact"),
        (set(), DAY, "wrong"),
    ],
)
def test_none_is_right_where_the_page_tells_none(days: set[date], found: date | None, outcome: str) -> None:
    assert JudgedPage("a.html", frozenset(days), "news", "en").outcome(found) == outcome


def test_the_judgements_are_one_a_page() -> None:
    pages = judged_pages()
    assert len({page.file for page in pages}) == len(pages) > 300
    assert {page.kind for page in pages} == {"news", "blog", "page", "list"}
    assert set(FINDERS) == {"nutgraf", "htmldate", "htmldate, default settings"}


def test_a_missing_page_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--variants", "1", "--pages", str(tmp_path)])
    assert "is missing" in capsys.readouterr().err
