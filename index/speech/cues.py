"""Where a sentence says that somebody says something: subject, verb and what follows it.

All of it works on a text whose quotations are masked (index/speech/__init__.py), so that what is said inside one is not
taken for the sentence around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .people import NAME
from .words import ANNOUNCING, GROUPS, NAMING, PLURALS, QUOTING, ROLES, SAYING, TENSES

Shape = Literal["before", "after", "inherited"]
"""Where the subject stands: before its verb, after it, or it is that of the sentence ("..., adding that")."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One verb of speech outside quotations, or an "according to". Offsets as in the masked text.

    ``start`` to ``end`` is the clause without what is said; ``subject`` its subject as written and ``at`` where that
    begins; ``aside`` what stands between commas behind it. ``said_from`` to ``said_to`` is what follows: empty
    (``said_from == said_to``) when what is said stands before. ``clause``: what follows can be a clause that is said.
    ``naming``: "called", "dubbed", after which a quotation may be a name.
    """

    start: int
    end: int
    verb: int
    subject: str
    at: int
    aside: str
    shape: Shape
    said_from: int
    said_to: int
    clause: bool
    naming: bool = False


_VERBS = "|".join(sorted(map(re.escape, TENSES), key=len, reverse=True))
_VERB = re.compile(rf"(?<![\w’'-])(?:(?P<verb>{_VERBS})|(?P<according>[Aa]ccording to))(?![\w-]|['’]\w)")
_ADVERB = r"(?:\w+ly|also|later|then|just|since|once|again|too|already|even|earlier|recently|now|still|further|only)"
_AUXILIARY = re.compile(
    rf"(?:(?:^|(?<=[\s,]))(?:{_ADVERB}|has|have|had|himself|herself|itself|themselves|afterwards|jokingly)[\s,]*)+$"
)
_DAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|yesterday|today|tonight)"
_WHEN = re.compile(
    rf"\s*,?\s*\b(?:(?:late |early )?(?:on )?{_DAY}(?: (?:morning|afternoon|evening|night))?|(?:earlier|later) (?:on )?"
    rf"(?:{_DAY}|this \w+|in the \w+)|(?:last|this) (?:week|month|year|morning|evening))[\s,]*$"
)
_BLOCKED = re.compile(
    r"\b(?:to|will|would|can|could|may|might|shall|should|must|did|do|does|not|\w+n['’]t|never|cannot|be|get|got|the|a"
    r"|an|his|her|their|its|this|these|those|of|in|for|no|by|with|my|our|your|any|some|such|on|under|if|let)[\s,]*$",
    re.IGNORECASE,
)
_BEING = re.compile(r"\b(?:was|were|is|are|been|being|’s|'s|’re|'re)[\s,]*$", re.IGNORECASE)
_PRONOUN = re.compile(r"(?:he|she|they|it|I|we|who|which)$", re.IGNORECASE)
_CLAUSE_CUT = re.compile(
    r"[;:—–(]\s*|\s-\s|,\s+(?:(?:and|but|while|so|yet|though|although|as|or)\s+)?|\b(?:and|but|while|because|as|after|when|if"
    r"|although|though|where|whereas|since|before|that|than)\s+"
)
_DETERMINER = (
    r"(?:the|a|an|his|her|their|its|one|two|three|four|five|six|seven|eight|nine|ten|another|some|several|many|most|both"
    r"|all|other|few|a few|no one|each|local|senior|state|federal|prosecution|defence|defense)"
)
_OPENS_SUBJECT = re.compile(rf"(?:{_DETERMINER}\b|[A-ZÀ-Þ]|\d)", re.IGNORECASE)
_LEADING = re.compile(
    r"(?:(?:on|in|at|after|before|during|speaking|asked|however|but|and|meanwhile|yesterday|earlier|later|writing|also"
    r"|instead|for|by|with|when|as|while|if|since|despite|responding|addressing|following|according|still|yet|then|so"
    r"|now|last|this|today|tonight|tomorrow|though|although|to|under|from|about|unlike|like|citing|referring|because"
    r"|in addition|once|until|within|outside|inside|elsewhere|separately|nevertheless|furthermore|[A-Za-z]+ly)\b[^,]*,\s+"
    r"|(?:but|and|yet|so|still|meanwhile|then|however|also|now)\s+)",
    re.IGNORECASE,
)
_TELL_WHOM = re.compile(
    r"\s+(?:(?:the|a|an|his|her|their|its|this)\s+(?:[\w’'-]+\s){0,2}?[\w’'-]+?(?=\s(?:that|on|in|at|by|it|he|she|they|the|there|a|his"
    r"|her|its|their|no|[A-Z\"“'‘0-9]|during|after|via|through|last|yesterday|earlier|today)\b|\s[\"“'‘A-Z0-9]|[,:.])"
    r"|(?:[A-Z][\w’'.-]*)(?:\s(?:(?:and|of|the|for|&)\s)?[A-Z][\w’'.-]*)*|[\w’'-]+(?:\s(?:and|of|in|at)\s(?:the\s)?[\w’'-]+)?)"
)
_SETTING = re.compile(
    rf"\s*,?\s*(?:(?:late |early )?(?:on )?{_DAY}(?:\s(?:morning|afternoon|evening|night))?"
    r"|(?:in|at|on|during|after|through|via|to|from|by|outside|before|over|following|as|of|about)\s(?:[^,.;:\"“”]{1,70}?)(?=\s+that\b|:|,\s*that\b)"
    r"|(?:in|at|during|after|through|via|from)\s(?:a|an|the|his|her|their|its)\s(?:[\w’'-]+\s){0,3}?"
    r"(?:statement|interview|conference|briefing|post|tweet|message|letter|e-?mail|speech|video|call|hearing|meeting|report|filing"
    r"|address|broadcast|press conference|blog|article|memo|note|rally|release|column|book|podcast|programme|program|trial)"
    r"(?:\s(?:on|in|at|to|with|by|from|for)\s(?:[A-Z][\w’'-]*(?:\s[A-Z][\w’'-]*)*|reporters|analysts|the\s[\w-]+|\d+ \w+))*"
    r"|on (?:Twitter|X|Facebook|Instagram|Telegram|TikTok|Truth Social|LinkedIn|state television|television|radio|condition of anonymity)"
    r"|(?:yesterday|today|afterwards|later|earlier)(?:\s(?:this|that|in the)\s\w+)?|(?:last|this) (?:week|month|year|\w+day)"
    r"|here|there|again|separately|repeatedly|simply|only)(?![\w-])"
)
_FINITE = re.compile(
    r"\b(?:would|had|was|were|is|are|will|has|have|could|should|must|might|may|can|did|does|do|cannot|\w+n['’]t)\b"
)
_RELATIVE = re.compile(r"\b(?:that|which|who|whose|whom|where)\b")
_AFTER_CUT = re.compile(
    rf"[,.;:?!—\"“”‘()]|\s[–-]\s|\s(?:who|whose|when|as|while|after|before|during|because|since|{_DAY}|on {_DAY}|on X\b|on Twitter"
    r"|in (?:a|an|the|his|her|their|its) (?:\w+ )?(?:statement|interview|letter|post|tweet|message|e-?mail|speech|report|video)"
    r"|at (?:a|an|the) (?:\w+ )?(?:news|press|briefing|conference|hearing|meeting|rally|trial|inquest|time|end|start|weekend)"
    r"|yesterday|today|earlier|later|afterwards|last|this|told|speaking|in response|to reporters|of (?:his|her|their|the|its)\b"
    r"(?= (?:decision|plan|move|win|loss|game|match|deal|news))|through|via|by (?:phone|telephone|e-?mail)|and)(?!\w)"
)


def find_cues(masked: str, start: int, end: int, marks: list[tuple[int, int]]) -> list[Cue]:
    """The cues of the sentence ``masked[start:end]`` in order; ``marks`` are the masked stretches with their marks."""
    found: list[Cue] = []
    low = start
    for match in _VERB.finditer(masked, start, end):
        if any(left <= match.start() < right for left, right in marks):
            continue
        quote_end = max((right for _, right in marks if right <= match.start()), default=start)
        cue = _according(masked, match, max(start, quote_end), end) if match["according"] else None
        if cue is None and match["verb"]:
            cue = _spoken(masked, match, max(low, quote_end), (start, end))
        if cue is not None:
            found.append(cue)
            low = cue.end
    return list(_with_ends(masked, found, end))


def lead_of(masked: str, start: int, end: int) -> str:
    """The subject of a sentence, near enough: what stands first in it, without "On Monday," or "But" before it."""
    text = masked[start:end]
    while leading := _LEADING.match(text):
        text = text[leading.end() :]
    pronoun = re.match(r"(?:he|she|they|it)\b", text, re.IGNORECASE)
    if pronoun:
        return pronoun[0]
    name = NAME.match(text)
    if name:
        return name[0]
    titled = re.match(rf"(?:{_DETERMINER}\s)?(?:[\w’'-]+\s){{0,5}}?", text, re.IGNORECASE)
    begun = titled.end() if titled else 0
    name = NAME.match(text, begun)
    described = re.match(rf"{_DETERMINER}\s(?:[\w’'-]+\s){{0,3}}?([\w’'-]+)\b", text, re.IGNORECASE)
    if name and begun <= 40:
        return text[: name.end()]
    return described[0] if described else ""


def _with_ends(masked: str, cues: list[Cue], end: int) -> Iterator[Cue]:
    """What each cue's speech ends at: the next cue of the sentence, where that has a clause of its own."""
    for number, cue in enumerate(cues):
        limit = end
        for other in cues[number + 1 :]:
            if other.start >= cue.said_from and other.clause:
                limit = other.start
                break
        said_to = max(cue.said_from, min(cue.said_to, limit))
        yield Cue(**{name: getattr(cue, name) for name in Cue.__slots__} | {"said_to": said_to})


def _according(masked: str, match: re.Match[str], low: int, end: int) -> Cue | None:
    cut = _AFTER_CUT.search(masked, match.end() + 1, end)
    stop = cut.start() if cut else end
    while (
        cut and cut[0].strip() == "." and masked[stop - 2 : stop].lstrip(" .").isalpha() and masked[stop - 1].isupper()
    ):
        cut = _AFTER_CUT.search(masked, stop + 1, end)
        stop = cut.start() if cut else end
    subject = masked[match.end() : stop].strip()
    if not subject or subject.lower().startswith(("plan", "reports", "media", "local media")):
        return None
    leads = not masked[low : match.start()].strip()
    comma = masked.find(",", stop, end) if leads else -1
    aside = masked[stop:comma].strip(" ,") if comma > stop else ""
    said = min(stop + 1, end) if leads else end
    return Cue(match.start(), stop, match.start(), subject, match.end() + 1, aside, "after", said, end, leads or True)


def _spoken(masked: str, match: re.Match[str], low: int, sentence: tuple[int, int]) -> Cue | None:
    """The cue of a verb; None when the word is no verb of speech here ("the report", "to say", "was told")."""
    verb, tense = match["verb"], TENSES[match["verb"]]
    start, end = sentence
    left = masked[low : match.start()]
    bare = _AUXILIARY.sub("", left)
    following = masked[match.end() : match.end() + 4]
    if _BLOCKED.search(bare) or following.startswith((" by ", "-")):
        return None
    if _BEING.search(bare):
        if tense != "ing":
            return None
        bare = _BEING.sub("", bare)
    subject = _subject_before(bare, low, tense)
    if subject is None and not bare.strip(" ,—–-.…\"'”’") and tense in {"past", "third"}:
        inverted = _inverted(masked, match, low, end)
        if inverted is not None:
            return inverted
    if subject is None and tense in {"past", "third"} and bare.rstrip().endswith(","):
        return _inverted(masked, match, low, end, closing=True)
    if subject is None:
        goes_on = bare.rstrip().endswith((",", " and", " but", " then", " or")) or tense == "ing"
        if not goes_on or not (tense == "ing" or re.search(r"\b(?:and|but|then|or)\s*$", bare)):
            return None
        if low == start and tense == "ing" and not bare.strip():
            return None
        clause_start, name, at, aside, shape = match.start(), "", match.start(), "", "inherited"
        as_saying = re.search(r"\bquot(?:es|ed|ing) ([^,;]{2,60}) as\s*$", bare)
        if as_saying:
            name, shape = as_saying[1], "before"
    else:
        name, aside, at = subject
        clause_start, shape = at, "before"
        if tense == "base" and not _plural(name):
            return None
    said_from, clause = _what_follows(masked, match, verb, end)
    return Cue(
        clause_start,
        said_from,
        match.start(),
        name,
        at,
        aside,
        shape,
        said_from,
        end,
        clause,
        verb in NAMING,  # type: ignore[arg-type]
    )


def _subject_before(left: str, low: int, tense: str) -> tuple[str, str, int] | None:
    """The subject at the end of ``left``, what stands behind it between commas, and where it begins."""
    left = _WHEN.sub("", left) if not left.rstrip().endswith("who") else left
    text = left.rstrip()
    if re.search(r"[\s,](?:who|which)$", text):
        text = re.sub(r",?\s*(?:who|which)$", "", text)
        names = [match for match in NAME.finditer(text)]
        if names and names[-1].end() == len(text):
            return names[-1][0], "", low + names[-1].start()
        return None
    if text.endswith((",", ")", "—", "–")):
        whole = text.rstrip(" ,—–")
        whole = re.sub(r"\s*\([^()]*\)$", "", whole)
        begin = _clause_start(whole)
        clause = whole[begin:]
        head = re.split(r"\s*(?:,|\s[—–-]\s|—|–|\()", clause, maxsplit=1)[0]
        if not _subject_like(head) or (text.endswith(",") and "," not in clause and "(" not in text):
            return None
        return head, clause[len(head) :].strip(" ,—–()"), low + begin
    best = None
    text = re.sub(r"\s*\([^()]*\)$", "", text)
    for match in _CLAUSE_CUT.finditer(text):
        rest = text[match.end() :]
        small = match[0].strip() in {"and", "that", "as", "than"}
        if not _subject_like(rest):
            continue
        if small and not (_PRONOUN.match(rest) or (NAME.fullmatch(rest) and match.start() > 25)):
            continue
        best = match.end()
    if best is None:
        stripped = text.lstrip(" ,")
        best = len(text) - len(stripped)
        while leading := _LEADING.match(text, best):
            best = leading.end()
        if not _subject_like(text[best:]):
            return None
    subject = text[best:]
    if len(subject.split()) > 16:
        return None
    return subject, "", low + best


def _clause_start(text: str) -> int:
    """Where the clause begins that the subject opens: after what leads up to it."""
    begin = len(text) - len(text.lstrip(" ,—–"))
    while leading := _LEADING.match(text, begin):
        begin = leading.end()
    for match in re.finditer(r";\s+|,\s+(?:but|while|and|although|though)\s+", text):
        begin = max(begin, match.end())
    return begin


def _subject_like(text: str) -> bool:
    text = text.strip()
    if not text or "," in text:
        return False
    words = text.split()
    if _PRONOUN.fullmatch(text):
        return text.lower() not in {"who", "which"}
    last = words[-1].lower().strip("’'")
    if last in {"and", "but", "or", "to", "of", "that", "as", "which", "who", "for", "with", "by", "the", "a", "is"}:
        return False
    if last in {"by", "been", "was", "were"}:
        return False
    return bool(_OPENS_SUBJECT.match(text)) or words[0].lower() in GROUPS | ROLES or last in GROUPS | PLURALS


def _plural(subject: str) -> bool:
    words = subject.lower().split()
    if not words:
        return False
    return (
        words[0] in {"they", "i", "we", "many", "some", "both", "several", "most"}
        or any(word in GROUPS or word in PLURALS or (word.endswith("s") and word.islower()) for word in words)
        or " and " in subject
    )


def _inverted(masked: str, match: re.Match[str], low: int, end: int, closing: bool = False) -> Cue | None:
    """ "said Joss Werrick, who leads ...": the subject after the verb. ``closing``: nothing may follow it but asides."""
    after = match.end()
    if match["verb"] in {"told", "tells"}:
        return None
    cut = _AFTER_CUT.search(masked, after + 1, end)
    stop = cut.start() if cut else end
    while (
        cut
        and cut[0] == "."
        and re.search(
            r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt|Sgt|Capt|Col|Prof|Rev|St|Maj|Supt|Det|Insp))$",
            masked[after:stop],
        )
    ):
        cut = _AFTER_CUT.search(masked, stop + 1, end)
        stop = cut.start() if cut else end
    subject = masked[after:stop].strip()
    if not subject or not _subject_like(subject) or len(subject.split()) > 14:
        return None
    if not (
        NAME.search(subject)
        or subject.lower().split()[0]
        in {"the", "a", "an", "one", "his", "her", "their", "its", "he", "she", "it", "they", "another"}
        or subject.split()[-1].lower() in GROUPS | ROLES | PLURALS
    ):
        return None
    rest = masked[stop:end]
    if (closing and _FINITE.search(subject)) or _SAYS_MORE.search(subject):
        return None
    if closing and not re.match(
        r"[.,;]|\s*$|\s(?:who|on|in|at|as|yesterday|today|last|this|earlier|later)\b|\s\w+day\b", rest
    ):
        return None
    aside = re.match(r",\s+([^,.;\"“”]{2,80})", rest)
    name = aside[1] if aside else ""
    return Cue(match.start(), stop, match.start(), subject, after + 1, name, "after", end, end, True)


_SAYS_MORE = re.compile(r"\b(?:that|whether|how|why|nothing)\b")


def _what_follows(masked: str, match: re.Match[str], verb: str, end: int) -> tuple[int, bool]:
    """Where what is said begins behind the verb, after whom it was told and when; whether it can be a clause."""
    at = match.end()
    if verb in {
        "tell",
        "tells",
        "told",
        "telling",
        "inform",
        "informs",
        "informed",
        "informing",
        "assure",
        "assures",
        "assured",
        "assuring",
        "remind",
        "reminds",
        "reminded",
        "reminding",
        "warn",
        "warns",
        "warned",
        "warning",
        "ask",
        "asked",
        "asks",
    } and not re.match(r"\s+(?:that|of|against|about|to|on|in|at)\b", masked[at:end]):
        whom = _TELL_WHOM.match(masked, at, end)
        until_that = re.match(r"\s+(?:[^\s,.;:\"“]+\s+){1,9}?(?=that\s)", masked[at:end])
        if until_that and not re.search(r"\b(?:had|was|were|is|are|has)\b", until_that[0]):
            at += until_that.end() - 1
        elif whom and not verb.startswith(("warn",)):
            at = whom.end()
        elif whom and re.match(r"\s(?:that|it|he|she|they|of|against)\b|:", masked[whom.end() : end]):
            at = whom.end()
    while at < end and (setting := _SETTING.match(masked, at, end)):
        if setting.end() == at:
            break
        at = setting.end()
    that = re.match(r"\s*,?\s*that\b,?\s*", masked[at:end])
    explicit = bool(that) or masked[at : at + 5].strip().startswith(("how ", "whether ", "why "))
    at += that.end() if that else len(masked[at:end]) - len(masked[at:end].lstrip())
    rest = masked[at:end]
    if verb in QUOTING and verb not in SAYING and verb not in ANNOUNCING:
        return at, bool(that) and verb not in NAMING
    if explicit or verb in SAYING:
        return at, True
    finite = _FINITE.search(rest[:90])
    plain = finite is not None and not _RELATIVE.search(rest[: finite.start()]) and "," not in rest[: finite.start()]
    to_do = verb.startswith(("promis", "pledg", "vow", "threaten", "guarantee")) and rest.startswith("to ")
    return at, plain or to_do
