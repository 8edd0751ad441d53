"""The page in a real browser (the system's Chromium, headless), served by a real server from a store of seeds/."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from eval.cases import load_cases
from eval.feedback import FILE_NAME, add_to, case_of, read_feedback
from index import Index, build_index, open_index
from index.schema import Article, ArticleHead, Passage, Published, Speech, TimeExpression
from rag import Answer, Assistant, RagSettings
from rag.schema import AskedTime, Citation, Claim, Position
from ui.page import converse, example_questions, store_summary
from ui.server import make_app, make_server
from ui.thumbs import HISTORY_TURNS, Turn, keep

# The server runs in this process, and Gradio's queue uses what pandas is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

# Read before the tests' clean environment: where to leave a picture of the page, for the README.
SCREENSHOT = os.environ.get("NUTGRAF_SCREENSHOT")

QUESTION = "How long does the joint exercise of the United States and South Korea last?"
OTHER_QUESTION = "Who landed in Seoul with Sung Kim?"
MARKER = 'a[href^="#cite-"]'


class Slow(Assistant):
    """Hands out an answer sentence by sentence, the next one when it is told to."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.go_on = threading.Semaphore(0)

    def stream(self, question: str, **named: Any) -> Iterator[Answer]:
        whole = self.ask(question, **named)
        for number in (1, 2, 3):
            yield replace(whole, claims=whole.claims[:1] * number)
            self.go_on.acquire(timeout=20)


@contextmanager
def serving(assistant: Assistant) -> Iterator[str]:
    """The address of a server on a free port."""
    ready = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(2) as threads:
        app = threads.submit(make_app, assistant).result()  # Playwright runs an event loop in this thread
        server = make_server(app, ready.set, app.state.gradio.stop_event.set)
        running = threads.submit(server.run, sockets=[listener])
        try:
            assert ready.wait(20)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            running.result()


@pytest.fixture(scope="module")
def assistant(seeds_store: Path) -> Iterator[Assistant]:
    """Answers everything, so that these tests do not depend on where the threshold for a refusal lies."""
    with Assistant.open(seeds_store, settings=RagSettings(min_confidence=0)) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with serving(assistant) as url:
        yield url


@pytest.fixture(scope="module")
def refusing_address(assistant: Assistant) -> Iterator[str]:
    with serving(Assistant(assistant.index, RagSettings(min_confidence=1))) as url:
        yield url


@contextmanager
def visiting(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """A page that must load nothing from elsewhere, report no error, open no dialog and run no injected script."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
    page = context.new_page()
    troubles: list[str] = []
    page.on("request", lambda r: troubles.append(f"request {r.url}") if not r.url.startswith((url, "data:")) else None)
    page.on("response", lambda r: troubles.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("console", lambda m: troubles.append(f"console {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda e: troubles.append(f"script {e}"))
    page.on("dialog", lambda d: (troubles.append(f"dialog {d.message}"), d.dismiss()))
    page.goto(url)
    expect(page.locator("#summary")).to_contain_text("article")
    yield page
    assert page.evaluate("window.injected") is None
    context.close()
    assert troubles == []


def ask(page: Page, question: str) -> Locator:
    """Ask in the page and wait for the whole answer.

    A chat longer than the window is scrolled by Gradio a moment later, and a button to its end comes up, perhaps while
    the mouse button is down: where a test asks more than once, links are opened with the keyboard.
    """
    answers = page.locator("[data-testid=bot]")
    number = answers.count()
    type_and_send(page, question)
    answer = answers.nth(number)
    expect(answer.locator(".ng-footer, .ng-problem").first).to_be_visible(timeout=20_000)
    expect(page.locator("#question .submit-button")).to_be_visible()
    return answer


def type_and_send(page: Page, question: str) -> None:
    """Gradio takes no question until it has closed the one before, which is a moment after the answer is whole."""
    sent = page.locator("[data-testid=user]")
    number = sent.count()
    page.fill("#question textarea", question)
    for _ in range(200):
        page.press("#question textarea", "Enter")
        page.wait_for_timeout(100)
        if sent.count() > number:
            return
    raise AssertionError("no question was taken")


def quotes(assistant: Assistant, question: str, **filters: Any) -> list[str]:
    return [citation.quote for citation in assistant.ask(question, **filters).citations]


# -- answers and their sources


def test_an_answer_appears_with_its_sources(browser: Browser, address: str, assistant: Assistant) -> None:
    with visiting(browser, address) as page:
        whole = assistant.ask(QUESTION)
        answer = ask(page, QUESTION)
        expect(answer).to_contain_text(" ".join(whole.claims[0].text.split()))
        assert answer.locator(MARKER).all_inner_texts() == [f"[{c.marker}]" for c in whole.citations]
        expect(answer.locator(".ng-footer")).to_contain_text("Confidence")
        expect(page.locator("#source-list mark")).to_have_text([c.quote for c in whole.citations])
        if SCREENSHOT:
            ask(page, "What did Kim Yo Jong say on September 27?").locator(MARKER).first.click()
            expect(page.locator("#source-list article.current")).to_be_focused()
            page.screenshot(path=SCREENSHOT, animations="disabled")


def test_a_marker_shows_its_sentence_in_its_paragraph(browser: Browser, address: str, assistant: Assistant) -> None:
    with visiting(browser, address) as page:
        answer = ask(page, QUESTION)
        for marker, citation in zip(answer.locator(MARKER).all(), assistant.ask(QUESTION).citations, strict=True):
            marker.click()
            source = page.locator("#source-list article.current")
            expect(source.locator("mark")).to_have_text(citation.quote)
            expect(source.locator("mark")).to_be_in_viewport()
            expect(source.locator("blockquote")).to_have_text(citation.paragraph_text)
            expect(source.locator("h3")).to_have_text(f"{citation.marker}{citation.title or Path(citation.uri).name}")
            expect(source.locator(".meta")).to_contain_text(
                "29 September 2021" if citation.published else "date unknown"
            )
            expect(source).to_be_focused()


def test_the_keyboard_is_enough(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        expect(page.locator("#question textarea")).to_be_focused()
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
        marker = page.locator(MARKER).first
        expect(page.locator(".ng-footer")).to_be_visible(timeout=20_000)
        expect(marker).to_have_accessible_name("Source 1")
        marker.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#source-list article.current")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Back to the answer")).to_be_focused()
        page.keyboard.press("Enter")
        expect(marker).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        expect(marker).to_be_focused()


def test_markers_of_an_older_answer_still_work(browser: Browser, address: str, assistant: Assistant) -> None:
    with visiting(browser, address) as page:
        older = ask(page, QUESTION)
        ask(page, OTHER_QUESTION)
        expect(page.locator("#source-list mark")).to_have_text(quotes(assistant, OTHER_QUESTION))
        older.locator(MARKER).first.press("Enter")
        expect(page.locator("#source-list article.current mark")).to_have_text(quotes(assistant, QUESTION)[0])
        expect(page.locator("#source-list mark")).to_have_text(quotes(assistant, QUESTION))


def test_an_answer_grows_and_the_next_question_can_be_typed(browser: Browser, assistant: Assistant) -> None:
    slow = Slow(assistant.index, RagSettings(min_confidence=0))
    with serving(slow) as address, visiting(browser, address) as page:
        page.fill("#question textarea", OTHER_QUESTION)
        page.press("#question textarea", "Enter")
        answer = page.locator("[data-testid=bot]")
        expect(answer.locator(MARKER)).to_have_count(1)
        page.fill("#question textarea", "What next?")
        slow.go_on.release()
        expect(answer.locator(MARKER)).to_have_count(2)
        expect(answer.locator(".ng-footer")).to_have_count(0)
        expect(answer.get_by_role("button")).to_have_count(0)  # nothing to judge yet
        expect(page.locator("#question .stop-button")).to_be_visible()
        slow.go_on.release(10)
        expect(answer.locator(".ng-footer")).to_be_visible()
        expect(answer.get_by_role("button", name="Good answer")).to_be_visible()
        expect(page.locator("#question textarea")).to_have_value("What next?")


def test_an_answer_can_be_stopped(browser: Browser, assistant: Assistant) -> None:
    slow = Slow(assistant.index, RagSettings(min_confidence=0))
    with serving(slow) as address, visiting(browser, address) as page:
        page.fill("#question textarea", OTHER_QUESTION)
        page.press("#question textarea", "Enter")
        expect(page.locator(MARKER)).to_have_count(1)
        page.click("#question .stop-button")
        slow.go_on.release(10)
        expect(page.locator("#question .submit-button")).to_be_visible()
        expect(page.locator(".ng-footer")).to_have_count(0)
        type_and_send(page, QUESTION)
        expect(page.locator(".ng-footer")).to_have_count(1)


def test_a_refusal_looks_like_one(browser: Browser, refusing_address: str, assistant: Assistant) -> None:
    with visiting(browser, refusing_address) as page:
        answer = ask(page, "Which films won prizes in Cannes?")
        expect(answer.locator(".ng-refusal strong")).to_have_text("Not in these sources.")
        expect(answer.locator(".ng-footer")).to_contain_text("Confidence in an answer from these")
        expect(answer.locator(".ng-refusal li")).to_have_count(3)
        answer.locator(MARKER).nth(1).click()
        source = page.locator("#source-list article.current")
        nearest = assistant.index.search("Which films won prizes in Cannes?", k=2)[1]
        expect(source.locator("blockquote").first).to_contain_text(nearest.paragraphs[0].text)
        expect(source.locator("mark")).to_have_count(0)


def test_a_conversation_goes_on_and_can_be_cleared(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        ask(page, "When did Sung Kim land in Seoul?")
        expect(ask(page, "How long will he stay?").locator(MARKER)).not_to_have_count(0)
        expect(page.locator("#source-list article").first).to_be_visible()
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("[data-testid=bot]")).to_have_count(0)
        expect(page.locator("#source-list")).to_have_text("The paragraphs that an answer cites appear here.")
        expect(page.locator("#examples")).to_be_visible()


def test_an_answer_is_copied_as_plain_text_with_its_sources(
    browser: Browser, address: str, assistant: Assistant
) -> None:
    with visiting(browser, address, permissions=["clipboard-read", "clipboard-write"]) as page:
        ask(page, QUESTION).get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
    whole = assistant.ask(QUESTION)
    assert copied.startswith(f"{whole.short}\n\n{' '.join(whole.claims[0].text.split())} [1]")
    sources = copied.rpartition("\n\n")[2].split("\n")
    assert [line.partition(" ")[0] for line in sources] == [f"[{c.marker}]" for c in whole.citations]
    assert all(Path(c.uri).name in line for c, line in zip(whole.citations, sources, strict=True))


# -- thumbs


@pytest.fixture
def own_assistant(seeds_store: Path, tmp_path: Path) -> Iterator[Assistant]:
    """Like ``assistant``, over a store that a test may write to."""
    store = shutil.copytree(seeds_store, tmp_path / "store")
    with Assistant.open(store, settings=RagSettings(min_confidence=0)) as opened:
        yield opened


def test_a_thumb_becomes_a_case(browser: Browser, own_assistant: Assistant, tmp_path: Path) -> None:
    store = own_assistant.index.store.folder
    note = "#feedback-note"
    with serving(own_assistant) as address, visiting(browser, address) as page:
        first = ask(page, "When did Sung Kim land in Seoul?")
        second = ask(page, OTHER_QUESTION)
        assert not (store / FILE_NAME).exists()  # nothing is kept unless a thumb is pressed
        good = second.get_by_role("button", name="Good answer")
        expect(good).to_have_attribute("aria-pressed", "false")
        good.click()
        expect(page.locator(note)).to_have_text(f"Noted as a good answer to “{OTHER_QUESTION}”")
        expect(page.locator(note)).to_have_role("status")
        expect(good).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#comment")).to_have_count(0)
        (up,) = read_feedback(store)

        first.get_by_role("button", name="Bad answer").press("Enter")  # of an older answer
        expect(page.locator(note)).to_have_text("Noted as a bad answer to “When did Sung Kim land in Seoul?”")
        expect(good).to_have_attribute("aria-pressed", "true")
        page.fill("#comment textarea", "On Monday.")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(note)).to_contain_text(", with your comment.")
        expect(page.locator("#question textarea")).to_be_focused()
        ask(page, QUESTION)
        expect(page.locator(note)).to_have_text("")
    whole = own_assistant.ask(OTHER_QUESTION, history=up.history)
    assert (up.verdict, up.question, up.answer) == ("up", OTHER_QUESTION, whole.text)
    assert up.history == (
        ("When did Sung Kim land in Seoul?", own_assistant.ask("When did Sung Kim land in Seoul?").text),
    )
    assert [quoted.quote for quoted in up.citations] == [citation.quote for citation in whole.citations]
    down = read_feedback(store)[1]
    assert (down.verdict, down.question, down.comment) == ("down", "When did Sung Kim land in Seoul?", "On Monday.")
    add_to(tmp_path / "cases.jsonl", case_of(up, answers=["Jung Pak"]))
    add_to(tmp_path / "cases.jsonl", case_of(down, answers=["Monday"]))
    assert [case.question for case in load_cases(tmp_path / "cases.jsonl")] == [up.question, down.question]


def test_a_thumb_can_be_pressed_and_taken_back_with_the_keyboard(browser: Browser, own_assistant: Assistant) -> None:
    with serving(own_assistant) as address, visiting(browser, address) as page:
        answer = ask(page, QUESTION)
        answer.get_by_role("button", name="Copy").focus()
        page.keyboard.press("Tab")
        expect(answer.get_by_role("button", name="Good answer")).to_be_focused()
        page.keyboard.press("Tab")
        bad = answer.get_by_role("button", name="Bad answer")
        expect(bad).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#feedback-note")).to_contain_text("Noted as a bad answer")
        comment = page.get_by_label("What should it have said?")
        expect(comment).to_be_visible()  # it comes a moment after the note
        page.keyboard.press("Tab")
        expect(comment).to_be_focused()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Space")
        expect(page.locator("#feedback-note")).to_contain_text("No longer noted")
        expect(bad).to_have_attribute("aria-pressed", "false")
        expect(page.locator("#comment")).to_have_count(0)
    assert read_feedback(own_assistant.index.store.folder) == []


def test_a_refusal_can_be_judged_too(browser: Browser, own_assistant: Assistant) -> None:
    refusing = Assistant(own_assistant.index, RagSettings(min_confidence=1))
    with serving(refusing) as address, visiting(browser, address, color_scheme="dark") as page:
        ask(page, "Which films won prizes in Cannes?").get_by_role("button", name="Good answer").click()
        expect(page.locator("#feedback-note")).to_contain_text("Noted as a good answer")
    (feedback,) = read_feedback(own_assistant.index.store.folder)
    assert not case_of(feedback).answerable


# -- what the page offers


def test_it_says_what_it_knows_and_offers_questions(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        expect(page.locator("h1")).to_have_text("Nutgraf")
        expect(page.locator("#summary")).to_have_text("2 articles · 29 September 2021 · 1 without a date")
        expect(page.locator("#source-list")).to_have_text("The paragraphs that an answer cites appear here.")
        offered = page.locator("#examples button")
        expect(offered).to_have_count(3)
        question = offered.first.inner_text()
        offered.first.click()
        expect(page.locator("[data-testid=user]")).to_have_text(question)
        expect(page.locator(".ng-footer")).to_be_visible(timeout=20_000)
        expect(page.locator("#examples")).to_be_hidden()


def test_filters_limit_the_articles_and_the_answer_says_so(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        page.get_by_role("button", name="Toggle Sidebar").click()
        page.get_by_label("Published from").fill("2021-09-01")
        answer = ask(page, "Who is Kim Jong Un?")
        expect(answer).to_contain_text("Asked of articles from 2021-09-01 only.")
        expect(page.locator("#source-list article").first).to_be_visible()
        expect(page.locator("#source-list .meta")).to_contain_text(
            ["29 September 2021"] * page.locator("#source-list article").count()
        )
        page.get_by_label("Published from").fill("")
        page.locator("#source-filter input").click()
        page.get_by_role("option", name="News Agencies").click()
        expect(ask(page, "Who is Kim Jong Un?")).to_contain_text("Asked of articles by News Agencies only.")
        page.locator("#about button").click()
        expect(page.locator("#about")).to_contain_text("all-MiniLM-L6-v2")


def test_a_date_typed_while_the_page_is_still_loading_is_kept(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        page.get_by_role("button", name="Toggle Sidebar").click()
        box = page.get_by_label("Published from")
        expect(box).to_have_attribute("type", "date")
        box.evaluate("box => box.type = 'text'")  # as Gradio made it, before the script came to it
        box.focus()
        page.keyboard.type("2022-")
        page.evaluate("document.body.append(document.createElement('i'))")  # what makes the script look at the page
        page.wait_for_timeout(300)
        page.keyboard.type("02-02")
        page.keyboard.press("Tab")
        expect(box).to_have_attribute("type", "date")
        expect(box).to_have_value("2022-02-02")


def test_an_error_is_one_calm_line(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        page.get_by_role("button", name="Toggle Sidebar").click()
        page.get_by_label("Published from").fill("2022-02-02")
        page.get_by_label("Published to").fill("2022-01-01")
        answer = ask(page, QUESTION)
        expect(answer.locator(".ng-problem")).to_contain_text("2022-02-02 is after")
        expect(answer.get_by_role("button")).to_have_count(0)  # nothing to judge
        expect(page.locator("body")).not_to_contain_text("Traceback")
        page.get_by_label("Published to").fill("")
        expect(ask(page, QUESTION).locator(".ng-footer")).to_be_visible()


def test_an_empty_question_changes_nothing(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        ask(page, QUESTION)
        page.fill("#question textarea", "   ")
        page.press("#question textarea", "Enter")
        expect(page.locator(".toast-body")).to_contain_text("Type a question first.")
        expect(page.locator("[data-testid=bot]")).to_have_count(1)
        expect(page.locator("[data-testid=user]")).to_have_count(1)


def test_on_a_phone_the_sources_come_up_and_go(browser: Browser, address: str) -> None:
    with visiting(browser, address, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True) as page:
        marker = ask(page, QUESTION).locator(MARKER).first
        expect(page.locator("#sources")).to_be_hidden()
        marker.click()
        expect(page.locator("#source-list article.current mark")).to_be_in_viewport()
        page.locator("article.current .back").click()
        expect(page.locator("#sources")).to_be_hidden()
        expect(marker).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


# -- times, speakers, copies, versions, sources that differ

HARBOUR = [
    {
        "id": "post",
        "title": "Strike at Port Ellery ends after a week",
        "source": "Harbour Post",
        "date": "2022-03-21",
        "url": "https://post.example/strike",
        "text": "The strike cost the harbour four million crowns last week, operator Ines Varga said on Monday.\n\n"
        "Correction: An earlier version of this article gave the cost as <b>six</b> million crowns.",
    },
    {
        "id": "ledger",
        "title": "Port Ellery counts its losses",
        "source": "The Ledger",
        "text": "A week without cranes cost nine million crowns, the harbour's accountants found the day before.",
    },
]
STRIKE = "What did the strike at Port Ellery cost last week?"
COPIES = (
    ArticleHead("/b.txt", "<i>Cranes</i> move again", Published(date(2022, 3, 22), "meta"), "Evening Bell"),
    ArticleHead("/c.txt", "Strike over", source="Coast Radio", url="https://coast.example/strike"),
)
LATER = ArticleHead("/d.txt", "Strike: the bill", Published(date(2022, 3, 30), "meta"), url="https://post.example/bill")


class Noted(Index):
    """Notes at the passage of the Harbour Post what is known about it."""

    def passage(self, passage_id: str) -> Passage | None:
        found = super().passage(passage_id)
        if found is None:
            return None
        said = {"last week": (date(2022, 3, 14), date(2022, 3, 20)), "Monday": (date(2022, 3, 21),) * 2}
        said |= {"the day before": (None, None)}
        places = {words: found.start + found.text.index(words) for words in said if words in found.text}
        times = tuple(TimeExpression(at, at + len(words), words, *said[words]) for words, at in places.items())
        found = replace(found, times=times)
        if found.article.source != "Harbour Post":
            return found
        speech = Speech(found.start, found.start + 40, found.text[:40], "Ines Varga", direct=False)
        head = replace(found.article, updated=date(2022, 3, 22), corrected=date(2022, 3, 23))
        return replace(found, article=head, speech=(speech,), copies=COPIES, superseded_by=LATER)

    def article(self, uri: str) -> Article | None:
        found = super().article(uri)
        if found is None or found.source != "Harbour Post":
            return found
        notice = replace(found.paragraphs[1], kind="correction")
        changed = {"updated": date(2022, 3, 22), "corrected": date(2022, 3, 23)}
        return replace(found, paragraphs=(found.paragraphs[0], notice), **changed)


class Undecided(Assistant):
    """Answers every question by both articles, and by the first alone when the time is left aside."""

    def stream(self, question: str, *, time_aware: bool | None = None, **named: Any) -> Iterator[Answer]:
        cited = []
        for marker, head in enumerate(self.index.articles(), 1):
            (passage,) = self.index.search("harbour cost", sources=[head.source])
            first = passage.paragraphs[0]
            about = (head.uri, head.title, head.source, head.url, head.published.iso)
            place = (0, first.kind, first.text, first.text, first.start, first.end)
            cited.append(Citation(marker, passage.id, *about, *place))
        claims = tuple(Claim(one.quote, (one,), "verified") for one in cited)
        whole = Answer(question, "Sources differ.", "answered", claims, tuple(cited), confidence=0.6)
        if time_aware is False:
            yield replace(whole, claims=claims[:1], citations=whole.citations[:1])
            return
        positions = (
            Position("nine million *crowns*", (2,), 1),
            Position("four million crowns", (1,), 3, "2022-03-21", "2022-03-22"),
        )
        asked = AskedTime(
            "last week", "2022-03-14", "2022-03-20", False, "2022-03-25", "last week = 14 to 20 March 2022"
        )
        yield replace(whole, positions=positions, dispute="disputed", time=asked)


@pytest.fixture(scope="module")
def harbour(seeds_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that answers from HARBOUR with all there is to say."""
    folder = tmp_path_factory.mktemp("harbour")
    (folder / "harbour.jsonl").write_text("\n".join(json.dumps(record) for record in HARBOUR))
    build_index(folder / "harbour.jsonl", store=folder / "store")
    with open_index(folder / "store") as index, serving(Undecided(Noted(index.store, index.encoder))) as url:
        yield url


def test_sources_that_differ_are_listed_with_their_markers(browser: Browser, harbour: str) -> None:
    with visiting(browser, harbour) as page:
        answer = ask(page, STRIKE)
        listed = answer.locator(".ng-positions")
        expect(listed.locator("> p")).to_have_text("Sources differ")
        expect(listed.locator("li")).to_have_text(
            [
                "nine million *crowns* [2] 1 source: The Ledger · date unknown",
                "four million crowns [1] 3 sources: Harbour Post · 21 to 22 March 2022",
            ]
        )
        expect(page.locator("#source-list article .number")).to_have_text(["1", "2"])
        listed.locator(MARKER).first.press("Enter")
        expect(page.locator("#source-list article.current h3")).to_have_text("2Port Ellery counts its losses")
        expect(page.locator("#source-list article.current")).to_be_focused()
        page.keyboard.press("Escape")
        expect(listed.locator(MARKER).first).to_be_focused()


def test_the_understood_time_is_shown_and_left_aside_with_one_click(browser: Browser, harbour: str) -> None:
    with visiting(browser, harbour) as page:
        first = ask(page, STRIKE)
        expect(first.locator(".ng-time")).to_have_text("last week = 14 to 20 March 2022 Ask without it")
        page.fill("#question textarea", "half typed")
        for number in (1, 2):  # and once more
            first.get_by_role("button", name="Ask without it").press("Space" if number == 1 else "Enter")
            again = page.locator("[data-testid=bot]").nth(number)
            expect(again.locator(".ng-footer")).to_be_visible()
            expect(again.locator(".ng-note")).to_have_text("Asked without regard to the time in the question.")
            expect(again.locator(".ng-time, .ng-positions")).to_have_count(0)
            expect(page.locator("#question .submit-button")).to_be_visible()
        expect(page.locator("[data-testid=user]")).to_have_text([STRIKE] * 3)
        expect(page.locator("#question textarea")).to_have_value("half typed")
        expect(page.locator("#question textarea")).to_be_focused()


def test_a_follow_up_tells_what_was_understood_and_is_corrected_with_the_keyboard(
    browser: Browser, address: str
) -> None:
    understood = "Who landed in Seoul with Sung Kim?"
    with visiting(browser, address, bypass_csp=True) as page:
        ask(page, "Who is Sung Kim?")
        follow_up = ask(page, "Who landed in Seoul with him?")
        shown = follow_up.locator(".ng-understood")
        expect(shown.locator("p")).to_have_text(f"Understood as: {understood} Edit")
        expect(page.locator("[data-testid=bot]").first.locator(".ng-understood")).to_have_count(0)

        edit = shown.get_by_role("button", name="Edit")
        edit.press("Enter")
        box = shown.get_by_label("Question as understood")
        expect(box).to_be_focused()
        expect(box).to_have_value(understood)
        box.press("Escape")
        expect(box).to_have_count(0)
        expect(edit).to_be_focused()

        edit.press("Space")
        box.fill("Did he land there? <img src=x onerror=window.injected=1>")
        box.press("Enter")
        corrected = page.locator("[data-testid=bot]").nth(2)
        expect(corrected.locator(".ng-footer")).to_be_visible(timeout=20_000)
        expect(page.locator("[data-testid=user]").nth(2)).to_have_text(
            "Did he land there? <img src=x onerror=window.injected=1>"
        )
        expect(corrected.locator(".ng-note").first).to_have_text("Asked as written.")
        expect(corrected.locator(".ng-understood")).to_have_count(0)  # it does not lean on what was said before
        expect(page.locator("#question textarea")).to_be_focused()


def test_a_source_tells_times_speaker_versions_and_copies(browser: Browser, harbour: str) -> None:
    with visiting(browser, harbour, bypass_csp=True) as page:
        ask(page, STRIKE).locator(MARKER).nth(1).click()
        post, ledger = (page.locator("#source-list article").nth(number) for number in range(2))
        expect(post.locator(".badge")).to_have_text(
            ["Superseded on 30 March 2022", "Updated 22 March 2022", "Corrected 23 March 2022"]
        )
        expect(post.locator(".badge a")).to_have_attribute("href", "https://post.example/bill")
        expect(post.locator("dt")).to_have_text(["Said by", "Time"])
        expect(post.locator("dd")).to_have_text(
            ["Ines Varga", "“last week” = 14 to 20 March 2022", "“Monday” = 21 March 2022"]
        )
        expect(post.locator(".correction")).to_contain_text("gave the cost as <b>six</b> million crowns.")
        copies = post.locator(".copies li")
        expect(copies.first).to_be_hidden()
        post.get_by_text("2 other articles carry this story").press("Enter")
        expect(copies).to_have_text(
            ["<i>Cranes</i> move again, Evening Bell, 22 March 2022", "Strike over, Coast Radio, date unknown"]
        )
        expect(copies.locator("a")).to_have_attribute("href", "https://coast.example/strike")
        expect(ledger.locator("dd")).to_have_text("“the day before” is not resolved: the article has no date")
        expect(ledger.locator(".badge, .copies, .correction")).to_have_count(0)


def test_all_that_there_is_to_say_fits_a_phone(browser: Browser, harbour: str) -> None:
    with visiting(browser, harbour, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True) as page:
        ask(page, STRIKE).locator(MARKER).nth(1).click()
        page.get_by_text("2 other articles carry this story").click()
        expect(page.locator(".copies li").last).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


# -- hostile articles and questions

PAYLOADS = [
    "<script>window.injected=1</script>",
    "<img src=x onerror=window.injected=1>",
    "<img src=http://evil.example/a.png srcset='http://evil.example/b.png 2x'>",
    "![i](http://evil.example/c.png)",
    "![i][r] \n\n[r]: http://evil.example/d.png",
    "[click](javascript:window.injected=1)",
    "<svg onload=window.injected=1><image href=http://evil.example/e.png /></svg>",
    "<iframe srcdoc='<script>parent.injected=1</script>'></iframe>",
    "<style>@import 'http://evil.example/f.css';*{background:url(http://evil.example/g.png)}</style>",
    "<video src=http://evil.example/h.mp4 poster=http://evil.example/i.png autoplay></video>",
    "${window.injected=1} {{window.injected=1}} `${window.injected=1}`",
    "$$\\href{javascript:window.injected=1}{x}$$ \\(x\\)",
    "```mermaid\ngraph TD; A-->B; click A href \"http://evil.example/j\"\n```",
    "&lt;script&gt;window.injected=1&lt;/script&gt; &#60;img src=x onerror=window.injected=1&#62;",
    "'\"><a id=x href=\"http://evil.example/k\" autofocus onfocus=window.injected=1>go</a>",
    "http://evil.example/l www.evil.example <http://evil.example/m>",
    "</textarea></title></script><script>window.injected=1</script>",
    "<details open ontoggle=window.injected=1><summary>s</summary></details><base href=http://evil.example/>",
    "<form action=http://evil.example/n><button formaction=javascript:window.injected=1>b</button></form>",
    "<link rel=stylesheet href=http://evil.example/o.css><meta http-equiv=refresh content='0;url=http://evil.example'>",
]  # fmt: skip


@pytest.fixture(scope="module")
def hostile_store(seeds_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles with a payload in title, text, source and link, and some whose file name is one."""
    folder = tmp_path_factory.mktemp("hostile")
    articles = folder / "articles"
    articles.mkdir()
    records = [
        {
            "title": f"{payload} number {number}",
            "text": f"The mayor of town {number} said {payload} on Monday.\n\nNobody in town replied to {payload}.",
            "source": payload,
            "url": "javascript:window.injected=1",
            "date": "2024-05-05",
        }
        for number, payload in enumerate(PAYLOADS)
    ]
    (articles / "hostile.jsonl").write_text("\n".join(json.dumps(record) for record in records))
    for number, payload in enumerate(PAYLOADS):
        if "/" not in payload:
            text = f"The mayor of village {number} said on Monday that the weather was fine. Nobody replied to that."
            (articles / f"{payload} {number}.txt").write_text(text)
    build_index(articles, store=folder / "store")
    return folder / "store"


@pytest.mark.parametrize("min_confidence", [0, 1], ids=["answered", "refused"])
def test_hostile_text_runs_and_loads_nothing(browser: Browser, hostile_store: Path, min_confidence: float) -> None:
    """Without the content security policy, which would stop most of it too: escaping must be enough."""
    settings = RagSettings(min_confidence=min_confidence)
    with (
        Assistant.open(hostile_store, settings=settings) as assistant,
        serving(assistant) as address,
        visiting(browser, address, bypass_csp=True) as page,
    ):
        page.get_by_role("button", name="Toggle Sidebar").click()
        page.locator("#source-filter input").click()
        expect(page.get_by_role("option")).not_to_have_count(0)
        page.keyboard.press("Escape")
        for number, payload in enumerate(PAYLOADS):
            answer = ask(page, f"What did the mayor of {'village' if number % 3 else 'town'} {number} say? {payload}")
            answer.locator(MARKER).first.press("Enter")
            expect(page.locator("#source-list article.current")).to_be_focused()
            answer.get_by_role("button", name="Good answer").press("Enter")
            expect(page.locator("#feedback-note")).to_contain_text(f"{number} say?")
        shown = page.locator("#chat").inner_text() + page.locator("#source-list").inner_text()
        assert PAYLOADS[0] in shown  # shown as text, not lost
        made = "#chat .md, #source-list, #feedback-note, #examples, #summary, #source-filter"
        for element in "img iframe script video form style base link meta details:not(.copies) math".split():
            assert page.locator(made).locator(element).count() == 0, element
        links = {link.get_attribute("href") for link in page.locator(made).locator("a").all()}
        assert {link for link in links if not str(link).startswith(("#cite-p", "#copy", "#up-", "#down-"))} == set()


# -- without a browser


class Recorder(Assistant):
    """Remembers the histories that it was given."""

    histories: ClassVar[list[Sequence[tuple[str, str]]]] = []

    def stream(self, question: str, **named: Any) -> Iterator[Answer]:
        self.histories.append(named["history"])
        return super().stream(question, **named)


def test_a_conversation_hands_on_its_turns(assistant: Assistant) -> None:
    recorder = Recorder(assistant.index, assistant.settings)
    steps = list(converse(recorder, "When did Sung Kim land in Seoul?", [], []))
    messages, turns = steps[-1]
    said = recorder.ask("When did Sung Kim land in Seoul?").text
    assert steps[0] == (messages[:1], [])
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert [(turn.answer.question, turn.answer.text) for turn in turns] == [("When did Sung Kim land in Seoul?", said)]
    longer, more_turns = list(converse(recorder, "How long will he stay?", messages, turns))[-1]
    assert longer[:2] == messages
    assert more_turns[:1] == turns
    many = [Turn(str(number), replace(turns[0].answer, question=f"Question {number}?")) for number in range(9)]
    list(converse(recorder, "Why?", longer, many))
    assert [len(history) for history in recorder.histories] == [0, 1, HISTORY_TURNS]
    assert recorder.histories[1] == (("When did Sung Kim land in Seoul?", said),)
    assert recorder.histories[2][-1] == ("Question 8?", said)


def test_an_error_is_no_turn(assistant: Assistant) -> None:
    messages, turns = list(converse(assistant, QUESTION, [], [], "no date"))[-1]
    assert "ng-problem" in messages[-1]["content"]
    assert turns == []


def test_only_an_answer_of_the_session_can_be_judged(assistant: Assistant, tmp_path: Path) -> None:
    _, turns = list(converse(assistant, QUESTION, [], [], "2021-09-01"))[-1]
    assert keep(tmp_path, turns, "0123456789ab", "up") == "That answer is gone, so nothing was noted."
    assert keep(tmp_path, turns, turns[0].id, "sideways") == "That answer is gone, so nothing was noted."
    assert list(tmp_path.iterdir()) == []
    assert keep(tmp_path, turns, turns[0].id, "up").startswith("Noted as a good answer to “")
    (feedback,) = read_feedback(tmp_path)
    assert feedback.limits == "from 2021-09-01"
    assert "cannot be written" in keep(tmp_path / "nowhere", turns, turns[0].id, "up").replace("&#45;", "-")


def test_examples_and_summary_come_from_the_store(hostile_store: Path, seeds_store: Path, tmp_path: Path) -> None:
    with Assistant.open(seeds_store) as seeds:
        offered = example_questions(seeds.index)
        assert len(offered) == 3
        assert [seeds.ask(question).outcome for question in offered] == ["answered"] * 3
    with open_index(hostile_store) as index:
        assert len(example_questions(index)) == 3
        assert example_questions(index)[0].startswith("What is known about “")
    (tmp_path / "a.txt").write_text("There is no headline above this one sentence of an article without a date.")
    build_index(tmp_path / "a.txt", store=tmp_path / "store")
    with open_index(tmp_path / "store") as index:
        assert store_summary(index) == "1 article · without dates"
        assert example_questions(index) == []
