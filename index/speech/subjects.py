"""The subject of a verb of speech in a sentence: before it, after it, or the one that leads the sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .people import NAME, split_title
from .words import GROUPS, NO_SUBJECT, PLURALS, ROLES

DAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|yesterday|today|tonight)"
_WHEN = re.compile(
    rf"\s*,?\s*\b(?:(?:late |early )?(?:on )?{DAY}(?: (?:morning|afternoon|evening|night))?|(?:earlier|later) (?:on )?"
    rf"(?:{DAY}|this \w+|in the \w+)|(?:last|this) (?:week|month|year|morning|evening))[\s,]*$"
)
_MARK = re.compile(r"[,;:—–]")
_PRONOUN = re.compile(r"(?:he|she|they|it|I|we)", re.IGNORECASE)
_CUT = re.compile(
    r"[;:—–(]\s*|\s-\s|,\s+(?:(?:and|but|while|so|yet|though|although|as|or)\s+)?"
    r"|\b(?P<small>and|but|while|because|as|after|when|if|although|though|where|whereas|since|before|that|than)\s+"
)
_SUBORDINATORS = frozenset("while because as when if although though where whereas since".split())
_DETERMINER = (
    r"(?:the|a|an|his|her|their|its|one|two|three|four|five|six|seven|eight|nine|ten|another|some|several|many|most|both"
    r"|all|other|few|no one|each|local|senior|state|federal|prosecution|defence|defense)"
)
_OPENS = re.compile(rf"(?i:{_DETERMINER})\b|[A-ZÀ-Þ]|\d")
_INVERTED_OPENS = frozenset("the a an one his her their its he she it they another two three some several".split())
_ENDS_NO_SUBJECT = frozenset(
    "and but or to of that as which who for with by the a an is are was were been in on at from after before".split()
)
_LEADING = re.compile(
    r"(?:(?:on|in|at|after|before|during|speaking|asked|however|but|and|meanwhile|yesterday|earlier|later|writing|also"
    r"|instead|for|by|with|when|as|while|if|since|despite|responding|addressing|following|according|still|yet|then|so"
    r"|now|last|this|today|tonight|tomorrow|though|although|to|under|from|about|unlike|like|citing|referring|because"
    r"|in addition|once|until|within|outside|inside|elsewhere|separately|nevertheless|furthermore|[a-z]+ly)\b[^,]*,\s+"
    r"|(?:but|and|yet|so|still|meanwhile|then|however|also|now)\s+)",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"\s*\([^()]*\)$")
_ASIDE_STARTS = re.compile(r"\s*(?:,|\s[—–-]\s|—|–|\()")
_SHORTENED = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt|Sgt|Capt|Col|Prof|Rev|St|Maj|Supt|Det|Insp))$"
)
_NEWS_OF = r"of (?:his|her|their|the|its)\b(?= (?:decision|plan|move|win|loss|game|match|deal|news))"
_AFTER = re.compile(
    rf"[.,;:?!—\"“”‘()]|\s[–-]\s|\s(?:who|whose|when|as|while|after|before|during|because|since|{DAY}|on {DAY}|on X"
    r"|on (?:Twitter|Facebook|Instagram)|in (?:a|an|the|his|her|their|its) (?:\w+ )?(?:statement|interview|letter|post"
    r"|tweet|message|e-?mail|speech|report|video)|at (?:a|an|the) (?:\w+ )?(?:news|press|briefing|conference|hearing"
    r"|meeting|rally|trial|inquest|time|end|start|weekend)|yesterday|today|earlier|later|afterwards|last|this|told"
    rf"|speaking|in response|to reporters|{_NEWS_OF}|through|via|by (?:phone|telephone|e-?mail)|and)(?!\w)"
)
_ENDED = re.compile(r"[.,;(]|\s*$|\s(?:who|on|in|at|as|yesterday|today|last|this|earlier|later)\b|\s\w+day\b")
_FINITE = re.compile(r"\b(?:would|had|was|were|is|are|will|has|have|could|should)\b")
_CLAUSE = re.compile(r"\b(?:would|had|was|were|is|are|will|has|have|could|should|that|whether|how|why|nothing)\b")
_BEFORE_NO_NAME = re.compile(
    r"[,;:.]|\b(?:in|at|on|of|for|to|from|with|by|near|and|is|was|has|had|were|are)\s", re.IGNORECASE
)
_DESCRIBED = re.compile(rf"(?i:{_DETERMINER})\s(?:[\w’'-]+\s){{0,2}}?[\w’'-]+\b")
_DESCRIBED_NAME = re.compile(rf"(?:[a-z][\w’'-]*\s){{1,4}}{NAME.pattern}")  # lexicographer Peter Roe
_ENDS_IN_PRONOUN = re.compile(r"(?<=\s)(he|she|they|it)$")
_MANY = GROUPS | PLURALS
_NOUNS = _MANY | ROLES
_LONGEST = 16  # words


@dataclass(frozen=True, slots=True)
class Subject:
    """``text`` as written, at ``at`` to ``end`` of the sentence's text; ``aside``: what stands between commas behind."""

    text: str
    at: int
    end: int
    aside: str = ""


def subject_before(left: str, low: int) -> Subject | None:
    """The subject that ``left`` (which begins at ``low`` of the text) ends in, None when it ends in none."""
    aside = _before_aside(left.rstrip(), low) if left.rstrip().endswith((",", ")", "—", "–")) else None
    if aside is not None:
        return aside
    text = _WHEN.sub("", left).rstrip()
    if relative := re.search(r",?\s(?:who|which)$", text):
        names = list(NAME.finditer(text, 0, relative.start()))
        if names and names[-1].end() == relative.start():
            return Subject(names[-1][0], low + names[-1].start(), low + relative.start())
        return None
    begin = len(text) - len(text.lstrip(" ,"))
    while leading := _LEADING.match(text, begin):
        begin = leading.end()
    for cut in _CUT.finditer(text):
        rest = text[cut.end() :]
        far = cut.start() > 25 and (NAME.fullmatch(rest) is not None)
        far = far or (cut.start() > 25 and cut["small"] in _SUBORDINATORS)
        if subject_like(rest) and (cut["small"] is None or _PRONOUN.fullmatch(rest) or far):
            begin = max(begin, cut.end())
    if late := _ENDS_IN_PRONOUN.search(text, begin):
        begin = late.start(1)
    subject = text[begin:]
    if not subject_like(subject) or len(subject.split()) > _LONGEST:
        return None
    return Subject(subject, low + begin, low + len(text))


def _before_aside(text: str, low: int) -> Subject | None:
    """ "Joss Werrick, who leads the brigade," or "Todd Harkness (R-Idaho)": what stands before the aside."""
    whole = _BRACKET.sub("", text.rstrip(" ,—–"))
    begin = len(whole) - len(whole.lstrip(" ,—–"))
    while leading := _LEADING.match(whole, begin):
        begin = leading.end()
    for cut in re.finditer(r";\s+|,\s+(?:but|while|and|although|though)\s+", whole):
        begin = max(begin, cut.end())
    head = _ASIDE_STARTS.split(whole[begin:], maxsplit=1)[0]
    while _FINITE.search(head) and (comma := whole.find(", ", begin)) >= 0:
        begin = comma + 2
        head = _ASIDE_STARTS.split(whole[begin:], maxsplit=1)[0]
    has_aside = len(head) < len(whole) - begin or "(" in text
    if not has_aside or not subject_like(head) or len(head.split()) > _LONGEST:
        return None
    return Subject(head, low + begin, low + len(text), whole[begin + len(head) :].strip(" ,—–()"))


def subject_after(text: str, start: int, end: int, closing: bool) -> Subject | None:
    """ "Joss Werrick, who leads ..." behind the verb that ends at ``start``. ``closing``: it ends the sentence."""
    stop = stop_after(text, start, end)
    subject = text[start:stop].strip()
    words = subject.split()
    described_name = _DESCRIBED_NAME.fullmatch(subject) is not None
    if not (described_name or subject_like(subject)) or len(words) > _LONGEST or _CLAUSE.search(subject):
        return None
    last = words[-1].lower()
    if not (words[0].lower() in _INVERTED_OPENS or NAME.search(subject) or last in _NOUNS):
        return None
    if closing and not _ENDED.match(text[stop:end]):
        return None
    aside = re.match(r",\s+([^,.;\"“”]{2,80})", text[stop:end])
    return Subject(subject, start + 1, stop, aside[1] if aside else "")


def stop_after(text: str, start: int, end: int) -> int:
    """Where a subject ends that begins at ``start``: at a mark or a word that goes on with something else."""
    cut = _AFTER.search(text, start + 1, end)
    while cut and cut[0] == "." and cut.end() < end and _SHORTENED.search(text, start, cut.start()):
        cut = _AFTER.search(text, cut.end(), end)
    return cut.start() if cut else end


def subject_like(text: str) -> bool:
    """Say whether ``text`` looks like the subject of a verb: a pronoun, a name, a noun with what belongs to it."""
    words = text.split()
    if not words or _MARK.search(text) or words[0].lower().replace("’", "'") in NO_SUBJECT:
        return False
    if _PRONOUN.fullmatch(text.strip()):
        return True
    last = words[-1].lower().strip("’'")
    if last in _ENDS_NO_SUBJECT:
        return False
    return bool(_OPENS.match(text.strip())) or words[0].lower() in _NOUNS or last in _MANY


def fits(subject: str, tense: str) -> bool:
    """Say whether a verb of that tense can follow: plural before "say", no long phrase before "claims"."""
    words = subject.split()
    lower = [word.lower() for word in words]
    if tense == "base":
        head = re.split(r"\s(?:of|for|at|from|in|with|to|who|that)\s", subject, maxsplit=1)[0].lower().split()
        plural = head[-1] in _MANY or (head[-1].endswith("s") and not head[-1].endswith("ss") and words[-1].islower())
        return lower[0] in {"they", "i", "we", "many", "some", "both", "several", "most"} or plural or "and" in lower
    if tense == "third":
        short = len(words) <= 4 or NAME.search(subject) is not None
        return short and not any(word.endswith("ing") for word in lower)
    return True


def lead_of(text: str) -> str:
    """The subject of a sentence, near enough: what stands first in it, without "On Monday," or "But" before it."""
    while leading := _LEADING.match(text):
        text = text[leading.end() :]
    if pronoun := re.match(r"(?:he|she|they|it)\b", text, re.IGNORECASE):
        return pronoun[0]
    for name in NAME.finditer(text, 0, 80):
        if split_title(name[0])[1]:
            return text[: name.end()] if not _BEFORE_NO_NAME.search(text[: name.start()]) else _described(text)
    return _described(text)


def _described(text: str) -> str:
    described = _DESCRIBED.match(text)
    return described[0] if described else ""
