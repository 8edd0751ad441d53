"""Verbs of news English: enough to turn "Which club sold more shirts" into "How many shirts did the club sell"."""

from __future__ import annotations

import re

# Base, past, participle where it is another word.
_IRREGULAR = """
    arise arose arisen|be was been|be were is are|have has had|do does did|bear bore born|beat beat beaten|
    become became become|
    begin began begun|bid bid bid|bind bound|bite bit bitten|bleed bled|blow blew blown|break broke broken|
    breed bred|bring brought|build built|burn burnt|buy bought|cast cast|catch caught|choose chose chosen|
    come came come|cost cost|cut cut|deal dealt|dig dug|do done|draw drew drawn|drink drank drunk|
    drive drove driven|eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|find found|flee fled|
    fly flew flown|forbid forbade forbidden|forget forgot forgotten|freeze froze frozen|get got gotten|
    give gave given|go went gone|grow grew grown|hang hung|hear heard|hide hid hidden|hit hit|hold held|
    hurt hurt|keep kept|know knew known|lay laid|lead led|leave left|lend lent|let let|lie lay lain|light lit|
    lose lost|make made|mean meant|meet met|overtake overtook overtaken|pay paid|put put|quit quit|read read|
    rebuild rebuilt|ride rode ridden|ring rang rung|rise rose risen|run ran run|say said|see saw seen|seek sought|
    sell sold|send sent|set set|shake shook shaken|shed shed|shoot shot|show showed shown|shrink shrank shrunk|
    shut shut|sing sang sung|sink sank sunk|sit sat|sleep slept|speak spoke spoken|spend spent|split split|
    spread spread|stand stood|steal stole stolen|stick stuck|strike struck|swear swore sworn|sweep swept|
    swim swam swum|take took taken|teach taught|tear tore torn|tell told|think thought|throw threw thrown|
    understand understood|undergo underwent undergone|wake woke woken|wear wore worn|win won|
    withdraw withdrew withdrawn|write wrote written
"""
_ROWS = [row.split() for row in _IRREGULAR.split("|")]
_BASE_OF = {form: row[0] for row in _ROWS for form in row}
_PAST_OF = {row[0]: row[1] for row in _ROWS}
_PARTICIPLES = frozenset(row[-1] for row in _ROWS)
_REGULAR = frozenset(
    """
    abandon accept accuse add admit affect agree aim announce answer appeal appear apply appoint approve argue arrest
    arrive ask attack attend attract award back ban base belong block borrow call campaign cancel carry cause cease
    celebrate chair change charge claim climb close coach collapse collect command complete concede conclude confirm
    contain continue control convict cover crash create criticise criticize cross decide declare decline defeat defend
    delay deliver demand deny deploy derail describe deserve design destroy detain develop die differ direct discover
    discuss displace dissolve divide donate double drop earn edit elect employ empty enact end endorse enter erupt
    escape establish evacuate exceed expand expect expel explain explode express face fail file finance fine finish fire
    flood force form found fund gain gather govern halt handle happen harm head help hire host house hunt import impose
    improve include increase injure inspect invade invent invest invite join kick kill land last launch lift like link
    list live lobby locate lock look love lower manage march mark marry merge mind miss move murder name need notice
    occupy occur offer open operate oppose order organise organize overrun own pass plan plant play plead please pledge
    postpone praise predict prepare present prevent produce promise promote propose prosecute protect protest prove
    provide publish pull punish question raise ratify reach react rebel recall receive recognise record recover reduce
    refuse regain reject release remain remove renew reopen repair replace report represent rescue resign resume retire
    return reveal rob rule sail save scatter schedule score seize serve settle shell shelter sign spark sponsor start
    state stay step stop store study succeed suffer suggest support surrender survive suspend talk target test threaten
    topple total trade train transfer travel treat trigger trust try turn unveil use vanish visit vote wait walk want
    warn watch welcome work worry
    """.split()
)
BASES = frozenset(row[0] for row in _ROWS) | _REGULAR
_DOUBLED = re.compile(r"([bdgmnprt])\1$")
# Endings of stems that are written with an -e: "close", "organise", "raise", "charge", "value".
_SILENT_E = re.compile(r"(?:[cuvz]|[^s]s|[lrdn]g|[aeiou][bgk]|[^aeiou]l|(?:[^aeo]|\b)[aeiou](?:t|r|n|m|d|p|k))$")
_WITHOUT_E = re.compile(r"(?:it|er|en|on|in|al|op|el|ow|or|et|us|our|om|ert|ort|[aeiou]{2}[a-z])$")


def base_of(verb: str) -> str:
    """The infinitive of a past, participle or third person: "won" is "win", "carried" "carry", "costs" "cost"."""
    word = verb.lower()
    if word in BASES or word in _BASE_OF:
        return _BASE_OF.get(word, word)
    if word.endswith("ed"):
        return _without_ed(word[:-2])
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("s", "")):
        if word.endswith(ending) and not word.endswith("ss"):
            return word[: -len(ending)] + instead
    return word


def _without_ed(stem: str) -> str:
    if stem.endswith("i"):
        return f"{stem[:-1]}y"
    for candidate in (stem, f"{stem}e"):
        if candidate in BASES:
            return candidate
    if _DOUBLED.search(stem):
        return stem[:-1]
    return f"{stem}e" if _SILENT_E.search(stem) and not _WITHOUT_E.search(stem) else stem


def past_of(base: str) -> str:
    """The past of an infinitive: "leave" is "left", "carry" "carried", "stop" "stopped"."""
    if base in _PAST_OF:
        return _PAST_OF[base]
    if base.endswith("e"):
        return f"{base}d"
    if re.search(r"[^aeiou]y$", base):
        return f"{base[:-1]}ied"
    return f"{base}{base[-1] if re.fullmatch(r'[^aeiou]*[aeiou][bdgmnprt]', base) else ''}ed"


def is_base(word: str) -> bool:
    """True for an infinitive that is known."""
    return word.lower() in BASES


def is_finite(word: str) -> bool:
    """True for a form that can follow "the firm that": a past or a third person, a modal, a form of be or have."""
    low = word.lower()
    known = low in _BASE_OF and low not in BASES
    if known or low.endswith("ed") or low in ("is", "are", "was", "were", "has", "had", "will", "would", "can", "cut"):
        return True
    return low.endswith("s") and base_of(low) in BASES


def is_participle(word: str) -> bool:
    """True for "built", "founded", "born"."""
    low = word.lower()
    return low in _PARTICIPLES or low.endswith("ed")
