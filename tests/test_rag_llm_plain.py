"""What a model writes is shown as plain text. A Markdown parser of others judges what could still be live."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.llm.plain import plain_text

LIVE = {"link_open", "image", "html_inline", "html_block"}


def live(text: str) -> set[str]:
    """Kinds of what CommonMark would make a link, an image or HTML of, and addresses that GitHub's would."""
    tokens = MarkdownIt("commonmark").parse(text)
    found = {one.type for token in tokens for one in (token, *(token.children or []))} & LIVE
    bare = re.search(r"(?:https?|ftp)://\w|www\.\w|(?:mailto|xmpp):\w", text, re.IGNORECASE)
    return found | ({"autolink"} if bare else set())


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("The **closure** ends on `3 October`.", "The closure ends on 3 October."),
        ("- The closure ends.", "The closure ends."),
        ("## The closure ends.", "The closure ends."),
        ("> 2) The closure ends.", "The closure ends."),
        ("It cost $3.5m, 4.2% more; the U.S. and St. Ives agreed at 10 a.m. in May.", None),
        ("She said: “[The mayor] will not go.”", None),
        ("Profit < 5 and loss > 3; AT&amp;T rose.", "Profit < 5 and loss > 3; AT&T rose."),
        ("It closed.The mayor said so.It is so.", None),
        ("Version 2.0 of data: five rows, about: three.", None),
        ("Temperatures on 28.09.2021 were 3/4 of those in 2020/21.", None),
        ("He said he/she and Mr. A.B. Smith Jr. would stay.", None),
        ("Invisible \u200bcharacters \u202eand\u2066 more.", "Invisible characters and more."),
    ],
)
def test_words_stay(written, shown):
    assert plain_text(written) == (shown or written, 0)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("![alt](http://e.org/x.png)The end.", "The end."),
        ("![alt][ref] The end.", "The end."),
        ('The [end](http://e.org "title").', "The end."),
        ("The end<img src=x onerror=alert(1)", "The end"),
        ("The <b>end</b>.", "The end ."),
        ("The end is at http://e.org/x.", "The end is at."),
        ("The end is at HTTPS://E.ORG/X.", "The end is at."),
        ("See JaVaScRiPt: alert(1) now.", "See now."),
        ("See &#106;avascript:alert(1) now.", "See now."),
        ("See java\u200bscript:alert(1) now.", "See now."),
        ("Ask example.com or EXAMPLE.ORG or 10.0.0.1:80/x today.", "Ask or or today."),
        ("Ask a.b@example.co.uk today.", "Ask today."),
        ("[a]: http://e.org/x", ""),
        ("Shown at //e.org/x.png today.", "Shown at today."),
    ],
)
def test_what_leads_elsewhere_goes(written, shown):
    text, removed = plain_text(written)
    assert text.replace(" .", ".") == shown.replace(" .", ".")
    assert removed > 0


def test_an_address_of_the_cited_paragraph_stays():
    assert plain_text("Book at www.Norvik.org/ferry.", ["Tickets: www.norvik.org/ferry or at the pier."])[1] == 0
    assert plain_text("Book at www.norvik.org/ferry?q=1.", ["Tickets: www.norvik.org/ferry."])[1] == 1


def test_no_marker_but_ours():
    assert plain_text("It ends [1] on [2, 3] Monday [4].") == ("It ends on Monday.", 0)


MARKUP = r"""![ [ ] ]( ( ) < > http://e.org https: //e.org/a www. e.org javascript: data:text/html,x mailto: x@e.org
    ftp://e.org &lt; &#58; &amp; &Tab; &colon; ` ** \ " . : / ! harbour Norvik 1,250""".split()
PIECES = st.sampled_from([*MARKUP, "\n", " ", "\u200b", "[x]: ", "<img src=", "<a href="])


@given(st.lists(PIECES, max_size=14).map("".join))
def test_no_composition_is_live(written):
    text, _ = plain_text(written)
    assert not live(text), text
    assert not re.search(r"javascript:", text, re.IGNORECASE), text
    assert "\n" not in text
