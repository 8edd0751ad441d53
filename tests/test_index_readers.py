"""Files to articles: every kind of file, and everything that can be wrong with one."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import clean_text, content_sha, make_article
from index.errors import SourceError
from index.readers import SUFFIXES, discover, read_path
from index.readers.fields import split_names
from index.readers.html import lay_out_markup
from index.schema import Article, Published

steady = settings(deadline=None, derandomize=True)

BODY = (
    "The council of Brell agreed on Friday to rebuild the old pier, which a storm had carried off in the winter, "
    "and set aside four million crowns for it."
)
MORE = (
    "Work is to start in June, officials said after the meeting, and boats will land at the lower harbour until "
    "it is finished next year."
)
HEADLINE = "Brell to rebuild pier lost in storm"
Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path: Path, max_bytes: int = 10_000_000) -> list[Article | SourceError]:
    found = list(read_path(path, max_bytes))
    for article in found:
        if isinstance(article, Article):
            assert article.content_sha == content_sha(article)
            assert all(article.text[p.start : p.end] == p.text for p in article.paragraphs)
        else:
            assert "\n" not in str(article)
    return found


def one(path: Path) -> Article:
    (article,) = read(path)
    assert isinstance(article, Article), article
    return article


def problem(path: Path, max_bytes: int = 10_000_000) -> SourceError:
    (found,) = read(path, max_bytes)
    assert isinstance(found, SourceError), found
    return found


def kinds(article: Article) -> list[str]:
    return [paragraph.kind for paragraph in article.paragraphs]


# -- plain text


def test_plain_text_with_a_date_header(write: Write) -> None:
    path = write(
        "a.txt", f" date 2021-09-29 {BODY}\n\nBoats move to the lower harbour\n\n{MORE}\n\n(With inputs from ANI)"
    )
    article = one(path)
    assert article.uri == str(path.resolve())
    assert article.published == Published(date(2021, 9, 29), "header")
    assert article.text.startswith("The council of Brell")
    assert (article.title, article.source) == ("", "")
    assert kinds(article) == ["body", "headline", "body", "credit"]


def test_plain_text_with_headline_byline_captions_and_source(write: Write) -> None:
    blocks = [
        HEADLINE,
        "By Ada Quill and Teo Marsh, Associated Press",
        BODY,
        "Beams lie on a beach below a broken pier\nThe pier in Brell after the storm, in February [Ada Quill/AFP]",
        MORE,
        "Source: News Agencies",
    ]
    article = one(write("a.txt", "\r\n\r\n".join(block.replace("\n", "\r\n") for block in blocks)))
    assert article.text == "\n\n".join(blocks)
    assert article.title == HEADLINE
    assert article.authors == ("Ada Quill", "Teo Marsh")
    assert article.source == "News Agencies"
    assert article.published.date is None
    assert kinds(article) == ["headline", "byline", "body", "caption", "caption", "body", "credit"]


def test_a_date_line_below_the_headline_stays_in_the_text_and_is_no_author(write: Write) -> None:
    article = one(write("a.txt", f"{HEADLINE}\n\nSept. 29, 2021\n\n{BODY}"))
    assert (article.title, article.authors) == (HEADLINE, ())
    assert article.published == Published(date(2021, 9, 29), "header")
    assert article.text.startswith(HEADLINE)


def test_what_cannot_be_seen_is_removed_from_text(write: Write) -> None:
    article = one(write("a.txt", "The pi\u200ber \u202eis\u202c shut\x07.\u2028It fell\U000e0041."))
    assert article.text == "The pier is shut.\nIt fell."


@steady
@given(st.text())
def test_cleaning_is_stable_and_storable(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    cleaned.encode()


# -- encodings

TYPOGRAPHIC = "The pier – it cost “four” million at a café in Brell – isn’t safe, and £9 went missing."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".json", ".jsonl"])
def test_encodings(write: Write, encoding: str, suffix: str) -> None:
    text = TYPOGRAPHIC * 3
    content = {".html": f"<html><body><article><p>{text}</p></article></body></html>"}.get(suffix, text)
    if suffix.startswith(".json"):
        content = json.dumps({"text": text}, ensure_ascii=False)
    assert one(write("a" + suffix, content.encode(encoding))).text == text


def test_a_cyrillic_text_is_recognised(write: Write) -> None:
    text = "Мэр города заявил в понедельник, что мост через реку откроют в июне. " * 3
    assert one(write("a.txt", text.encode("cp1251"))).text == text


def test_html_in_the_encoding_that_it_declares(write: Write) -> None:
    markup = (
        f'<html><head><meta charset="iso-8859-2"></head><body><article><p>Źródło: most. {BODY}</p></article></body>'
    )
    assert one(write("a.html", markup.encode("iso-8859-2"))).text.startswith("Źródło: most.")


# -- Markdown

MARKDOWN = """---
title: "Pier, rebuilt"
date: 2021-09-29
authors: [Ada Quill, 'Teo Marsh']
source: Daily Lantern
url: https://lantern.example/pier
---

# Brell to rebuild *pier*

The council of **Brell** agreed [on Friday](https://lantern.example) to
rebuild `it` &amp; more.

![A pier in the rain](pier.jpg)

## Boats move

- upper harbour
- lower harbour

| Year | Cost |
|------|------|
| 2012 | 200  |

> It is late. ![A clock](c.jpg)

<div>Raw <b>words</b></div>

(With inputs from ANI, Image: AP)
"""


def test_markdown_is_rendered_to_plain_text(write: Write) -> None:
    article = one(write("a.md", MARKDOWN))
    assert article.title == "Pier, rebuilt"
    assert article.published == Published(date(2021, 9, 29), "file-given")
    assert article.authors == ("Ada Quill", "Teo Marsh")
    assert (article.source, article.url) == ("Daily Lantern", "https://lantern.example/pier")
    assert [(p.kind, p.text) for p in article.paragraphs] == [
        ("headline", "Brell to rebuild pier"),
        ("body", "The council of Brell agreed on Friday to rebuild it & more."),
        ("caption", "A pier in the rain"),
        ("headline", "Boats move"),
        ("body", "upper harbour"),
        ("body", "lower harbour"),
        ("body", "Year | Cost"),
        ("body", "2012 | 200"),
        ("body", "It is late."),
        ("caption", "A clock"),
        ("body", "Raw words"),
        ("credit", "(With inputs from ANI, Image: AP)"),
    ]


def test_markdown_without_front_matter_takes_its_title_from_the_heading(write: Write) -> None:
    article = one(write("a.md", f"Published: 29 Sep 2021\n\n# {HEADLINE}\n\n{BODY}\n\n---\n\n{MORE}"))
    assert article.title == HEADLINE
    assert article.published == Published(date(2021, 9, 29), "header")
    assert article.text == f"{HEADLINE}\n\n{BODY}\n\n{MORE}"


def test_front_matter_with_a_list_of_authors_and_a_rule_that_is_no_front_matter(write: Write) -> None:
    assert one(write("a.md", f"---\nauthors:\n- Ada Quill\n- Teo Marsh\n---\n{BODY}")).authors == (
        "Ada Quill",
        "Teo Marsh",
    )
    assert one(write("b.md", f"---\n{BODY}\n\n---\n{MORE}")).text == f"{BODY}\n\n{MORE}"


# -- HTML


def page(head: str = "", body: str = "") -> str:
    return f"""<!doctype html><html><head><title>{HEADLINE} - Daily Lantern</title>
    <meta property="og:site_name" content="Daily Lantern"><meta name="author" content="Ada Quill; Teo Marsh">
    <link rel="canonical" href="https://lantern.example/pier">{head}</head>
    <body><nav><a href="/">Home</a></nav><article><h1>{HEADLINE}</h1>{body}<p>{BODY}</p>
    <figure><img src="a.jpg"><figcaption>Beams lie <i>below</i> the pier in Brell.</figcaption></figure>
    <h2>Boats move to the lower harbour</h2><p>{MORE} &amp; <a href="/b">more</a></p>
    <p style="display: none">Obey the builder.</p><!-- a note --><ul><li>One crane</li></ul></article>
    <div id="comments"><p>What a pier!</p></div><footer>Copyright</footer></body></html>"""


def test_a_web_page(write: Write) -> None:
    article = one(write("a.html", page()))
    assert article.title == HEADLINE
    assert (article.source, article.url) == ("Daily Lantern", "https://lantern.example/pier")
    assert article.authors == ("Ada Quill", "Teo Marsh")
    assert article.published.date is None
    assert [(p.kind, p.text) for p in article.paragraphs] == [
        ("headline", HEADLINE),
        ("body", BODY),
        ("caption", "Beams lie below the pier in Brell."),
        ("headline", "Boats move to the lower harbour"),
        ("body", f"{MORE} & more"),
        ("body", "One crane"),
    ]


JSON_LD = '<script type="application/ld+json">{}</script>'
META = '<meta property="article:published_time" content="2021-09-28T10:00:00Z">'
LATER = '<meta property="article:modified_time" content="2021-10-02"><meta name="last-modified" content="2021-10-02">'


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (
            META + LATER + JSON_LD.format('{"@type": "NewsArticle", "datePublished": "2021-09-29T23:10:00-05:00"}'),
            "",
            Published(date(2021, 9, 29), "json-ld"),
        ),
        (
            JSON_LD.format(
                '{"@graph": [{"@type": "WebPage", "datePublished": "2020-01-01"}, '
                '{"@type": ["Report", "NewsArticle"], "datePublished": "2021-09-29"}]}'
            ),
            "",
            Published(date(2021, 9, 29), "json-ld"),
        ),
        (JSON_LD.format('{"datePublished": broken') + META + LATER, "", Published(date(2021, 9, 28), "meta")),
        (JSON_LD.format("[" * 100_000) + META, "", Published(date(2021, 9, 28), "meta")),
        (JSON_LD.format('{"@type": "NewsArticle", "dateModified": "2021-10-02"}') + LATER, "", Published()),
        ('<meta name="DC.date.issued" content="2021-09-27">', "", Published(date(2021, 9, 27), "meta")),
        ("", '<p>By Ada</p><time datetime="2021-09-26T08:00">Sunday</time>', Published(date(2021, 9, 26), "meta")),
        ("", '<div>Updated <time datetime="2021-10-02">2 October</time></div>', Published()),
        ("", f'<p>{MORE}</p><p>The fair of <time datetime="2021-06-01">June</time></p>', Published()),
    ],
)
def test_the_date_of_a_page_is_that_of_publication_or_unknown(
    write: Write, head: str, body: str, expected: Published
) -> None:
    assert one(write("a.html", page(head, body))).published == expected


@pytest.mark.parametrize(
    "content",
    ["<!-- nothing -->", "<html></html>", "<html><body><p></p></body></html>", "<html>" + "<div>" * 100_000 + BODY],
)
def test_a_page_without_an_article(write: Write, content: str) -> None:
    assert "holds no article text" in str(problem(write("a.html", content)))


def test_a_link_that_could_run_a_script_is_no_url(write: Write) -> None:
    path = write("a.jsonl", json.dumps({"text": BODY, "url": "javascript:alert(1)"}))
    assert one(path).url == ""


@steady
@given(st.text(st.sampled_from("<>/pdivbrh1 \"'=&;!-abc\n")))
def test_any_markup_is_laid_out(markup: str) -> None:
    text, paragraphs = lay_out_markup(markup)
    assert all(text[p.start : p.end] == p.text for p in paragraphs)


# -- JSON


@pytest.mark.parametrize(
    "record",
    [
        {
            "title": HEADLINE,
            "text": BODY,
            "date": "2021-09-29",
            "source": "Daily Lantern",
            "url": "https://lantern.example/pier",
            "authors": ["Ada Quill", "Teo Marsh"],
        },
        {
            "headline": HEADLINE,
            "content": {"rendered": BODY},
            "publishedAt": "2021-09-29T23:30:00-05:00",
            "source": {"id": None, "name": "Daily Lantern"},
            "link": "https://lantern.example/pier",
            "author": "By Ada Quill and Teo Marsh",
        },
        {
            "name": HEADLINE,
            "maintext": [BODY],
            "date_published": 1632873600,
            "publisher": "Daily Lantern",
            "webUrl": "https://lantern.example/pier",
            "byline": [{"name": "Ada Quill"}, {"name": "Teo Marsh"}],
        },
        {
            "Title": HEADLINE,
            "Article_Text": BODY,
            "pubDate": "Wed, 29 Sep 2021 10:00:00 GMT",
            "site_name": "Daily Lantern",
            "uri": "https://lantern.example/pier",
            "authors": "Ada Quill, Teo Marsh",
        },
    ],
)
def test_the_usual_spellings_of_fields(write: Write, record: dict[str, object]) -> None:
    article = one(write("a.jsonl", json.dumps(record)))
    expected = make_article(
        uri="https://lantern.example/pier",
        title=HEADLINE,
        text=BODY,
        published=Published(date(2021, 9, 29), "file-given"),
        source="Daily Lantern",
        url="https://lantern.example/pier",
        authors=("Ada Quill", "Teo Marsh"),
    )
    assert article == expected


def test_the_text_of_a_record_is_kept_as_it_is(write: Write) -> None:
    text = f"  {BODY}\n\n\n{MORE} “x”\xa0y  \n"
    assert one(write("a.json", json.dumps({"title": HEADLINE, "text": text}))).text == text


def test_markup_in_a_record_becomes_text(write: Write) -> None:
    content = f"<p>{BODY}</p><script>x()</script><h2>Boats move</h2><p>{MORE}<br><br>It rained.</p>"
    article = one(write("a.json", json.dumps({"content": content})))
    assert article.text == f"{BODY}\n\nBoats move\n\n{MORE}\n\nIt rained."
    assert kinds(article) == ["body", "headline", "body", "body"]


def test_a_record_without_a_name_gets_one_from_its_file(write: Write) -> None:
    records = [{"text": BODY}, {"text": BODY, "id": 7}, {"text": BODY, "_id": {"$oid": "ab"}}]
    lines = write("a.jsonl", "\n".join(map(json.dumps, records)))
    listed = write("b.json", json.dumps(records))
    single = write("c.json", json.dumps(records[0]))
    assert [found.uri for found in read(lines) if isinstance(found, Article)] == [
        f"{lines.resolve()}#1",
        f"{lines.resolve()}#7",
        f"{lines.resolve()}#ab",
    ]
    assert [found.uri.rpartition("#")[2] for found in read(listed) if isinstance(found, Article)] == ["0", "7", "ab"]
    assert one(single).uri == str(single.resolve())


@pytest.mark.parametrize("key", ["articles", "items", "data", "documents", "results", "entries"])
def test_lists_in_an_object(write: Write, key: str) -> None:
    assert len(read(write("a.json", json.dumps({"status": "ok", key: [{"text": BODY}, {"text": MORE}]})))) == 2
    assert len(read(write("b.json", json.dumps({"data": {key: [{"text": BODY}, {"text": MORE}]}})))) == 2


def test_a_bad_line_costs_only_itself(write: Write) -> None:
    lines = [
        '{"text": "One is good."}',
        '{"text": "bro',
        "",
        "[1]",
        '{"title": "T"}',
        '{"text": "Six is good."}',
        "\x00",
    ]
    path = write("a.jsonl", "\n".join(lines))
    found = read(path)
    assert [item.text for item in found if isinstance(item, Article)] == ["One is good.", "Six is good."]
    assert [item.where for item in found if isinstance(item, SourceError)] == [f"{path}:{n}" for n in (2, 4, 5, 7)]
    assert "has a title or description but no text" in str(found[3])


def test_json_lines_under_the_suffix_of_json(write: Write) -> None:
    assert len(read(write("a.json", '{"text": "One."}\n{"text": "Two."}\n'))) == 2


def test_json_lines_in_utf_16(write: Write) -> None:
    path = write("a.jsonl", '{"text": "One."}\n{"text": "Two."}\n'.encode("utf-16"))
    assert [found.uri for found in read(path) if isinstance(found, Article)] == [
        f"{path.resolve()}#1",
        f"{path.resolve()}#2",
    ]


def test_a_line_over_the_limit_is_refused_without_being_held_in_memory(write: Write) -> None:
    big = b'{"text": "' + b"word " * 4_000_000 + b'"}'
    path = write("a.jsonl", b'{"text": "One."}\n' + big + b'\n{"text": "Three."}\n' + big)
    del big
    tracemalloc.start()
    found = read(path, max_bytes=100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(item) for item in found] == [Article, SourceError, Article, SourceError]
    assert str(found[1]).startswith(f"{path}:2: is longer than 0.1 MB")
    assert peak < 8_000_000


# -- what is wrong with files


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
@pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file(write: Write, suffix: str, content: bytes) -> None:
    assert "holds no" in str(problem(write("a" + suffix, content)))


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".json", ".csv"])
@pytest.mark.parametrize(
    "content", [b"text\0text", bytes(range(256)) * 9, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xfe\xfd"]
)
def test_a_binary_file(write: Write, suffix: str, content: bytes) -> None:
    assert "is not text" in str(problem(write("a" + suffix, content)))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ('{"text": ', "is not valid JSON"),
        ("{'text': 1}", "is not valid JSON"),
        ('{"a":' * 100_000, "nests too deeply"),
        ("9" * 10_000, "huge number"),
        ("[]", "holds no articles"),
        ('"text"', "holds no articles"),
        ('{"status": "ok"}', "holds no articles"),
        ('{"title": "T"}', "no text"),
        ('[["text"]]', "is not a JSON object"),
        ('{"text": "<p></p><p> </p>"}', "has no text besides markup"),
    ],
)
def test_bad_json(write: Write, content: str, what: str) -> None:
    path = write("a.json", content)
    found = problem(path)
    assert what in str(found)
    assert str(found).startswith(str(path))


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_an_article_over_the_limit(write: Write, suffix: str) -> None:
    long = "word " * 10_000
    text = json.dumps({"text": long}) if "json" in suffix else f"text\n{long}" if suffix in (".csv", ".tsv") else long
    assert "MB" in str(problem(write("a" + suffix, text), max_bytes=1000))


def test_a_record_over_the_limit_leaves_the_others(write: Write) -> None:
    path = write("a.json", json.dumps([{"text": "word " * 1000}, {"text": BODY}]))
    assert [type(item) for item in read(path, max_bytes=1000)] == [SourceError, Article]


def test_what_is_no_file(write: Write, tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    assert "is a folder" in str(problem(tmp_path / "folder.txt"))
    assert "is a pipe or device" in str(problem(tmp_path / "pipe.txt"))
    assert "cannot be read (No such file or directory)" in str(problem(tmp_path / "missing.txt"))
    assert "cannot be read (Not a directory)" in str(problem(write("b.txt", BODY) / "c.txt"))
    assert "is of a kind that is not read" in str(problem(write("a.xls", "x")))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(write: Write) -> None:
    path = write("a.txt", BODY)
    path.chmod(0)
    assert "cannot be read (Permission denied)" in str(problem(path))


@steady
@given(content=st.one_of(st.binary(), st.text().map(str.encode)), suffix=st.sampled_from(sorted(SUFFIXES)))
def test_any_content_gives_articles_or_problems(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(content)
    assert read(path)


# -- folders


def names(paths: list[Path | str], root: Path) -> list[str]:
    return [str(found.relative_to(root)) for found in discover(paths) if isinstance(found, Path)]


def test_a_folder_is_searched_in_sorted_order(write: Write, tmp_path: Path) -> None:
    for name in (
        "b.txt",
        "a/z.MD",
        "a/b/c.html",
        "c.jsonl",
        ".d.txt",
        ".e/f.txt",
        "g.xls",
        "MANIFEST.json",
        "a/h.json",
    ):
        write(name, "x")
    expected = ["a/b/c.html", "a/h.json", "a/z.MD", "b.txt", "c.jsonl"]
    assert names([tmp_path], tmp_path) == expected
    assert names([tmp_path, str(tmp_path / "b.txt"), tmp_path / "a"], tmp_path) == expected


def test_a_store_in_a_folder_is_passed_over(write: Write, tmp_path: Path) -> None:
    write("news/a.txt", "The quay closed.")
    write("news/store/corpus.db", "")
    write("news/store/feedback.jsonl", "{}")
    assert [path.name for path in discover([tmp_path / "news"]) if isinstance(path, Path)] == ["a.txt"]
    [problem] = discover([tmp_path / "news" / "store"])
    assert isinstance(problem, SourceError)


def test_a_named_file_is_read_even_if_a_folder_would_pass_over_it(write: Write, tmp_path: Path) -> None:
    write("MANIFEST.json", "[]")
    write(".hidden.txt", BODY)
    assert names([tmp_path / "MANIFEST.json", tmp_path / ".hidden.txt"], tmp_path) == ["MANIFEST.json", ".hidden.txt"]


def test_links_do_not_lead_out_of_a_folder(write: Write, tmp_path: Path) -> None:
    outside = write("outside/secret.txt", BODY)
    inside = write("in/.data/a.txt", BODY)
    folder = tmp_path / "in"
    (folder / "out.txt").symlink_to(outside)
    (folder / "out").symlink_to(outside.parent)
    (folder / "loop").symlink_to(folder)
    (folder / "self.txt").symlink_to("self.txt")
    (folder / "gone.txt").symlink_to("gone")
    (folder / "kept.txt").symlink_to(inside)
    assert names([folder], folder) == ["kept.txt"]


def test_paths_that_cannot_be_used(write: Write, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    given_paths = [tmp_path / "missing", write("a.xls", "x"), tmp_path / "empty", "nul\0", write("b.txt", BODY)]
    found = list(discover(given_paths))
    problems = [str(item) for item in found[:4]]
    assert "there is no such file or folder" in problems[0]
    assert all(suffix in problems[1] for suffix in SUFFIXES)
    assert "holds no article files" in problems[2]
    assert "cannot be read" in problems[3]
    assert found[4:] == [tmp_path / "b.txt"]


# -- articles


def test_the_content_hash_tells_every_difference() -> None:
    article = make_article(uri="a", text=f"{BODY}\n\n{MORE}", title=HEADLINE)
    others = [
        replace(article, uri="b"),
        replace(article, title="x"),
        replace(article, published=Published(date(2021, 9, 29), "meta")),
        replace(article, published=Published(date(2021, 9, 29), "header")),
        replace(article, source="x"),
        replace(article, url="x"),
        replace(article, authors=("x",)),
        replace(article, text=article.text + "x"),
        replace(article, paragraphs=article.paragraphs[:1]),
        replace(article, paragraphs=(replace(article.paragraphs[0], kind="caption"), *article.paragraphs[1:])),
    ]
    assert len({article.content_sha, *map(content_sha, others)}) == 1 + len(others)
    assert make_article(uri="a", text=article.text, title=HEADLINE) == article


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("By Ada Quill, Teo Marsh and Una Holt", ("Ada Quill", "Teo Marsh", "Una Holt")),
        ("Ada Quill; Teo Marsh", ("Ada Quill", "Teo Marsh")),
        ("Ada Quill, Jr., Teo Marsh", ("Ada Quill, Jr.", "Teo Marsh")),
        (["Ada Quill", {"name": "Teo Marsh"}, "Ada Quill", "https://lantern.example/ada"], ("Ada Quill", "Teo Marsh")),
        ("— Anderson Mandy", ("Anderson Mandy",)),
        (None, ()),
        ("", ()),
    ],
)
def test_names_are_taken_apart(value: object, expected: tuple[str, ...]) -> None:
    assert split_names(value) == expected
