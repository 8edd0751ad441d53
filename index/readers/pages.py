"""What on a web page is not its article: hidden text, boxes around the article, and lines that point elsewhere.

Called before trafilatura chooses the article: it knows neither inline styles nor most boxes inside the text.
"""

from __future__ import annotations

import json
import re
from collections import deque
from typing import Any

_Element = Any  # lxml has no types

# -- hidden

_UNSEEN = re.compile("script|style|template|noscript|iframe|object|svg|title|button|select|textarea")
_FOR_SCREEN_READERS = re.compile(r"\b(?:sr-only|visually-?hidden|screen-reader-text)\b", re.IGNORECASE)
_NOTHING = r"(?:0*\.?0+)(?:px|pt|r?em|%|vw|vh)?"
_HIDING = re.compile(
    rf"""(?:^|;)\s*(?:
      display\s*:\s*none | visibility\s*:\s*(?:hidden|collapse)
    | opacity\s*:\s*(?:0+(?:\.0\d*)?|\.0\d*)\s*(?:;|!|$)             # below 0.1
    | (?:left|top|right|bottom|margin-left|margin-top|text-indent)\s*:\s*-
      (?:(?:\d{{4,}}|[5-9]\d\d)(?:\.\d+)?(?:px|pt)|\d{{3,}}(?:r?em|%|vw|vh))
    | (?:max-)?(?:width|height)\s*:\s*{_NOTHING}\s*(?:;|!|$)
    | clip\s*:\s*rect\(\s*(?:[01](?:px)?[\s,]*){{4}}\) | clip-path\s*:\s*inset\(\s*(?:50|100)%
    | transform\s*:\s*scale\(\s*0\s*\) | color\s*:\s*transparent
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_TINY = re.compile(
    rf"(?:^|;)\s*font-size\s*:\s*(?:{_NOTHING}|0*\.\d+(?:px|pt)|0*\.[0-3]\d*r?em|[12](?:\.\d+)?(?:px|pt))\s*(?:;|!|$)",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?:^|;)\s*(color|background(?:-color)?)\s*:\s*([^;!]+)", re.IGNORECASE)
_NAMED_COLOURS = {"white": "#ffffff", "black": "#000000", "rgb(255,255,255)": "#ffffff", "rgb(0,0,0)": "#000000"}
_SHORT_COLOUR = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])")

# -- boxes around the article

_BOX_ROLES = frozenset("navigation search dialog alertdialog complementary contentinfo".split())
_BOX_TAGS = frozenset("nav dialog amp-sidebar amp-consent amp-ad amp-user-notification".split())
# Names in class and id; in "article-related-links" the word stands between dashes.
_BOX_NAME = re.compile(
    r"(?:[\w-]*-)?(?:newsletters?|sign-?up|subscri(?:be|ptions?)|cookies?|consent|gdpr|comments?|disqus|related|recirc"
    r"|recommend(?:ed|ations?)|read-?(?:more|next|also)|more-(?:stories|news|from|on|in|coverage)|also-(?:read|on|in)"
    r"|(?:most|top)-?(?:read|popular|viewed|stories)|trending|outbrain|taboola|shar(?:e|ing)|social|promos?|adverts?"
    r"|advertisement|ads?|sponsored|breadcrumbs?|paywall|popup|modal|sidebar|author-bio|about-the-author|donat(?:e|ion)"
    r"|tag-?(?:s|list|cloud)|site-(?:header|footer|nav)|masthead|menu|nav(?:bar|igation)?|skip-link)(?:-[\w-]*)?",
    re.IGNORECASE,
)
_STATE = re.compile(r"(?:has|no|with|without|is|js|can|show|hide|not)-", re.IGNORECASE)  # says what a wrapper holds
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|_+|-{2,}")
_BOX_HOLDERS = (
    "div",
    "section",
    "aside",
    "ul",
    "ol",
    "dl",
    "p",
    "form",
    "footer",
    "header",
    "nav",
    "figure",
    "article",
)
_NO_BOX = frozenset(("html", "body", "main"))
_MOST_OF_PAGE = 0.5  # a part that holds more of the paragraphs' text is the article, whatever it is called

# -- lines that point elsewhere

_BLOCKS = ("p", "div", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "td", "section", "aside")
_INNER_BLOCKS = "self::p|self::div|self::li|self::ul|self::ol|self::table|self::section|self::figure|self::blockquote"
_LONGEST_PROMPT = 240  # characters
_POINTER = (
    r"(?:(?:also\s+|to\s+)?read(?:\s+(?:more|also|next|on|this))?|more(?:\s+(?:on|from|in|about)\s[^:|.]{1,40})?|see\s+also"
    r"|related(?:\s+(?:stories|articles|news|coverage|content|topics?|posts?|reading))?|recommended(?:\s+(?:stories|articles|reading|for\s+you))?"
    r"|further\s+reading|don['’]t\s+miss|you\s+(?:may|might)\s+(?:also\s+)?like|watch(?:\s+also)?|listen|explore\s+more"
    r"|trending(?:\s+now)?|most\s+(?:read|popular)|must\s+read|editor(?:['’]s|s['’]?)\s+(?:picks?|choices?|recommendations?)|in\s+case\s+you\s+missed\s+it)"
)
_POINTS_ELSEWHERE = re.compile(rf"[\W_]*{_POINTER}\s*(?:[:|»›>→–—].*|[^\w.!?]*)", re.IGNORECASE | re.DOTALL)
_POINTS_BY_LINK = re.compile(rf"[\W_]*{_POINTER}\b.*", re.IGNORECASE | re.DOTALL)
_PROMPT = re.compile(
    r"""[\W_]*(?:
      advertise?ment(?:\s+-\s+.*)? | (?:story|article)\s+continues\s+(?:below|after).* | continue\s+reading.*
    | (?:skip|after|end\s+of)\s+(?:past\s+)?(?:the\s+)?(?:newsletter|advert|promo).* | (?:skip\s+to\s+)?main\s+content
    | skip\s+to\s+content
    | (?:please\s+)?(?:sign\s+up|subscribe|join)\b.*\b(?:newsletters?|inbox|e-?mail\s+alerts?|alerts|briefing
      |whatsapp|telegram|podcast|updates|our\s+channel)\b.* | subscribe(?:\s+.{0,20})?(?:\s+(?:now|today|here))?
    | get\s+.*\b(?:in|to)\s+your\s+inbox\b.* | enter\s+your\s+e-?mail.* | (?:by\s+signing|by\s+subscribing)\s.*
    | click\s+here\s+(?:to|for)\b.* | (?:share|print|e-?mail|save|bookmark|listen\s+to)\s+(?:this\s+)?
      (?:article|story|page)
    | (?:follow|like|get)\s+.{0,60}\bon\s+(?:twitter|x|facebook|instagram|youtube|linkedin|tiktok|bluesky
      |google\s+news|whatsapp)\b.* | download\s+(?:our|the)\s+.{0,40}\bapp\b.*
    | join\s+the\s+(?:conversation|discussion)
    | (?:view|read|open)\s+(?:this\s+.{0,20})?(?:in|on)\s+(?:your|the|a)?\s*(?:browser|web).* | unsubscribe\b.*
    | (?:\d+\s+|view\s+|show\s+|leave\s+a\s+|post\s+a\s+|load\s+more\s+|add\s+a\s+)comments?(?:\s*\(\d+\))?
    | comments?\s*(?:\(\d+\))? | \d{1,3}\s*-?\s*min(?:ute)?s?\s+read | the\s+post\s.*\sappeared\s+first\s+on\s.*
    | we\s+use\s+cookies\b.* | (?:accept|reject)\s+all(?:\s+cookies)? | (?:©|copyright\s+©).*
    | get\s+(?:\S+\s+){1,3}alerts
    | .{0,60}©\s*(?:19|20)\d\d\b.*all\s+rights\s+reserved.*
    | all\s+rights\s+reserved\W*
    | (?:support|donate\s+to)\s+(?:our|independent)\s+journalism.*
    )[\W_]*""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def is_hidden(element: _Element) -> bool:
    """Say whether a browser would not show ``element``, as far as it tells by itself (style sheets are not read)."""
    style = element.get("style")
    return bool(
        _UNSEEN.fullmatch(element.tag)
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or (style and (_HIDING.search(style) or _is_tiny(element, style) or _is_same_colour(style)))
        or _FOR_SCREEN_READERS.search(element.get("class") or "")
    )


def drop_hidden(tree: _Element) -> None:
    """Remove what a browser would not show; ``aria-hidden`` on most of a page only says that a dialog covers it."""
    whole = _length_of_paragraphs(tree)
    for element in list(tree.iter("*")):
        if element.tag in ("html", "head", "body", "script", "style", "title") or not is_hidden(element):
            continue
        covered = element.get("aria-hidden") == "true" and _length_of_paragraphs(element) > _MOST_OF_PAGE * whole
        if not covered and element.getparent() is not None:
            element.drop_tree()


def drop_boxes(tree: _Element) -> None:
    """Remove navigation, banners, sign-up boxes, comments and lists of other articles, as tags and names show them."""
    whole = _length_of_paragraphs(tree)
    for element in list(tree.iter(*_BOX_HOLDERS, *_BOX_TAGS)):
        if element.getparent() is None or element.tag in _NO_BOX or not _is_box(element):
            continue
        holds_article = (
            next(element.iter("h1", "main"), None) is not None
            or element.xpath(".//*[contains(@itemprop, 'articleBody')]")
            or _length_of_paragraphs(element) > _MOST_OF_PAGE * whole
        )
        if not holds_article or _is_thread(element):
            element.drop_tree()


def drop_prompts(tree: _Element) -> None:
    """Remove lines such as "Read more: ...", "Advertisement" or "Sign up for our newsletter"."""
    for element in list(tree.iter(*_BLOCKS)):
        if element.getparent() is None or element.xpath(f"descendant::*[{_INNER_BLOCKS}][1]"):
            continue
        text = " ".join("".join(element.itertext()).split())
        if text and is_prompt(text, all_links=_is_all_links(element, text)):
            following = element.getnext()
            if element.tag in ("h2", "h3", "h4", "h5", "h6", "p", "div") and _is_list_of_links(following):
                following.drop_tree()
            element.drop_tree()


def is_prompt(text: str, *, all_links: bool = False) -> bool:
    """Say whether a line asks for something or points to other articles instead of telling news."""
    if len(text) > _LONGEST_PROMPT:
        return False
    points = _POINTS_BY_LINK if all_links else _POINTS_ELSEWHERE
    return bool(points.fullmatch(text) or _PROMPT.fullmatch(text))


def linked_article(tree: _Element) -> dict[str, object]:
    """Return the JSON-LD object of the page that has the longest ``articleBody``, or an empty one."""
    best: dict[str, object] = {}
    queue: deque[object] = deque()
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            try:
                queue.append(json.loads(script.text or "", strict=False))
            except (ValueError, RecursionError):
                continue
    while queue:
        node = queue.popleft()
        if isinstance(node, dict):
            body = node.get("articleBody")
            if isinstance(body, str) and len(body) > len(str(best.get("articleBody", ""))):
                best = node
            queue.extend(node.values())
        elif isinstance(node, list):
            queue.extend(node)
    return best


def _is_tiny(element: _Element, style: str) -> bool:
    """Say whether the type is too small to see, here and below: newsletters use size 0 around larger type."""
    if not _TINY.search(style):
        return False
    inner = (below.get("style", "") for below in element.iterdescendants("*"))
    return not any("font-size" in below and not _TINY.search(below) for below in inner)


def _is_same_colour(style: str) -> bool:
    colours = {name.lower()[:10]: _colour(value) for name, value in _COLOUR.findall(style)}
    return "color" in colours and colours["color"] == colours.get("background")


def _colour(value: str) -> str:
    plain = "".join(value.lower().split())
    return _SHORT_COLOUR.sub(r"#\1\1\2\2\3\3", plain) if len(plain) == 4 else _NAMED_COLOURS.get(plain, plain)


def _length_of_paragraphs(element: _Element) -> int:
    return sum(len(part) for paragraph in element.iter("p") for part in paragraph.itertext())


def _is_box(element: _Element) -> bool:
    if element.tag in _BOX_TAGS or element.get("role") in _BOX_ROLES:
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''}".split()
    return any(_BOX_NAME.fullmatch(plain) and not _STATE.match(plain) for plain in (_CAMEL.sub("-", n) for n in names))


def _is_thread(element: _Element) -> bool:
    """Say whether ``element`` is the readers' comments, which can be longer than the article."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()
    is_named = any(
        name in ("comments", "comment-list", "commentlist", "disqus_thread", "comments-area") for name in names
    )
    return is_named and next(element.iter("h1", "main"), None) is None


def _is_all_links(element: _Element, text: str) -> bool:
    linked = sum(len(" ".join("".join(link.itertext()).split())) for link in element.iter("a"))
    return linked >= 0.8 * len(text)


def _is_list_of_links(element: _Element | None) -> bool:
    if element is None or element.tag not in ("ul", "ol"):
        return False
    return _is_all_links(element, " ".join("".join(element.itertext()).split()))
