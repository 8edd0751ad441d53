"""``nutgraf index URL``, ``follow`` and ``refresh`` as typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

TEXT = (
    "<p>The council of Lindmark voted on Tuesday to rebuild the bridge over the river Ost, two years after a flood.</p>"
)
PAGE = f"<html><head><title>Bridge</title></head><body><article>{TEXT * 4}</article></body></html>"


def feed(site: Any, *numbers: int) -> str:
    items = (
        f"<item><title>Bridge {n}</title><link>{site.url}/{n}</link><pubDate>0{n} Jan 2026 10:00:00 GMT</pubDate>"
        f"<description><![CDATA[{TEXT.replace('Ost', f'Ost {n}') * 9}]]></description></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>Lindmark Post</title>{"".join(items)}</channel></rss>'


@pytest.fixture(autouse=True)
def own_site(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUTGRAF_WEB_ALLOW_HOSTS", site.host)


def test_index_takes_pages_beside_files_and_updates_them(nutgraf: Command, site: Any, answers: Any) -> None:
    site.pages["/a"] = answers(PAGE)
    Path("b.txt").write_text("The school in Ostrava opened again on Monday.")
    first = nutgraf("index", "b.txt", f"{site.url}/a")
    assert first.out.splitlines() == [
        f"added    {Path('b.txt').absolute()}",
        f"added    {site.url}/a",
        "2 articles added, 0 updated, 0 unchanged (2 chunks) -> .nutgraf",
    ]
    assert "0 articles added, 0 updated, 1 unchanged" in nutgraf("index", f"{site.url}/a").out
    site.pages["/a"] = answers(PAGE.replace("Tuesday", "Friday"))
    assert f"updated  {site.url}/a" in nutgraf("index", f"{site.url}/a").out
    assert "on Friday" in nutgraf("show", f"{site.url}/a").out
    assert nutgraf("remove", f"{site.url}/a").out == f"removed  {site.url}/a\n"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://SITE/none", "does not exist (404); check the address"),
        ("http://127.0.0.1/", "leads to an address that is not public (127.0.0.1)"),
        ("http://127.0.0.1:9/", "names port 9"),
        ("ftp://example.org/a", "is of a kind that is not fetched (ftp:)"),
        ("file:///etc/passwd", "is of a kind that is not fetched (file:)"),
        ("https://me:secret@example.org/", "carries a user name or password"),
    ],
)
def test_a_bad_url_is_one_line_and_the_others_are_read(
    nutgraf: Command, site: Any, answers: Any, url: str, words: str
) -> None:
    url = url.replace("SITE", site.host)
    site.pages["/a"] = answers(PAGE)
    alone = nutgraf("index", url)
    assert (alone.status, alone.out) == (1, "")
    assert words in alone.one_error
    beside = nutgraf("index", url, f"{site.url}/a")
    assert (beside.status, beside.one_error) == (0, alone.one_error)
    assert "1 article added, 0 updated, 0 unchanged, 1 input could not be read" in beside.out


def test_follow_then_refresh(nutgraf: Command, site: Any, answers: Any) -> None:
    url = f"{site.url}/feed"
    site.pages["/feed"] = answers(feed(site, 1, 2, 3), "application/rss+xml")
    assert nutgraf("follow").out == "No feeds are followed; begin with: nutgraf follow URL\n"
    assert "nutgraf follow" in nutgraf("refresh").one_error

    followed = nutgraf("follow", url, "--limit", "2")
    assert (followed.status, followed.err) == (0, "")
    *added, summary, left_out, following = followed.out.splitlines()
    assert added == [f"added    {site.url}/3", f"added    {site.url}/2"]
    assert left_out == f"note: {url}: 1 older entries left out; --limit 3 takes them"
    assert following == f"note: following {url} Lindmark Post"
    assert summary.startswith("2 articles added")
    (listed,) = nutgraf("follow", "--list", "--json").json["feeds"]
    assert (listed["url"], listed["title"]) == (url, "Lindmark Post")
    assert url in nutgraf("follow", "--list").out

    nothing = nutgraf("refresh")
    assert (nothing.status, nothing.err) == (0, "")
    assert nothing.out == "0 articles added, 0 updated, 0 unchanged (0 chunks) -> .nutgraf\n"
    site.pages["/feed"] = answers(feed(site, 4, 3, 2), "application/rss+xml")
    *events, summed = [json.loads(line) for line in nutgraf("refresh", "--json").out.splitlines()]
    assert [(event["event"], event["uri"]) for event in events] == [("added", f"{site.url}/4")]
    assert (summed["added"], summed["failed"]) == (1, 0)

    assert nutgraf("follow", "--remove", url).out == f"no longer followed: {url}\n"
    assert "is not followed" in nutgraf("follow", "--remove", url).one_error
    assert len(nutgraf("list", "--json").json["articles"]) == 3


def test_what_is_no_feed_is_not_followed(nutgraf: Command, site: Any, answers: Any) -> None:
    site.pages |= {"/a": answers(PAGE), "/feed": answers(feed(site, 1))}
    alone = nutgraf("follow", f"{site.url}/a")
    assert (alone.status, alone.out) == (1, "")
    assert alone.one_error == f"{site.url}/a: is no feed, and names none; give the address of an RSS or Atom feed"
    beside = nutgraf("follow", f"{site.url}/a", f"{site.url}/feed", "--quiet")
    assert (beside.status, beside.out, beside.one_error) == (1, "", alone.one_error)
    assert len(nutgraf("follow", "--list", "--json").json["feeds"]) == 1


def test_refresh_says_when_a_feed_cannot_be_had(nutgraf: Command, site: Any, answers: Any) -> None:
    site.pages["/feed"] = answers(feed(site, 1))
    nutgraf("follow", f"{site.url}/feed")
    site.pages["/feed"] = answers(status=503)
    failed = nutgraf("refresh")
    assert (failed.status, failed.out) == (1, "")
    assert "(503)" in failed.one_error
