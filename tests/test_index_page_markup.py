"""Days of publication in the markup that pages of the web really have: where they stand, and what is not one."""

from __future__ import annotations

from datetime import date

import pytest

from index.dates import parse_date
from index.readers import read_data
from index.readers.html import parse_html
from index.readers.page_dates import PageDates, find_dates
from index.schema import Article

DAY = date(2013, 5, 24)
TITLE = "Ferry sails again from the upper harbour"
LONG = (
    "The ferry to the upper harbour sails again from Monday, as the company told its passengers in a letter on Friday."
)
TEXT = f"<p>{LONG}</p>" * 3


def dates_of(body: str, *, head: str = "", lang: str = "en", title: str = TITLE) -> PageDates:
    from lxml import html

    return find_dates(html.document_fromstring(f"<html lang={lang}><head><title>{title}</title>{head}</head>{body}"))


def day_of(body: str, **options: str) -> date | None:
    return dates_of(f"<body>{body}</body>", **options).published.date


@pytest.mark.parametrize(
    "line",
    [
        "8/24/13 11:04am",
        "05.24.13 3:12 PM",
        "24-May-2013",
        "24.05.2013 (ar)",
        "2013年5月24日 10:00",
        "Mai 24, 2013",
        "Juni 24th, 2013",
    ],
)
def test_written_forms_in_a_byline(line: str) -> None:
    months = {"8/": 8, "Ju": 6}
    found = day_of(f"<div><h1>{TITLE}</h1><span>{line}</span>{TEXT}</div>")
    assert found == DAY.replace(month=months.get(line[:2], 5))


def test_short_years_are_read_only_where_the_order_is_known() -> None:
    line = f"<div><h1>{TITLE}</h1><span>8.5.12</span>{TEXT}</div>"
    assert day_of(line, lang="de-CH") == date(2012, 5, 8)
    assert day_of(line.replace("8.5.12", "8/5/12")) is None


def test_another_date_of_the_page_shows_which_number_is_the_day() -> None:
    page = "<div><h1>{}</h1><span>04/05/2013</span>{}</div><div class=related>{}</div>"
    assert day_of(page.format(TITLE, TEXT, "24/04/2013")) == date(2013, 5, 4)
    assert day_of(page.format(TITLE, TEXT, "04/24/2013")) == date(2013, 4, 5)
    assert day_of(page.format(TITLE, TEXT, "04/24/2013 24/04/2013")) is None


@pytest.mark.parametrize(
    "body",
    [
        f"<div><h1>Herald</h1><h2>{TITLE}</h2><span>24 May 2013</span>{TEXT}</div>",  # the site's name first
        f"<h1><a href=/><img></a></h1><h1>{TITLE}</h1><i>24 May 2013</i>{TEXT}",
        f"<table><tr><td><b>{TITLE}</b></td></tr><tr><td>24 May 2013</td></tr></table>{TEXT}",  # no heading at all
        f"<div><h2>Friday, 24 May 2013</h2><div><div><a name=7></a><h3>{TITLE}</h3></div></div>{TEXT}</div>",
        f"<div><h1>{TITLE}</h1><div>24 May 2013 (ar)<ul>{'<li>A</li>' * 9}</ul></div>{TEXT}</div>",  # its own text
        f"<div><h1>Archive</h1><div><h2>{TITLE}</h2>24 May 2013, 19:49 |{TEXT}</div></div>",  # text of no element
        f"<div><h1>{TITLE}</h1><p>(24 May 2013) {LONG}</p></div>",
        f"<article><div><time datetime=2013-05-24>Friday</time></div><h1>{TITLE}</h1>{TEXT}</article>",
        f"<h1>{TITLE}</h1><p>{LONG}</p><div class=byline>Ann Roe, 24 May 2013</div>{TEXT}",  # below a summary
        f"<form><h1>{TITLE}</h1><span>24 May 2013</span>{TEXT}</form>",  # the whole page is a form
        f"<div class='widget Blog'><h1>{TITLE}</h1><span>24 May 2013</span>{TEXT}</div>",
        f"<div class=widget><div class=hentry><h3>{TITLE}</h3>"
        "<abbr class=published title=2013-05-24T10:00>10:00</abbr></div>"
        f"</div><div>{TEXT * 9}</div>",
        f"<h1>{TITLE}</h1>{TEXT}<p>This entry was posted on Friday, May 24th, 2013 at 3:04 pm</p>",
        f"<h1>{TITLE}</h1>{TEXT}<p>Dieser Artikel wurde am 24. Mai 2013 um 14:48 von Ann Roe geschrieben</p>",
        f"<h1>{TITLE}</h1>{TEXT}<div>Submitted by <b>ann</b> on 24 May 2013 - 18:55</div>",
        f"<h1>{TITLE}</h1>{TEXT}<ul><li><b>Date</b> 24.05.2013</li></ul>",
        f"<article><h1>{TITLE}</h1>{TEXT}<footer><meta itemprop=datePublished content=2013-05-24></footer></article>",
    ],
)
def test_where_a_day_stands(body: str) -> None:
    assert day_of(body) == DAY


def test_a_day_in_the_title() -> None:
    assert day_of(f"<h1>{TITLE}</h1>{TEXT}", title=f"{TITLE} | Herald | 24.05.2013") == DAY
    assert day_of(f"<h1>The storm of 24.05.2013</h1>{TEXT}", title="The storm of 24.05.2013") is None


@pytest.mark.parametrize(
    "script",
    [
        '<script>var page = {"publishDate": "2013-05-24T10:00:00Z", "other": 1}</script>',
        """<meta name="parsely-page" content='{"title": "Ferry", "pub_date": "2013-05-24T10:00:00Z"}'>""",
        '<script type="application/ld+json">{"@type": "Article", "datePublished": 2013-05-24T06:18:10-03:00}</script>',
        '<meta name="publish_time" value="20130524100000">',
    ],
)
def test_days_in_scripts_and_rarer_meta_elements(script: str) -> None:
    assert day_of(f"<h1>{TITLE}</h1>{TEXT}", head=script) == DAY


def test_scripts_that_disagree_tell_no_day() -> None:
    head = '<script>a = [{"publishDate": "2013-05-24"}, {"publishDate": "2013-05-25"}]</script>'
    assert day_of(f"<h1>{TITLE}</h1>{TEXT}", head=head) is None


def test_the_day_a_record_was_made_counts_least() -> None:
    head = '<meta name="DC.Created" content="2019-05-07">'
    assert day_of(f"<div><h1>{TITLE}</h1><span>24 May 2013</span>{TEXT}</div>", head=head) == DAY
    assert day_of(f"<div><h1>{TITLE}</h1>{TEXT}</div>", head=head) == date(2019, 5, 7)
    assert day_of(f"<div><h1>Welcome</h1>{TEXT}</div>", head=head, title="Herald") is None


@pytest.mark.parametrize(
    "body",
    [
        f"<header id=head><time pubdate>Friday, 24 May 2013</time></header><h1>{TITLE}</h1>{TEXT}",  # the site's clock
        "<h1>News</h1>"
        + "".join(f"<div class=entry><p class=day>{n} May 2013</p><h2>Ferry {n}</h2></div>" for n in (22, 23, 24)),
        "<h1>Our activities</h1><ul>"
        + "".join(f"<li><a href=/{n}><time datetime=2013-05-{n}>{n}</time></a></li>" for n in (22, 23, 24))
        + "</ul>",
        "<h1>Herald</h1><a href=/1><p>Ferry sails again from harbour</p><time datetime=2013-05-24>Friday</time></a>",
        f"<div><h1>{TITLE}</h1><table><tr><td><b>May 24, 2013</b> – June 2, 2013</td></tr></table></div>",
        f"<div class=header-date>Friday, 24 May 2013</div><h1>{TITLE}</h1>{TEXT}",
    ],
)
def test_days_of_something_else(body: str) -> None:
    assert day_of(body) is None


def test_eastern_dates() -> None:
    assert parse_date("2013年05月24日") == parse_date("2013년 5월 24일 10:00") == DAY


def test_a_page_with_a_stray_zero_byte_is_text() -> None:
    page = f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{TEXT * 4}</body></html>".encode()
    (article,) = read_data(page.replace(b"letter", b"let\0ter", 1), ".html", "ferry.html")
    assert isinstance(article, Article)
    assert "letter" in article.text


def test_lists_of_recommendations_and_notices_of_rights_are_left_out() -> None:
    extra = (
        "<h3>Editors’ Recommendations:</h3><ul><li><a href=/1>The north harbour is closed for a year</a></li></ul>"
        "<p>The Wire ™ &amp; © 2013 Herald Network, Inc. All rights reserved.</p><p>Get Herald Business on Twitter</p>"
    )
    page = (
        f"<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1>{TEXT}{extra}</article></body></html>"
    )
    text = parse_html(page, "a", "a").text
    assert LONG in text
    assert not any(word in text for word in ("Recommendations", "closed for a year", "rights reserved", "Twitter"))
