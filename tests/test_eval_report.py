"""The reports: what they tell of real small runs, and that the page is whole, safe and usable in a real browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from hypothesis import given as property_test
from hypothesis import strategies as st
from lxml.html import HtmlElement
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page, expect
from rich.console import Console

from eval.cases import Case, Evidence
from eval.comparison import Comparison, compare
from eval.errors import EvalError
from eval.gate import Floors, check
from eval.measures import checked_support
from eval.report import (
    html_report,
    json_report,
    markdown_report,
    report_for,
    show,
    show_comparison,
    write,
)
from eval.report.cards import PASSAGES_SHOWN, PASSED_SHOWN
from eval.report.catalogue import grouped, headline, in_order, measure
from eval.report.markdown import FAILURES_SHOWN, escape
from eval.report.svg import linear_axis, log_axis
from eval.report.text import SHOWN_CHARS, clean, duration, excerpt, figure, highlighted, shorten
from eval.report.verdicts import KINDS, kind
from eval.results import EvalResult, judge_run
from eval.runs import RunInfo
from eval.schema import Cited, Description, Found, Record, Response, Statement

BRIDGE = "The bridge over the Aare was opened by Anna Berger on Monday. It cost 12 million francs."
WEATHER = "Rain fell on the valley for nine days, and the river rose by two metres."
SPEECH = "In his speech the mayor, Jon Roth, thanked the engineers and promised a second bridge."
HOSTILE = (
    '</script><img src=x onerror="window.injected=1">\u202etxt.exe\u2066 '
    "[x](javascript:alert(1)) <svg onload=alert(1)> & \"'"
)


def case(name: str, answer: str = "", quote: str = "", **fields: Any) -> Case:
    """A case on the bridge article; without an answer there is none."""
    evidence = (Evidence("bridge.txt", quote),) if quote else ()
    answers = (answer,) if answer else ()
    question = fields.pop("question", f"What about {name}?")
    return Case(name, question, answerable=bool(answers or evidence), answers=answers, evidence=evidence, **fields)


CASES = (
    case("right", "Anna Berger", "opened by Anna Berger", type="who", tags=("bridge",)),
    case("wrong", "12 million", "opened by Anna Berger", type="how_many", tags=("bridge", "money")),
    case("shy", "Jon Roth", "the mayor, Jon Roth", type="who"),
    case("uncited", "nine days", "Rain fell on the valley", type="how_long"),
    case("crashed", "Monday", "opened by Anna Berger", type="when"),
    case("invented", type="unanswerable"),
    case("refused", type="unanswerable", history=(("Who spoke?", "The mayor."),)),
)
PASSAGES = (
    Found("news/weather.txt", WEATHER, 0.9),
    Found("news/bridge.txt", SPEECH, 0.8),
    Found("news/bridge.txt", BRIDGE, 0.7),
)


def answer(text: str, *cited: str, confidence: float | None = 0.8, **fields: Any) -> Response:
    citations = tuple(Cited("news/bridge.txt", paragraph, paragraph[:20], verbatim=True) for paragraph in cited)
    statement = Statement(text, tuple(range(len(cited))))
    return Response(
        "answered",
        text,
        statements=(statement,),
        citations=citations,
        passages=PASSAGES,
        confidence=confidence,
        **fields,
    )


RESPONSES = {
    "right": answer("Anna Berger opened the bridge.", BRIDGE, tokens_in=90, tokens_out=9, cost=0.002),
    "wrong": answer("It cost 3 francs.", SPEECH, BRIDGE, confidence=0.4),
    "shy": Response("not_in_sources", "I do not know.", why="Nothing fits.", passages=PASSAGES, confidence=0.2),
    "uncited": answer("It rained for nine days.", SPEECH, confidence=0.6),
    "crashed": Response("failed", why="TimeoutError: no answer within 5 s"),
    "invented": answer("Yes, in Bern.", BRIDGE, confidence=0.5),
    "refused": Response("not_in_sources", why="Nothing fits.", passages=PASSAGES, confidence=0.1),
}
INFO = RunInfo(
    "first run",
    "nutgraf",
    Description({"rag.k": 8, "rag.llm": ""}, "5e771265", "1dec5", "a" * 64, {"faiss": "1.0"}),
    cases_sha256="c" * 64,
    drafts=2,
    depth=3,
    jobs=2,
    timeout=5.0,
    started="2026-01-31T08:00:00+00:00",
    seconds=4.2,
    versions={"python": "3.11"},
    cpus=4,
    machine="test machine",
    complete=True,
)


def run(responses: dict[str, Response], cases: Sequence[Case] = CASES, **fields: Any) -> EvalResult:
    """What judging some responses gives; each took a little longer than the one before."""
    records = [Record(name, response, 100.0 + 10 * n) for n, (name, response) in enumerate(responses.items())]
    return judge_run(cases, records, replace(INFO, **fields), checked_support())


@pytest.fixture(scope="module")
def result() -> EvalResult:
    return run(RESPONSES)


@pytest.fixture(scope="module")
def other() -> EvalResult:
    """Another system: right where the first is wrong, wrong where it is right."""
    changed = {
        **RESPONSES,
        "right": answer("Somebody did.", BRIDGE, confidence=0.9),
        "wrong": answer("It cost 12 million francs.", BRIDGE, confidence=None),
    }
    settings = Description({"rag.k": 4}, corpus_sha256="a" * 64)
    return run(changed, name="second run", system="peer", description=settings)


def compared(b: EvalResult, a: EvalResult) -> Comparison:
    """The first against another, as the reports want it."""
    return compare(a, b, [name for name in a.overall if a.values(name)])


MAIN_FIGURES = "//main/section[2]/div[1]//tbody/tr"


def read(page: str) -> HtmlElement:
    return lxml.html.document_fromstring(page)


def text_of(element: HtmlElement) -> str:
    return clean(element.text_content())


def card(page: HtmlElement, question: str) -> HtmlElement:
    """What the page has on the case with that question."""
    [found] = [
        element
        for element in page.xpath("//*[@class='case']")
        if text_of(element.xpath(".//h4 | .//summary")[0]) == clean(question)
    ]
    return found


# -- the page


def test_every_failed_case_is_told_in_full(result: EvalResult) -> None:
    page = read(html_report([result]))
    assert len(page.xpath("//article")) == len(result.failures) == 5
    wrong = text_of(card(page, "What about wrong?"))
    assert "Expected12 million" in wrong
    assert "GivenIt cost 3 francs." in wrong
    assert "gold paragraph at rank 3, answer at rank 3, gold article at rank 2" in wrong
    assert "2 citations: 1 × gold paragraph, 1 × answer, 1 × gold article" in wrong
    assert "3 passages:" in wrong
    assert "confidence 0.40" in wrong
    assert "TimeoutError: no answer within 5 s" in text_of(card(page, "What about crashed?"))
    assert "(refused) Nothing fits." in text_of(card(page, "What about shy?"))


def test_failures_stand_under_what_went_wrong(result: EvalResult) -> None:
    assert {row.id: kind(row) for row in result.rows} == {
        "right": "passed",
        "wrong": "wrong answer",
        "shy": "refused, though there is an answer",
        "uncited": "right, but not cited right",
        "crashed": "error or timeout",
        "invented": "answered, though there is no answer",
        "refused": "passed",
    }
    page = read(html_report([result]))
    told = [text_of(section.xpath(".//h3")[0]) for section in page.xpath("//section[@class='kind']")]
    assert told == [f"{name} 1" for name in KINDS[:5]]


def test_the_relevant_passage_is_marked(result: EvalResult) -> None:
    passages = card(read(html_report([result])), "What about wrong?").xpath(".//li[@value]")
    assert [text_of(item).count("gold paragraph") for item in passages] == [0, 0, 1]
    assert [mark.text for mark in passages[2].xpath(".//mark")] == ["opened by Anna Berger", "12 million"]


def test_the_head_says_what_was_measured(result: EvalResult) -> None:
    page = text_of(read(html_report([result])))
    for told in (
        "2 of 7 questions passed",
        "1 error or timeout",
        "7 questions, 5 with an answer and 2 without, 5 types, 2 drafts left out",
        "2026-01-31 08:00:00 UTC",
        "4.2 s with 2 questions at a time, 5 s at most for each",
        "test machine, 4 CPUs",
        "questions cccccccccccc, articles aaaaaaaaaaaa, settings 5e771265, index 1dec5",
        "rag.k8",
        "python3.11",
        "What about crashed? TimeoutError: no answer within 5 s",
    ):
        assert told in page


def test_all_reports_have_the_same_figures(result: EvalResult) -> None:
    page, markdown = read(html_report([result])), markdown_report([result])
    shown = {
        row.xpath(".//*[@class='name']")[0].text: text_of(row.xpath(".//td")[0])
        for row in page.xpath("//table[@class='measures']/tbody/tr")
    }
    assert shown.keys() == {name for name, value in result.overall.items() if value is not None}
    for name, cell in shown.items():
        assert cell.startswith(figure(result.overall[name]))
        assert re.search(rf"^\| {re.escape(name)} \| {re.escape(cell[:5])}", markdown, re.M)


def test_broken_floors_are_told(result: EvalResult) -> None:
    floors = Floors("c" * 64, "a" * 64, {"answered_right": 0.9, "auroc": 0.1, "ece": 0.0, "unheard_of": 0.5})
    violations = check(result, floors)
    page = read(html_report([result], floors=floors, violations=violations))
    assert [text_of(item) for item in page.xpath("//header/*[@class='broken']//li")] == [
        clean(line) for line in violations
    ]
    main = {row.xpath(".//*[@class='name']")[0].text: text_of(row) for row in page.xpath(MAIN_FIGURES)}
    assert main["answered_right"].endswith("0.900broken")
    assert main["unheard_of"].endswith("–0.500broken")
    assert main["ece"].endswith("0.000broken")
    markdown = markdown_report([result], floors=floors, violations=violations)
    assert "| 0.900 **broken** |" in markdown
    assert "Floors do not hold" in markdown
    held = Floors("c" * 64, "a" * 64, {"auroc": 0.1})
    assert "All floors hold (1)" in text_of(read(html_report([result], floors=held)))
    assert "broken" not in markdown_report([result], floors=held)


def test_several_runs_stand_beside_each_other(result: EvalResult, other: EvalResult) -> None:
    comparison = compared(result, other)
    page = read(html_report([result, other], comparisons=[comparison]))
    assert text_of(page.xpath("//h1")[0]) == "nutgraf beside peer"
    rows = {row.xpath(".//*[@class='name']")[0].text: row.xpath(".//td") for row in page.xpath(MAIN_FIGURES)}
    assert [text_of(cell) for cell in rows["ece"]] == ["0.375 best", "0.600"]
    assert [text_of(cell)[:10] for cell in rows["passed"]] == ["0.286[0.00", "0.286[0.00"]
    assert "peerpassed It cost 12 million francs." in text_of(card(page, "What about wrong?"))
    flips = {text_of(part.xpath(".//summary")[0]): part for part in page.xpath("//details") if part.xpath(".//ul")}
    assert text_of(flips["Passed with peer alone 1"].xpath(".//li")[0]) == "What about wrong?"
    assert text_of(flips["Passed with nutgraf alone 1"].xpath(".//li")[0]) == "What about right?"


def test_a_difference_beyond_chance_is_marked() -> None:
    many = [case(str(n), "Anna Berger", "opened by Anna Berger") for n in range(30)]
    good = run({c.id: RESPONSES["right"] for c in many}, many)
    bad = run({c.id: RESPONSES["wrong"] for c in many}, many, system="peer")
    page = read(html_report([good, bad], comparisons=[compared(good, bad)]))
    assert text_of(page.xpath(MAIN_FIGURES)[0]).count("worse than nutgraf") == 1
    told = unescape(markdown_report([good, bad], comparisons=[compared(good, bad)]))
    assert "| ▲ passed | 1.000 | 0.000 | +1.000 | [1.00, 1.00] |" in told
    back = read(html_report([bad, good], comparisons=[compared(bad, good)]))
    assert "better than peer" in text_of(back.xpath(MAIN_FIGURES)[0])


def test_runs_of_different_questions_or_articles_are_warned_of(result: EvalResult) -> None:
    fewer = run({"right": RESPONSES["right"]}, system="fewer")
    moved = run(RESPONSES, system="moved", description=Description(corpus_sha256="b" * 64))
    assert "differ in their questions: " in text_of(read(html_report([result, fewer])))
    assert "differ in their articles: " in unescape(markdown_report([result, moved]))
    assert "differ in" not in html_report([result, run(RESPONSES, system="same")])


def test_every_link_leads_somewhere_on_the_page(result: EvalResult, other: EvalResult) -> None:
    page = read(html_report([result, other], comparisons=[compared(result, other)]))
    ids = [element.get("id") for element in page.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    links = [link.get("href") for link in page.xpath("//a")]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert {name for svg in page.xpath("//svg[@role='img']") for name in svg.get("aria-labelledby").split()} <= set(ids)


def test_headings_are_in_order_and_tables_are_labelled(result: EvalResult, other: EvalResult) -> None:
    page = read(html_report([result, other]))
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1 | //h2 | //h3 | //h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for table in page.xpath("//table"):
        assert text_of(table.xpath(".//caption")[0])
        assert all(cell.get("scope") in ("col", "row") for cell in table.xpath(".//th"))
        assert all(text_of(cell) for cell in table.xpath(".//th"))


def test_the_policy_allows_the_pages_own_style_and_script_alone(result: EvalResult) -> None:
    page = read(html_report([result]))
    policy = page.xpath("//meta[@http-equiv]")[0].get("content")
    for tag in ("style", "script"):
        [element] = page.xpath(f"//{tag}")
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert (
        page.xpath("//@src | //@style | //@*[starts-with(name(), 'on')] | //iframe | //object | //embed | //img") == []
    )


def test_a_long_run_is_cut_where_it_is_told() -> None:
    cases = [case(str(n), "Anna Berger", "opened by Anna Berger") for n in range(PASSED_SHOWN + 25)]
    deep = replace(RESPONSES["right"], passages=PASSAGES + PASSAGES[:1] * 20 + PASSAGES[2:])
    responses = {c.id: RESPONSES["right"] for c in cases} | {"0": replace(deep, text="Nobody.")}
    result = run(responses, cases, depth=30)
    page = read(html_report([result]))
    assert len(page.xpath("//details[@class='case']")) == PASSED_SHOWN
    assert "24 more cases not shown" in text_of(page)
    places = [item.get("value") for item in page.xpath("//article//li[@value]")]
    assert places == [*map(str, range(1, PASSAGES_SHOWN + 1)), "24"]
    assert "13 more passages without anything needed" in text_of(page)
    wrong = run(dict.fromkeys((c.id for c in cases), RESPONSES["wrong"]), cases)
    assert len(read(html_report([wrong])).xpath("//article")) == len(cases)
    markdown = markdown_report([wrong])
    assert markdown.count("expected:") == FAILURES_SHOWN
    assert f"and {len(cases) - FAILURES_SHOWN:,} more" in markdown
    assert len(markdown) < 65_536


RETRIEVED = Response("retrieved", passages=PASSAGES)
ODD = {
    "no questions": ({}, 6),
    "a single one": ({"right": RESPONSES["right"]}, 0),
    "all crashed": (dict.fromkeys(RESPONSES, RESPONSES["crashed"]), 2),
    "no confidence": ({name: replace(found, confidence=None) for name, found in RESPONSES.items()}, 2),
    "no passages": ({name: replace(found, passages=()) for name, found in RESPONSES.items()}, 1),
    "passages alone": (dict.fromkeys(RESPONSES, RETRIEVED), 2),
    "passages of nobody": ({name: replace(RETRIEVED, passages=(Found("", BRIDGE),)) for name in RESPONSES}, 2),
    "no time at all": ({"right": RESPONSES["right"], "refused": RESPONSES["refused"]}, 0),
}


@pytest.mark.parametrize(("responses", "nothing"), ODD.values(), ids=ODD.keys())
def test_odd_runs_are_reported_too(responses: dict[str, Response], nothing: int, result: EvalResult) -> None:
    odd = run(responses, system="odd", seconds=0.0)
    page = html_report([odd])
    assert page.count("Nothing to show: ") == nothing
    assert len(read(page).xpath("//article")) == len(odd.failures)
    assert markdown_report([odd]).startswith("## odd, measured\n")
    screen = Console(file=StringIO(), width=80)
    show(screen, odd, failures=True)
    for runs in ([result, odd], [odd, result]):
        assert read(html_report(runs)).xpath("//h1")
        assert markdown_report(runs)


# -- the page in a browser


@contextmanager
def visiting(browser: Browser, path: Path, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """The page of a file, and what it asked for or complained about besides itself."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    page = context.new_page()
    told: list[str] = []
    page.on("request", lambda r: told.append(f"request {r.url}") if r.url.partition("#")[0] != path.as_uri() else None)
    page.on("console", lambda m: told.append(f"console {m.text}"))
    page.on("pageerror", lambda e: told.append(f"script {e}"))
    page.on("dialog", lambda d: (told.append(f"dialog {d.message}"), d.dismiss()))
    page.goto(path.as_uri())
    yield page, told
    context.close()


@pytest.fixture
def page_file(tmp_path: Path, result: EvalResult, other: EvalResult) -> Path:
    path = tmp_path / "report.html"
    write(path, html_report([result, other], comparisons=[compared(result, other)]))
    return path


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_the_page_asks_for_nothing_and_shows_all_plots(
    browser: Browser, page_file: Path, scheme: Any, width: int
) -> None:
    with visiting(browser, page_file, color_scheme=scheme, viewport={"width": width, "height": 800}) as (page, told):
        plots = page.locator("svg[role=img]").all()
        assert len(plots) == 9
        for plot in plots:
            box = plot.bounding_box()
            assert box
            assert box["width"] > 250
            assert box["height"] > 80
        small = page.evaluate("[...document.querySelectorAll('.plot text')].map(t => t.getBoundingClientRect().height)")
        assert min(small) > 9
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", background))) < 200) is (scheme == "dark")
    assert told == []


def test_hostile_text_stays_text(browser: Browser, tmp_path: Path) -> None:
    hostile = case(HOSTILE, "nothing of this", type=HOSTILE, tags=(HOSTILE,), question=HOSTILE)
    place = Cited(HOSTILE, HOSTILE, HOSTILE, verbatim=False)
    said = Response(
        "answered",
        HOSTILE * 3,
        HOSTILE,
        (Statement(HOSTILE, (0,)),),
        (place,),
        (Found(HOSTILE, HOSTILE * 9, 1.0),),
        0.5,
    )
    info = {"system": HOSTILE, "machine": HOSTILE, "versions": {HOSTILE: HOSTILE}, "started": HOSTILE}
    described = Description({HOSTILE: [HOSTILE]}, HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE})
    wrong = run({HOSTILE: said}, [hostile], description=described, **info)
    crash = run({HOSTILE: Response("failed", why=HOSTILE)}, [hostile], name=HOSTILE)
    path = tmp_path / "hostile.html"
    floors = Floors("", "", {"passed": 2.0})
    write(path, html_report([wrong, crash], floors=floors, violations=[HOSTILE], comparisons=[compared(wrong, crash)]))
    with visiting(browser, path) as (page, told):
        assert page.locator("img, svg[onload], script:not(:last-child)").count() == 0
        assert page.locator("a:not([href^='#'])").count() == 0
        expect(page.locator("article.case h4")).to_have_text(clean(HOSTILE))
        page.select_option("#filter [name=type]", clean(HOSTILE))
        page.select_option("#filter [name=tag]", clean(HOSTILE))
        expect(page.locator("article.case")).to_be_visible()
        assert page.evaluate("window.injected") is None
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.content())
    assert told == []


def test_markup_that_slipped_through_could_do_nothing(browser: Browser, tmp_path: Path, result: EvalResult) -> None:
    markup = (
        '<img src="//127.0.0.1:9/x" onerror="window.injected=1"><script>window.injected=1</script><style>a{}</style>'
    )
    path = tmp_path / "slipped.html"
    write(path, html_report([result]).replace("</main>", f"{markup}</main>"))
    with visiting(browser, path) as (page, told):
        assert page.evaluate("window.injected") is None
        assert page.evaluate("document.styleSheets.length") == 1
    assert len([line for line in told if "Content Security Policy" in line]) >= 3


def test_cases_can_be_narrowed_down(browser: Browser, page_file: Path) -> None:
    with visiting(browser, page_file) as (page, told):
        cards, shown = page.locator(".case:visible"), page.locator("#filter output")
        expect(cards).to_have_count(7)
        page.get_by_label("Words").fill("CRASHED timeout")
        expect(shown).to_have_text("1 of 7 cases")
        expect(page.locator(".kind:visible h3")).to_have_text("error or timeout 1")
        page.get_by_label("Words").press("Enter")
        page.get_by_label("Words").fill("")
        expect(shown).to_be_empty()
        page.locator("#filter [name=type]").select_option("who")
        expect(cards).to_have_count(2)
        page.locator("#filter [name=tag]").select_option("bridge")
        expect(cards).to_have_count(1)
        expect(cards.locator("summary").first).to_have_text("What about right?")
    assert told == []


def test_the_keyboard_and_links_open_what_is_closed(browser: Browser, page_file: Path) -> None:
    with visiting(browser, page_file) as (page, told):
        closed = page.locator("details.case", has_text="What about right?")
        expect(closed.locator("dl")).to_be_hidden()
        flips = page.locator("details", has_text="Passed with nutgraf alone").last
        flips.locator("summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(closed.locator("dl")).to_be_visible()
        expect(closed.locator("dl")).to_be_in_viewport()
    assert told == []


def test_nothing_is_lost_without_the_script(browser: Browser, page_file: Path) -> None:
    with visiting(browser, page_file, java_script_enabled=False) as (page, _):
        expect(page.locator("#filter")).to_be_hidden()
        expect(page.locator(".case:visible")).to_have_count(7)


# -- Markdown


@property_test(st.text(alphabet=st.sampled_from("ab12 \n\\`*_{}[]()<>#+-.!|~:&@$^\"'/=;w\u202e\0\ud800é"), max_size=60))
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    line = f"x {text}"
    [block] = [
        token
        for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(f"- {escape(line)}")
        if token.type == "inline"
    ]
    assert {child.type for child in block.children or []} <= {"text", "text_special", "html_inline"}
    shown = "".join(child.content for child in block.children or [] if child.type != "html_inline")
    assert shown == clean(line)
    assert {child.content for child in block.children or [] if child.type == "html_inline"} <= {"<!-- -->"}


def test_markdown_mentions_nobody_and_links_nowhere() -> None:
    assert "@someone" not in escape("ask @someone about #12 at www.example.com or https://example.com")
    shown = escape("@a #1 www.b https://c")
    assert shown == "&#64;<!-- -->a &#35;<!-- -->1 www&#46;b https&#58;//c"


def test_markdown_tells_failures_and_types(result: EvalResult, other: EvalResult) -> None:
    told = unescape(markdown_report([result, other], comparisons=[compared(result, other)]))
    assert "| measure | nutgraf | peer |" in told
    assert "  - given: It cost 3 francs." in told
    assert "nutgraf against peer: 1 passed with nutgraf alone, 1 with peer alone" in told
    assert re.search(r"^\| how_many \| 1 \| 0.000 \|", told, re.M)
    assert told.count("<details>") == told.count("</details>")


# -- the screen


def printed(result: EvalResult, **options: Any) -> list[str]:
    screen = Console(file=StringIO(), width=80)
    show(screen, result, **options)
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue().splitlines()


def test_the_screen_shows_groups_levels_types_and_costs(result: EvalResult) -> None:
    lines = printed(result)
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    table = {parts[0]: parts[1:] for line in lines if (parts := line.split())}
    assert table["paragraph"] == ["0.000", "0.600", "0.600", "0.233", *table["paragraph"][4:]]
    assert table["who"][0] == "2"
    assert table["answered_right"][0] == "0.200"
    assert "7 questions in 4.2 s; a question took 130 ms (median)," in " ".join(" ".join(lines).split())
    assert "90 tokens read, 9 tokens written, cost 0.0020." in lines
    assert "2 drafts left out." in lines
    assert "  crashed TimeoutError: no answer within 5 s" in lines
    assert "5 failed; --show-failures lists them." in lines


def test_the_screen_lists_failures_and_broken_floors(result: EvalResult) -> None:
    floors = Floors("c" * 64, "a" * 64, {"answered_right": 0.9, "unheard_of": 0.5})
    lines = printed(result, floors=floors, violations=check(result, floors), failures=True)
    for row in result.rows:
        assert (f"{row.id} {row.question}" in lines) is (row.passed is False)
    whole = " ".join(" ".join(lines).split())
    assert "expected 12 million given It cost 3 francs. how_many, wrong answer, gold paragraph at rank 3" in whole
    assert "floor: answered_right is 0.2000, its floor 0.900" in whole
    assert "unheard_of – 0.500" in whole
    assert "5 failed." in lines


def test_the_screen_holds_two_runs_against_each_other(result: EvalResult, other: EvalResult) -> None:
    screen = Console(file=StringIO(), width=80)
    fewer = run({name: RESPONSES[name] for name in ("right", "wrong")}, system="fewer")
    show_comparison(screen, compared(other, result), result, other)
    show_comparison(screen, compared(other, fewer))
    assert isinstance(screen.file, StringIO)
    lines = screen.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    assert "gained: 1 passed in second run alone" in lines
    assert lines.index("  wrong What about wrong?") < lines.index("  right What about right?")
    assert "gained: 1 passed in second alone" in lines
    assert "5 only in second, not compared" in " ".join(lines)
    assert any(line.split()[:4] == ["crag_score", "0.143", "0.143", "+0.000"] for line in lines)


# -- files


def test_a_report_goes_by_the_end_of_its_name(tmp_path: Path, result: EvalResult) -> None:
    assert report_for(Path("a.HTML")) is html_report
    assert report_for(Path("a.md")) is markdown_report
    assert report_for(Path("a.json")) is json_report
    with pytest.raises(EvalError, match=r"report\.pdf: is no kind of report; end the name in"):
        report_for(Path("report.pdf"))


def test_json_has_one_run_or_several(tmp_path: Path, result: EvalResult, other: EvalResult) -> None:
    path = tmp_path / "result.json"
    write(path, json_report([result]))
    assert json.loads(path.read_text("utf-8")) == json.loads(json.dumps(result.to_dict()))
    both = json.loads(json_report([result, other], comparisons=[compared(result, other)]))
    assert [one["system"] for one in both["runs"]] == ["nutgraf", "peer"]
    assert both["comparisons"][0]["gained"] == ["right"]
    floors = Floors("", "", {"auroc": 0.5})
    told = json.loads(json_report([result], floors=floors, violations=["too low"]))
    assert (told["floors"], told["violations"]) == ({"auroc": 0.5}, ["too low"])


def test_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write(path, json.dumps("half \ud83d a character", ensure_ascii=False))
    assert json.loads(path.read_text("utf-8")) == "half \ud83d a character"
    assert [found.name for found in tmp_path.iterdir()] == ["report.json"]
    link = tmp_path / "link.json"
    link.symlink_to(path)
    write(link, "{}")
    assert (path.read_text("utf-8"), link.is_symlink()) == ("{}", True)
    with pytest.raises(EvalError, match=r"cannot be written \(.*\); choose another place"):
        write(tmp_path, "{}")
    with pytest.raises(EvalError, match="cannot be written"):
        write(path / "report.json", "{}")
    write(tmp_path / "new" / "report.json", "{}")
    assert [found.name for found in (tmp_path / "new").iterdir()] == ["report.json"]
    (tmp_path / "new" / "report.json").unlink()
    (tmp_path / "new").rmdir()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["link.json", "report.json"]


# -- parts


def test_every_measure_is_explained(result: EvalResult) -> None:
    for name in result.overall:
        assert measure(name).note, name
    assert "Other measures" not in grouped([result])
    shown = [found.name for group in grouped([result]).values() for found in group]
    assert sorted(shown) == sorted(name for name, value in result.overall.items() if value is not None)
    assert shown == in_order(reversed(shown))
    assert {found.name for found in headline([result])} < set(shown)


def test_an_unknown_measure_is_shown_all_the_same(result: EvalResult) -> None:
    rows = tuple(replace(row, measures={**row.measures, "charm": 0.5}) for row in result.rows)
    charming = EvalResult(rows, result.info)
    assert "charm" in html_report([charming])
    assert "| charm | 0.500" in markdown_report([charming])
    assert any(line.split()[:2] == ["charm", "0.500"] for line in printed(charming))


words = st.text(alphabet="ab é.\u202e", max_size=40)


@property_test(words, st.lists(words, max_size=3))
def test_highlighting_keeps_the_text(text: str, wanted: list[str]) -> None:
    parts = highlighted(text, wanted)
    assert "".join(part for part, _ in parts) == clean(text)
    assert {clean(part).casefold() for part, hit in parts if hit} <= {clean(want).casefold() for want in wanted}


@property_test(st.integers(0, 300), st.integers(0, 300))
def test_an_excerpt_is_short_and_shows_the_first_hit(before: int, after: int) -> None:
    text = " ".join(["word"] * before + ["needle"] + ["word"] * after)
    shown = excerpt(highlighted(text, ["needle"]))
    plain = "".join(part for part, _ in shown)
    assert ("needle", True) in shown
    assert len(plain) <= SHOWN_CHARS + 4
    assert plain.strip("… ") in text
    assert plain.startswith("…") is not text.startswith(plain.rstrip("… "))


def test_a_text_without_words_is_cut_too() -> None:
    assert len("".join(part for part, _ in excerpt([("x" * 5_000, False)]))) <= SHOWN_CHARS + 4
    assert len(shorten("x" * 5_000, 100)) <= 100
    assert [part for part, hit in excerpt(highlighted("x" * 900 + " needle", ["needle"])) if hit] == ["needle"]


@property_test(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_a_linear_axis_holds_its_range(low: float, size: float) -> None:
    axis = linear_axis("", low, low + size)
    assert axis.high >= low + size - 1e-6 * size
    assert 2 <= len(axis.ticks) <= 8
    assert list(axis.ticks) == sorted(set(axis.ticks))
    assert all(0 <= axis.place(tick) <= 1 for tick in axis.ticks)


@property_test(st.floats(0.01, 1e6), st.floats(1, 1e6))
def test_a_logarithmic_axis_holds_its_range(low: float, times: float) -> None:
    axis = log_axis("", low, low * times)
    assert axis.low <= low <= low * times <= axis.high
    assert 2 <= len(axis.ticks) <= 12
    assert axis.place(axis.low) == 0
    assert axis.place(axis.high) == 1


def test_times_have_the_unit_that_suits_them() -> None:
    times = (0.44, 38.2, 999.4, 1234, 119_900, 200_400)
    assert [*map(duration, times)] == ["0.4 ms", "38 ms", "999 ms", "1.2 s", "119.9 s", "3 min 20 s"]
