"""Pages and feeds to articles: under which uri, with which date, from which text."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index import IndexSettings, open_index
from index.errors import NothingToIndexError, SourceError, StoreError, StoreVersionError
from index.readers.feeds import parse_feed
from index.schema import Article
from index.web.feedbook import Feed, FeedBook
from index.web.fetching import Fetcher
from index.web.following import follow_feeds, refresh_feeds
from index.web.source import WebSource

TEXT = (
    "The council of Lindmark voted on Tuesday to rebuild the bridge over the river Ost, which a flood had damaged in "
    "spring. Mayor Ilse Brandt said that the work would take eleven months and cost 4.2 million crowns."
)
LONG = "\n".join(f"<p>{TEXT} Part {number} of the report gives the reasons.</p>" for number in range(1, 6))


@pytest.fixture
def fetcher(site: Any) -> Fetcher:
    return Fetcher(f"{site.host}, other.test", resolve=lambda host, port: ["127.0.0.1"], sleep=lambda seconds: None)


def page(head: str = "", text: str = LONG, title: str = "Bridge to be rebuilt") -> str:
    return (
        f"<html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>{text}</article></body></html>"
    )


def item(link: str, title: str = "Bridge", text: str = "Short.", day: int = 5, more: str = "") -> str:
    when = f"{day:02} Jan 2026 10:00:00 GMT"
    return (
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><pubDate>{when}</pubDate>"
        f"<description><![CDATA[{text}]]></description>{more}</item>"
    )


def rss(*items: str, title: str = "Lindmark Post") -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{"".join(items)}</channel></rss>'


def read(url: str, fetcher: Fetcher, limit: int = 10) -> list[Article | SourceError]:
    return list(WebSource(url, fetcher, limit).read(10**6))


def read_one(url: str, fetcher: Fetcher) -> Article:
    (found,) = read(url, fetcher)
    assert isinstance(found, Article), found
    return found


# -- pages


def test_a_page_is_read_as_a_file_of_it_would_be(site: Any, fetcher: Fetcher, answers: Any) -> None:
    head = '<meta property="article:published_time" content="2026-01-05"><meta name="author" content="Ida Holm">'
    site.pages["/news/bridge"] = answers(page(head))
    found = read_one(f"{site.url}/news/bridge#top", fetcher)
    assert (found.uri, found.url) == (f"{site.url}/news/bridge",) * 2
    assert (found.published.date, found.published.provenance) == (date(2026, 1, 5), "meta")
    assert (found.title, found.authors) == ("Bridge to be rebuilt", ("Ida Holm",))
    assert "eleven months" in found.text
    assert found.source == "127.0.0.1"


@pytest.mark.parametrize(
    ("canonical", "uri"),
    [
        ("/news/bridge", "/news/bridge"),
        ("/news/bridge?utm_medium=web", "/news/bridge"),
        ("https://elsewhere.example/news/bridge", "/amp/bridge?id=7"),
        ("/", "/amp/bridge?id=7"),
        ("javascript:void(0)", "/amp/bridge?id=7"),
    ],
)
def test_the_uri_is_the_canonical_url_if_it_is_of_that_site(
    site: Any, fetcher: Fetcher, answers: Any, canonical: str, uri: str
) -> None:
    link = canonical if ":" in canonical else site.url + canonical
    site.pages["/amp/bridge?id=7&fbclid=abc"] = answers(page(f'<link rel="canonical" href="{link}">'))
    assert read_one(f"{site.url}/amp/bridge?id=7&fbclid=abc", fetcher).uri == site.url + uri


def test_a_redirected_page_is_known_by_where_it_is(site: Any, fetcher: Fetcher, answers: Any) -> None:
    site.pages |= {"/old": answers(status=301, headers={"Location": "/new"}), "/new": answers(page())}
    assert read_one(f"{site.url}/old", fetcher).uri == f"{site.url}/new"


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "iso-8859-7", "ISO-8859-1", "idna", "none"])
def test_the_charset_of_the_server_goes_before_that_of_the_page(
    site: Any, fetcher: Fetcher, answers: Any, charset: str
) -> None:
    word = {"windows-1251": "мост", "iso-8859-7": "γέφυρα", "ISO-8859-1": "“Brücke”"}.get(charset, "Übergang")
    encoding = {"ISO-8859-1": "windows-1252", "idna": "utf-8", "none": "utf-8"}.get(charset, charset)
    markup = page('<meta charset="iso-8859-15">', f"<p>{TEXT} {word}</p>" * 3)
    site.pages["/a"] = answers(markup.encode(encoding), f"text/html; charset={charset}")
    assert word in read_one(f"{site.url}/a", fetcher).text


def test_text_and_records_are_read_too(site: Any, fetcher: Fetcher, answers: Any) -> None:
    site.pages["/a.txt"] = answers(f"2026-01-05\n\nThe bridge\n\n{TEXT}", "text/plain")
    records = [{"id": 1, "title": "One", "text": TEXT}, {"url": f"{site.url}/two", "text": TEXT}, {"title": "None"}]
    records.append({"url": "https://elsewhere.example/three", "text": TEXT})
    site.pages["/api"] = answers(json.dumps(records), "application/json")
    assert read_one(f"{site.url}/a.txt", fetcher).uri == f"{site.url}/a.txt"
    one, two, none, three = read(f"{site.url}/api", fetcher)
    assert isinstance(one, Article)
    assert isinstance(two, Article)
    assert isinstance(three, Article)
    assert (one.uri, two.uri) == (f"{site.url}/api#1", f"{site.url}/two")
    assert three.uri == f"{site.url}/api#https://elsewhere.example/three"  # it cannot replace that site's article
    assert isinstance(none, SourceError)
    assert none.where == f"{site.url}/api[2]"


def test_a_page_without_an_article_points_to_its_feed(site: Any, fetcher: Fetcher, answers: Any) -> None:
    link = '<link rel="alternate" type="application/atom+xml" href="/feed">'
    site.pages["/"] = answers(f"<html><head>{link}</head><body></body></html>")
    (problem,) = read(f"{site.url}/", fetcher)
    assert (
        str(problem)
        == f"{site.url}/: holds no article text; for the articles of its feed: nutgraf follow {site.url}/feed"
    )


# -- entries


def test_a_whole_text_in_the_feed_needs_no_page(site: Any, fetcher: Fetcher, answers: Any) -> None:
    site.pages["/feed"] = answers(rss(item(f"{site.url}/a?utm_source=rss", text=LONG)), "application/rss+xml")
    found = read_one(f"{site.url}/feed", fetcher)
    assert (found.uri, found.url) == (f"{site.url}/a",) * 2
    assert (found.published.iso, found.published.provenance) == ("2026-01-05", "feed")
    assert (found.title, found.source) == ("Bridge", "Lindmark Post")
    assert len(found.paragraphs) == 5
    assert site.paths() == ["/feed"]


@pytest.mark.parametrize(
    "end", ["", " [...]", " [&#8230;]", "\u2026", " <a>Read more</a>", " Continue reading Bridge \u2192"]
)
def test_what_is_short_or_cut_off_is_read_from_its_page(site: Any, fetcher: Fetcher, answers: Any, end: str) -> None:
    text = (LONG if end else TEXT) + end
    site.pages["/feed"] = answers(rss(item(f"{site.url}/a", text=text)), "application/rss+xml")
    site.pages["/a"] = answers(page(text=LONG + "<p>And this is the end of it, with the names of those who voted.</p>"))
    found = read_one(f"{site.url}/feed", fetcher)
    assert "names of those who voted" in found.text
    assert (found.published.iso, found.published.provenance) == ("2026-01-05", "feed")  # the page has none
    assert site.paths() == ["/feed", "/a"]


def test_a_feed_puts_no_words_into_the_mouth_of_another_site(site: Any, fetcher: Fetcher, answers: Any) -> None:
    true = page(text="<p>The prime minister opened the fair in Ostrava and left for the airport.</p>" * 4)
    site.pages |= {
        "/feed": answers(rss(item(f"http://other.test:{site.port}/a", text=LONG)), "application/rss+xml"),
        "/a": answers(true),
    }
    found = read_one(f"{site.url}/feed", fetcher)
    assert found.uri == f"http://other.test:{site.port}/a"
    assert "opened the fair" in found.text
    assert "Lindmark" not in found.text


def test_the_date_of_the_page_goes_before_that_of_the_feed(site: Any, fetcher: Fetcher, answers: Any) -> None:
    head = '<meta property="article:published_time" content="2026-01-04">'
    site.pages["/feed"] = answers(rss(item(f"{site.url}/a")), "application/rss+xml")
    site.pages["/a"] = answers(page(head))
    assert read_one(f"{site.url}/feed", fetcher).published.iso == "2026-01-04"


def test_one_bad_entry_does_not_stop_the_others(site: Any, fetcher: Fetcher, answers: Any) -> None:
    links = [f"{site.url}/{name}" for name in ("gone", "a")]
    site.pages |= {"/feed": answers(rss(*map(item, links), item("")), "application/rss+xml"), "/a": answers(page())}
    gone, good, unlinked = read(f"{site.url}/feed", fetcher)
    assert isinstance(gone, SourceError)
    assert "(404)" in gone.what
    assert isinstance(good, Article)
    assert isinstance(unlinked, Article)  # a feed may be all that there is
    assert unlinked.text == "Short."


def test_the_newest_entries_are_taken_and_the_rest_is_told(site: Any, fetcher: Fetcher, answers: Any) -> None:
    items = [item(f"{site.url}/{day}", text=LONG, day=day) for day in (3, 9, 5, 7)]
    site.pages["/feed"] = answers(rss(*items), "application/rss+xml")
    source = WebSource(f"{site.url}/feed", fetcher, 2)
    found = [article.uri for article in source.read(10**6) if isinstance(article, Article)]
    assert found == [f"{site.url}/9", f"{site.url}/7"]
    assert source.notes == [f"{site.url}/feed: 2 older entries left out; --limit 4 takes them"]


# -- following


@pytest.fixture
def settings() -> IndexSettings:
    return IndexSettings(store=Path("s"))


def test_refresh_takes_what_is_new_or_changed(
    site: Any, fetcher: Fetcher, answers: Any, settings: IndexSettings
) -> None:
    def feed(*items: str, mark: str) -> Any:
        def answer(request: Any) -> Any:
            if request.headers.get("if-none-match") == mark:
                return answers(status=304)
            return answers(rss(*items), "application/rss+xml", headers={"ETag": mark})

        return answer

    link = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    first, second = item(f"{site.url}/1"), item(f"{site.url}/2", text=LONG)
    site.pages |= {"/": answers(f"<html><head>{link}</head></html>"), "/feed": feed(first, second, mark='"1"')}
    site.pages["/1"] = answers(page(title="One"))
    followed, report = follow_feeds([f"{site.url}/"], settings=settings, fetcher=fetcher)
    assert [(feed.url, feed.title) for feed in followed] == [(f"{site.url}/feed", "Lindmark Post")]
    assert sorted(report.added) == [f"{site.url}/1", f"{site.url}/2"]

    site.requests.clear()
    again = refresh_feeds(settings=settings, fetcher=fetcher)
    assert (again.articles, again.problems, site.paths()) == (0, [], ["/feed"])

    changed = item(f"{site.url}/2", text=LONG.replace("eleven", "twelve"))
    site.pages["/feed"] = feed(item(f"{site.url}/3", text=LONG.replace("bridge", "school")), first, changed, mark='"2"')
    site.requests.clear()
    third = refresh_feeds(settings=settings, fetcher=fetcher)
    assert (third.added, third.updated) == ([f"{site.url}/3"], [f"{site.url}/2"])
    assert site.paths() == ["/feed"]
    with open_index("s") as index:
        assert len(list(index.articles())) == 3


def test_what_failed_is_tried_again_although_the_feed_is_the_same(
    site: Any, fetcher: Fetcher, answers: Any, settings: IndexSettings
) -> None:
    def feed(request: Any) -> Any:
        if request.headers.get("if-none-match"):
            return answers(status=304)
        return answers(rss(item(f"{site.url}/1")), "application/rss+xml", headers={"ETag": '"1"'})

    site.pages |= {"/feed": feed, "/1": answers(status=500)}
    _, report = follow_feeds([f"{site.url}/feed"], settings=settings, fetcher=fetcher)
    assert len(report.problems) == 1
    site.pages["/1"] = answers(page())
    assert refresh_feeds(settings=settings, fetcher=fetcher).added == [f"{site.url}/1"]


def test_one_bad_feed_does_not_stop_the_others(
    site: Any, fetcher: Fetcher, answers: Any, settings: IndexSettings
) -> None:
    site.pages |= {"/page": answers(page()), "/feed": answers(rss(item(f"{site.url}/1", text=LONG)))}
    urls = [f"{site.url}/{name}" for name in ("gone", "page", "feed")]
    followed, report = follow_feeds(urls, settings=settings, fetcher=fetcher)
    assert [feed.url for feed in followed] == [f"{site.url}/feed"]
    assert [problem.where for problem in report.problems] == urls[:2]
    assert report.problems[1].what == "is no feed, and names none"
    site.pages["/feed"] = answers(status=410)
    assert [problem.where for problem in refresh_feeds(settings=settings, fetcher=fetcher).problems] == urls[2:]
    assert [feed.url for feed in FeedBook(Path("s")).feeds()] == urls[2:]


def test_a_feed_that_wants_to_be_left_alone_is_so_in_later_runs_too(
    site: Any, answers: Any, settings: IndexSettings
) -> None:
    site.pages["/feed"] = answers(rss(item(f"{site.url}/1", text=LONG)))
    follow_feeds([f"{site.url}/feed"], settings=settings, fetcher=Fetcher(site.host))
    site.pages["/feed"] = answers(status=429, headers={"Retry-After": "86400"})
    assert "(429)" in refresh_feeds(settings=settings, fetcher=Fetcher(site.host)).problems[0].what
    site.requests.clear()
    (problem,) = refresh_feeds(settings=settings, fetcher=Fetcher(site.host)).problems
    assert problem.what.startswith("may not be asked for before 20")
    assert site.requests == []
    (feed,) = FeedBook(Path("s")).feeds()
    FeedBook(Path("s")).put([replace(feed, not_before="2026-01-01T00:00:00+00:00")])
    site.pages["/feed"] = answers(rss(item(f"{site.url}/2", text=LONG)))
    assert refresh_feeds(settings=settings, fetcher=Fetcher(site.host)).added == [f"{site.url}/2"]
    assert FeedBook(Path("s")).feeds()[0].not_before == ""


def test_refresh_without_feeds_says_how_to_begin(settings: IndexSettings) -> None:
    with pytest.raises(NothingToIndexError, match="nutgraf follow"):
        refresh_feeds(settings=settings)


# -- feeds.json


def test_the_book_keeps_feeds_in_order_and_whole() -> None:
    book = FeedBook(Path())
    assert book.feeds() == []
    one, two = Feed("https://a.example/", "A", seen={"x": "1"}), Feed("https://b.example/")
    book.put([one, two])
    book.put([Feed("https://a.example/", "A again")])
    assert [feed.title for feed in book.feeds()] == ["A again", ""]
    assert book.remove(["https://a.example/", "https://c.example/"]) == ["https://a.example/"]
    assert book.feeds() == [two]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"format": 1, "feeds": [{"name": 1}]}', "\x00"])
def test_a_damaged_book_is_told_and_kept(content: str) -> None:
    Path("feeds.json").write_text(content)
    with pytest.raises(StoreError, match=r"feeds\.json"):
        FeedBook(Path()).put([Feed("https://a.example/")])
    assert Path("feeds.json").read_text() == content


def test_a_book_of_a_newer_program_is_refused() -> None:
    Path("feeds.json").write_text('{"format": 2, "feeds": []}')
    with pytest.raises(StoreVersionError):
        FeedBook(Path()).feeds()


def test_a_kill_leaves_the_book_as_it_was_before_or_after() -> None:
    code = """
import os, sys
from pathlib import Path
from index.web.feedbook import Feed, FeedBook
left = int(sys.argv[1])
def at(event, arguments):
    global left
    if event in ("open", "os.rename", "os.truncate") and "feeds" in str(arguments[0]):
        left -= 1
        if left < 0:
            os._exit(9)
sys.addaudithook(at)
FeedBook(Path()).put([Feed("https://new.example/")])
"""
    old, new = Feed("https://old.example/"), Feed("https://new.example/")
    states = set()
    for step in range(8):
        Path("feeds.json").unlink(missing_ok=True)
        FeedBook(Path()).put([old])
        ended = subprocess.run([sys.executable, "-c", code, str(step)], check=False).returncode
        found = FeedBook(Path()).feeds()
        assert found in ([old], [old, new])
        states.add((ended, len(found)))
    assert states == {(9, 1), (0, 2)}


def test_a_feed_that_is_the_name_of_a_file_is_not_that_file() -> None:
    Path("other.xml").write_text(rss(item("https://example.org/1", text=LONG)))
    with pytest.raises(SourceError):
        parse_feed(b"other.xml", "https://example.org/feed")
