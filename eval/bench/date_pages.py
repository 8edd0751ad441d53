"""Web pages in the markup of many content systems, for measuring how well publication dates are read.

The markup follows what the systems write; names, texts and days are invented. A template may use the fields of
``_fields``; those marked UNKNOWN tell no day of publication, and the right answer is none.
"""

# ruff: noqa: E501 - a template is one line

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

SAVED = date(2024, 6, 14)
"""The day on which the pages were saved: some show it."""

UNKNOWN = frozenset(("modified-only", "events-only", "related-only", "copyright-only", "masthead-only", "future-meta", "epoch"))

# name -> language, head, body
TEMPLATES: dict[str, tuple[str, str, str]] = {
    "wordpress-yoast": ("en-US", '<meta property="article:published_time" content="{iso}T09:12:00+00:00"><meta property="article:modified_time" content="{mod}T10:00:00+00:00"><script type="application/ld+json" class="yoast-schema-graph">{{"@context":"https://schema.org","@graph":[{{"@type":"Article","headline":"{title}","datePublished":"{iso}T09:12:00+00:00","dateModified":"{mod}T10:00:00+00:00"}},{{"@type":"WebPage","name":"{title}","datePublished":"{iso}T09:12:00+00:00"}},{{"@type":"WebSite","name":"{site}"}}]}}</script>', '<article><header><h1 class="entry-title">{title}</h1><div class="entry-meta"><time class="entry-date published" datetime="{iso}T09:12:00+00:00">{long}</time></div></header>{text}</article>{related}{comments}'),
    "wordpress-theme": ("en-US", "", '<article><h1 class="entry-title">{title}</h1><span class="posted-on">Posted on <time class="entry-date published" datetime="{iso}T09:12:00+00:00">{long}</time><time class="updated" datetime="{mod}T10:00:00+00:00">{mod_long}</time></span>{text}</article>{related}{comments}'),
    "wordpress-one-time": ("en-GB", "", '<article><h1>{title}</h1><time class="entry-date published updated" datetime="{iso}T09:12:00+00:00">{dmy}</time>{text}</article>{related}'),
    "wordpress-old": ("en", "", '<div id="content"><div class="post" id="post-12"><h1>{title}</h1><small>{weekday}, {long}</small>{text}</div>{comments}</div>{related}'),
    "wordpress-rankmath": ("en-US", '<script type="application/ld+json" class="rank-math-schema">{{"@graph":[{{"@type":"BlogPosting","headline":"{title}","datePublished":"{iso}T08:00:00-05:00","dateModified":"{mod}T08:00:00-05:00","isPartOf":{{"@type":"WebPage","datePublished":"{old}"}}}}]}}</script>', "<main><h1>{title}</h1>{text}</main>{related}"),
    "arc": ("en", '<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}","dateModified":"{mod}T12:00:00.000Z","datePublished":"{iso}T12:00:00.000Z"}}</script>', '<main><article><h1>{title}</h1><span data-testid="display-date">{long} at 8:00 a.m. EDT</span>{text}</article></main>{related}'),
    "arc-fusion": ("en", "<script>Fusion.globalContent={{\"display_date\":\"{iso}T12:00:00Z\",\"publish_date\":\"{mod}T12:00:00Z\"}}</script>", '<main><h1>{title}</h1><time class="b-date" datetime="{iso}T12:00:00Z">{long}</time>{text}</main>{related}'),
    "drupal-7": ("en", '<meta name="dcterms.date" content="{iso}T11:00-04:00"><meta name="dcterms.modified" content="{mod}T11:00-04:00">', '<div class="node"><h1>{title}</h1><span property="dc:date dc:created" content="{iso}T11:00:00-04:00" datatype="xsd:dateTime">{num_us} - 11:00</span>{text}</div>{comments}'),
    "drupal-9": ("en", "", '<article class="node node--type-article"><h1><span property="schema:name">{title}</span></h1><div class="node__meta">By <span>editor</span> on <span property="schema:dateCreated" content="{iso}T11:00:00+00:00">{weekday}, {num_us} - 11:00</span></div>{text}</article>{related}'),
    "blox": ("en", '<meta name="robots" content="all"><script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}","datePublished":"{iso}T17:00:00-05:00","dateModified":"{mod}T17:00:00-05:00"}}</script>', '<article class="asset"><h1 class="headline"><span>{title}</span></h1><ul class="list-inline"><li><time datetime="{iso}T17:00:00-05:00" class="tnt-date asset-date">{long}</time></li><li>Updated <time datetime="{mod}T17:00:00-05:00">{mod_long}</time></li></ul>{text}</article>{related}'),
    "blox-no-ld": ("en", "", '<article class="asset"><h1 class="headline">{title}</h1><ul class="list-inline"><li class="hidden-print"><time datetime="{iso}T17:00:00-05:00" class="tnt-date asset-date text-muted">{long}</time></li></ul>{text}</article>{related}'),
    "gannett": ("en-US", '<script type="application/ld+json">[{{"@type":"BreadcrumbList"}},{{"@type":"NewsArticle","headline":"{title}","datePublished":"{iso}T15:01:00Z","dateModified":"{mod}T16:20:00Z"}}]</script>', '<main><h1 class="gnt_ar_hl">{title}</h1><div class="gnt_ar_dt" aria-label="Published 11:01 a.m. ET {month} {d}, {y} Updated 12:20 p.m. ET {mod_long}"></div>{text}</main>{related}'),
    "gannett-visible": ("en-US", "", '<main><h1>{title}</h1><div class="gnt_ar_dt">Published 11:01 a.m. ET {long} | Updated 12:20 p.m. ET {mod_long}</div>{text}</main>{related}'),
    "bbc": ("en-GB", '<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}","datePublished":"{iso}T07:44:12.000Z","dateModified":"{iso}T07:44:12.000Z"}}</script>', '<main><article><h1>{title}</h1><time datetime="{iso}T07:44:12.000Z">{dmy}</time>{text}</article></main>{related}'),
    "bbc-old": ("en-GB", '<meta name="OriginalPublicationDate" content="{y}/{m}/{dd} 10:12:05">', '<div class="story"><span class="story-date"><span class="date">{dmy}</span> <span class="time">Last updated at 10:12 GMT</span></span><h1 class="story-header">{title}</h1>{text}</div>{related}'),
    "cnn": ("en", '<meta name="pubdate" content="{iso}T20:24:08Z"><meta name="lastmod" content="{mod}T20:24:08Z">', '<h1>{title}</h1><p class="update-time">Updated 2024 GMT (0424 HKT) {mod_long}</p>{text}{related}'),
    "cnn-visible": ("en", "", '<h1 class="headline__text">{title}</h1><div class="headline__footer"><div class="timestamp">Published 4:24 PM EDT, {weekday} {long}</div></div>{text}{related}'),
    "guardian": ("en-GB", '<meta property="article:published_time" content="{iso}T12:01:20.000Z"><meta property="article:modified_time" content="{mod}T05:00:00.000Z">', '<article><h1>{title}</h1><details><summary>{wd} {dmy_short} 13.01 BST</summary>Last modified on {mod_dmy} 06.00 BST</details>{text}</article>{related}'),
    "nyt": ("en-US", '<meta property="article:published_time" content="{iso}T19:00:00.000Z"><script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}","datePublished":"{iso}T19:00:00.000Z","dateModified":"{mod}T02:00:00.000Z"}}</script>', "<article><h1>{title}</h1><time>{long}</time>{text}</article>{related}"),
    "nyt-old": ("en", '<meta name="pdate" content="{y}{m}{dd}"><meta name="byl" content="By A. Writer">', '<h1>{title}</h1><h6 class="byline">By A. WRITER</h6><h6 class="dateline">Published: {long}</h6>{text}{related}'),
    "reuters": ("en", '<meta name="article:published_time" content="{iso}T05:06:07Z">', '<article><h1>{title}</h1><time><span>{long}</span><span>5:06 AM UTC</span><span>Updated ago</span></time>{text}</article>{related}'),
    "reuters-old": ("en", '<meta name="REVISION_DATE" content="{wd} {mon} {dd} 10:00:00 UTC {y}">', '<div><h1>{title}</h1><div class="ArticleHeader_date">{long} / 10:06 AM</div>{text}</div>{related}'),
    "ap": ("en", '<meta property="article:published_time" content="{iso}T22:00:00Z">', '<div><h1>{title}</h1><bsp-timestamp data-timestamp="1"></bsp-timestamp>{text}</div>{related}'),
    "ap-dateline-year": ("en", "", "<main><h1>{title}</h1><p>LARKFORD, {month} {d}, {y} (AP) — {lead}</p>{text}</main>{related}"),
    "substack": ("en", '<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}","datePublished":"{iso}T11:30:00+00:00","isAccessibleForFree":true}}</script>', '<article><h1 class="post-title">{title}</h1><div class="meta">{mon} {dd}, {y}</div>{text}</article>{comments}'),
    "medium": ("en", '<meta property="article:published_time" content="{iso}T11:30:00.000Z">', '<article><h1>{title}</h1><span>{mon} {d}, {y}</span> · <span>6 min read</span>{text}</article>{related}'),
    "medium-visible": ("en", "", '<article><h1>{title}</h1><div><span>6 min read</span><span>·</span><span>{mon} {d}, {y}</span></div>{text}</article>{related}'),
    "ghost": ("en", '<meta property="article:published_time" content="{iso}T11:30:00.000Z"><meta property="article:modified_time" content="{mod}T11:30:00.000Z">', '<article><h1>{title}</h1><time class="byline-meta-date" datetime="{iso}">{mon} {d}, {y}</time>{text}</article>{related}'),
    "blogger": ("en", "", "<h2 class='date-header'><span>{weekday}, {long}</span></h2><div class='post hentry'><h1 class='post-title entry-title'>{title}</h1>{text}<span class='post-timestamp'>at <a href='#'><abbr class='published' title='{iso}T10:00:00-07:00'>10:00 AM</abbr></a></span></div>{comments}"),
    "blogger-microdata": ("en", "", "<div itemscope itemtype='http://schema.org/BlogPosting'><h1 itemprop='name'>{title}</h1>{text}<meta itemprop='datePublished' content='{iso}T10:00:00-07:00'></div>{comments}"),
    "joomla": ("en-GB", "", '<div class="item-page"><h1 itemprop="headline">{title}</h1><dl class="article-info"><dt>Details</dt><dd class="published"><time datetime="{iso}T08:00:00+00:00" itemprop="datePublished">Published: {dmy}</time></dd><dd class="modified"><time datetime="{mod}T08:00:00+00:00" itemprop="dateModified">Last Updated: {mod_dmy}</time></dd></dl>{text}</div>{related}'),
    "joomla-visible": ("en-GB", "", '<div class="item-page"><h1>{title}</h1><dl class="article-info"><dd class="create">Created: {dmy}</dd><dd class="modified">Last Updated: {mod_dmy}</dd></dl>{text}</div>'),
    "handmade-font": ("en", "", '<h1>{title}</h1><center><font size="2">{long}</font></center>{text}<hr><font size="1">Copyright {y2}. Page last updated {mod_long}</font>'),
    "handmade-table": ("en", "", '<table><tr><td><h1>{title}</h1></td></tr><tr><td><b>By Ann Roe, {long}</b></td></tr><tr><td>{text}</td></tr></table>'),
    "handmade-above": ("en", "", "<div id=main><p><i>Published {dmy}</i></p><h1>{title}</h1>{text}</div>"),
    "handmade-below": ("en", "", "<article><h1>{title}</h1>{text}<p><i>First published: {dmy}</i></p></article>"),
    "amp": ("en", '<script type="application/ld+json">{{"@type":"NewsArticle","mainEntityOfPage":"https://{site}/x","headline":"{title}","datePublished":"{iso}T10:00:00Z","dateModified":"{mod}T10:00:00Z"}}</script>', "<article><h1>{title}</h1>{text}</article><amp-list>{related}</amp-list>"),
    "print-view": ("en", "", "<h1>{title}</h1><p>By Ann Roe</p><p>{long}</p>{text}<p>Printed from {site} on {now_long}</p>"),
    "wayback": ("en", "", '<div id="wm-ipp-base"><span>Captured {now_long}</span></div><article><h1>{title}</h1><p class="date">{long}</p>{text}</article>{related}'),
    "today-masthead": ("en", "", '<div class="masthead"><span class="date">{now_wd}, {now_long}</span></div><h1>{title}</h1><div class="byline">By Ann Roe | {long}</div>{text}{related}'),
    "several-articles": ("en", '<script type="application/ld+json">[{{"@type":"NewsArticle","headline":"Another thing entirely","datePublished":"{old}"}},{{"@type":"NewsArticle","headline":"{title}","datePublished":"{iso}"}}]</script>', "<h1>{title}</h1>{text}{related}"),
    "item-list": ("en", '<script type="application/ld+json">{{"@type":"ItemList","itemListElement":[{{"@type":"NewsArticle","headline":"Another thing","datePublished":"{old}"}}]}}</script><meta name="date" content="{iso}">', "<h1>{title}</h1>{text}{related}"),
    "broken-ld": ("en", '<script type="application/ld+json">{{"@type":"NewsArticle","headline":"He said "no"","datePublished":"{iso}T10:00:00Z"}}</script>', "<h1>{title}</h1>{text}{related}"),
    "cdata-ld": ("en", '<script type="application/ld+json">//<![CDATA[\n{{"@type":"NewsArticle","headline":"{title}","datePublished":"{iso}"}}\n//]]></script>', "<h1>{title}</h1>{text}"),
    "comment-ld": ("en", '<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}","comment":[{{"@type":"Comment","datePublished":"{mod}"}}],"datePublished":"{iso}"}}</script>', "<h1>{title}</h1>{text}{comments}"),
    "parsely": ("en", '<meta name="parsely-pub-date" content="{iso}T04:00:00Z">', "<h1>{title}</h1>{text}{related}"),
    "sailthru": ("en", '<meta name="sailthru.date" content="{wd}, {dd} {mon} {y} 10:00:00 -0400">', "<h1>{title}</h1>{text}{related}"),
    "dublin-core": ("en", '<meta name="DC.date.issued" content="{iso}">', "<h1>{title}</h1>{text}"),
    "url-only": ("en", '<link rel="canonical" href="https://{site}/news/{y}/{m}/{dd}/a-story"><meta property="og:url" content="https://{site}/news/{y}/{m}/{dd}/a-story">', "<h1>{title}</h1>{text}{related}"),
    "url-and-dateline": ("en", '<link rel="canonical" href="https://{site}/{y}/{m}/{dd}/a-story">', "<h1>{title}</h1><p>LARKFORD, {mon_dot} {d} (Agency) - {lead}</p>{text}{related}"),
    "epoch-meta": ("en", '<meta property="article:published_time" content="1970-01-01T00:00:00Z">', '<article><h1>{title}</h1><p class="byline">Published on {long}</p>{text}</article>'),
    "build-date": ("en", '<meta name="build" content="2024-05-01"><meta name="generator" content="Site 2023-11-02">', '<article><h1>{title}</h1><p class="byline">Posted {dmy}</p>{text}</article>'),
    "div-date": ("en", "", '<article><h1>{title}</h1><div class="article__date">{wd} {dmy}, 10:30</div>{text}</article>{related}'),
    "span-updated-first": ("en-GB", "", '<article><h1>{title}</h1><p>Updated: {mod_dmy} 10:30 | Published: {dmy} 08:15</p>{text}</article>'),
    "india": ("en-IN", "", '<div><h1>{title}</h1><div class="auth">Written by Ann Roe | Larkford | {long} 10:15 IST</div>{text}</div>{related}'),
    "numeric-gb": ("en-GB", "", '<h1>{title}</h1><p class="date">{num_eu}</p>{text}'),
    "german": ("de-DE", "", '<article><h1>{title}</h1><span class="datum">{d}. {month_de} {y}, 10:15 Uhr</span>{text}</article>{related}'),
    "german-numeric": ("de", "", '<article><h1>{title}</h1><p>Stand: {dd}.{m}.{y} 10:15 Uhr</p>{text}</article>'),
    "french": ("fr", "", '<article><h1>{title}</h1><p class="meta">Publié le {d} {month_fr} {y} à 10h15, mis à jour le {mod_fr}</p>{text}</article>{related}'),
    "spanish": ("es-ES", "", '<article><h1>{title}</h1><p>Publicado el {d} de {month_es} de {y}</p>{text}</article>{related}'),
    "modified-only": ("en", '<meta property="article:modified_time" content="{mod}T10:00:00Z"><script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}","dateModified":"{mod}"}}</script>', "<article><h1>{title}</h1><p>Last updated {mod_long}</p>{text}</article>"),
    "events-only": ("en", "", "<article><h1>{title}</h1><p>The fair opens on {now_long} and was last held on {old_long}, the council of the town said in its letter to residents.</p>{text}</article>"),
    "related-only": ("en", "", "<article><h1>{title}</h1>{text}</article>{related}{comments}"),
    "copyright-only": ("en", '<meta name="copyright" content="{y2}">', "<article><h1>{title}</h1>{text}</article><footer>© 2010-{y2} {site}</footer>"),
    "masthead-only": ("en", "", '<div class="header-date">{now_wd}, {now_long}</div><h1>{title}</h1>{text}'),
    "future-meta": ("en", '<meta property="article:published_time" content="2091-01-01T00:00:00Z">', "<article><h1>{title}</h1>{text}</article>"),
    "epoch": ("en", '<script type="application/ld+json">{{"@type":"NewsArticle","headline":"{title}","datePublished":"0001-01-01T00:00:00Z"}}</script><meta name="date" content="1970-01-01">', "<article><h1>{title}</h1>{text}</article>"),
}

_PEOPLE = ("Ann Roe", "Otto Lind", "Mara Pell", "Idris Vane", "Lena Holt")
_THINGS = ("harbour wall", "night ferry", "grain store", "tram line", "water tower")
_DEEDS = ("reopens after the long repair", "is closed for the winter", "costs more than was planned", "wins a prize")
_SITES = ("larkford-post.example", "coastal-herald.example", "the-lantern.example")
_DE = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
_FR = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_ES = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()


@dataclass(frozen=True, slots=True)
class DatedPage:
    """A page and the day on which its article was published; None when the page does not tell it."""

    template: str
    language: str
    html: str
    published: date | None


def make_pages(variants: int = 5, seed: int = 20240614) -> Iterator[DatedPage]:
    """Yield ``variants`` pages of each template, always the same ones for a seed."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    for name, (language, head, body) in TEMPLATES.items():
        for _ in range(variants):
            day = date(2006, 1, 1) + timedelta(days=draw.randrange(6600))
            fields = _fields(draw, day)
            html = (
                f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{fields["title"]} - '
                f"{fields['site']}</title>{head.format_map(fields)}</head><body>{body.format_map(fields)}"
                f"<footer>© {SAVED.year} {fields['site']}. All rights reserved.</footer></body></html>"
            )
            yield DatedPage(name, language, html, None if name in UNKNOWN else day)


def _fields(draw: random.Random, day: date) -> dict[str, str]:
    changed, older = day + timedelta(days=draw.randrange(1, 40)), day - timedelta(days=draw.randrange(30, 900))
    thing, who = draw.choice(_THINGS), draw.choice(_PEOPLE)
    event = day + timedelta(days=draw.randrange(-400, 400))
    lead = f"The {thing} of the town was the matter of a long meeting, in which {who} spoke for the owners of the place."
    month_de, month_fr, month_es = (names[day.month - 1] for names in (_DE, _FR, _ES))
    return {
        "iso": f"{day}", "mod": f"{changed}", "old": f"{older}", "y": f"{day:%Y}", "m": f"{day:%m}", "dd": f"{day:%d}",
        "d": f"{day.day}", "y2": f"{SAVED.year}", "month": f"{day:%B}", "mon": f"{day:%b}",
        "mon_dot": f"{day:%B}" if len(f"{day:%B}") < 6 else f"{day:%b}.", "wd": f"{day:%a}", "weekday": f"{day:%A}",
        "long": f"{day:%B} {day.day}, {day.year}", "dmy": f"{day.day} {day:%B} {day.year}",
        "dmy_short": f"{day.day} {day:%b} {day.year}", "num_us": f"{day:%m/%d/%Y}", "num_eu": f"{day:%d/%m/%Y}",
        "mod_long": f"{changed:%B} {changed.day}, {changed.year}", "mod_dmy": f"{changed.day} {changed:%B} {changed.year}",
        "mod_fr": f"{changed.day} {_FR[changed.month - 1]} {changed.year}",
        "old_long": f"{older:%B} {older.day}, {older.year}", "now_long": f"{SAVED:%B} {SAVED.day}, {SAVED.year}",
        "now_wd": f"{SAVED:%A}", "month_de": month_de, "month_fr": month_fr, "month_es": month_es,
        "title": f"The {thing} {draw.choice(_DEEDS)}", "site": draw.choice(_SITES), "lead": lead,
        "text": f"<p>{lead}</p><p>It was built on {event:%B} {event.day}, {event.year}, as the archive of the town has it, "
        f"and has been mended three times since, most of all after the storm that took the roof of the old school.</p>"
        f"<p>{who} said that the work would go on for as long as the money lasts, which nobody could tell at present.</p>",
        "related": f'<aside class="{draw.choice(("related", "more-stories", "c-river"))}"><h3>More</h3><ul><li><a href="/a">'
        f'Another thing</a> <time datetime="{older}">{older:%B} {older.day}, {older.year}</time></li></ul></aside>',
        "comments": f'<div id="comments"><div class="comment"><b>Reader</b> <time datetime="{changed}T10:00:00">{changed:%B}'
        f" {changed.day}, {changed.year}</time><p>Well said.</p></div></div>",
    }  # fmt: skip
