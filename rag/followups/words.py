"""Words of questions, by what they do there. General English; none was drawn from an article."""

from __future__ import annotations

from index.stopwords import STOP_WORDS

AUXILIARIES = frozenset(
    """
    do does did is are was were has have had will would can could shall should may might must
    isn't aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't won't wouldn't can't couldn't
    """.split()
)
DO = frozenset("do does did don't doesn't didn't".split())
BE = frozenset("is are was were isn't aren't wasn't weren't".split())
QUESTION_WORDS = frozenset("who whom whose what which when where why how".split())
PREPOSITIONS = frozenset(
    """
    in on at by for from to with of about under over against into within after before since until during through
    between among near around across behind beyond despite without towards toward per as like than
    """.split()
)
TIME_PREPOSITIONS = frozenset("in on by after before since until during from at around".split())
# They end a noun phrase.
_CLOSED = """
    and or but not also too who whom whose which that when where why how if because while although though there here
    he she it they him her them his hers its their theirs himself herself itself themselves i you we me us
    now then yet already still ever never just only so please any some according worth
"""
BREAKS = frozenset(_CLOSED.split()) | PREPOSITIONS | AUXILIARIES
DETERMINERS = frozenset("the a an this that these those his her its their".split())
CLAUSE_OPENERS = frozenset("that when after before if because who which while although since until whether and".split())

# The base form of verbs that questions about news are asked with; the last of them before a pause is the verb.
BASE_VERBS = frozenset(
    """
    accept accuse achieve acquire act admit adopt agree allow announce answer appeal appear apologise apologize apply
    appoint approve argue arrest arrive ask attack attempt attend avoid award back ban base be bear become begin believe
    belong blame block boost break bring build burn buy call cancel carry catch cause celebrate chair challenge change
    charge choose cite claim close collapse collect come comment commit compare compete complain complete condemn
    confirm consider contain contribute control convict cost cover crash create criticise criticize cross cut damage
    deal decide declare decline defeat defend delay deliver demand deny depend describe destroy develop die disagree
    disappear discover discuss dismiss do donate drop earn elect employ end enter escape estimate evacuate exceed expand
    expect expel explain explode export express extend face fail fall fear feel fight fill find fine finish fire flee
    fly follow force forecast form found free gain get give go grow happen have hear help hide hire hit hold hope host
    identify impose improve include increase inform injure inspect insist install intend introduce invade invest
    investigate invite involve issue join jump keep kidnap kill know lack land last launch lay lead leak learn leave
    lend let lie lift like limit link list live look lose lower make manage march mark marry mean measure meet mention
    mind miss move name need negotiate nominate note notice offer open operate oppose order organise organize overtake
    owe own paint participate pass pay perform plan play plead pledge point praise predict prefer prepare present
    prevent produce promise propose protect protest prove provide publish pull purchase push put quit raise reach
    react read receive recommend recover reduce refuse regret reject release rely remain remove rename reopen repair
    repay replace reply report represent request rescue resign resolve respond result resume retire return reveal ride
    rise rule run sail save say score search see seek sell send sentence serve set settle shoot show shut sign sing
    sink spend split spread stand start state stay steal step stop strike struggle submit succeed sue suffer suggest
    supply support surrender survive suspect suspend take talk target teach tell test think threaten throw tour train
    transfer travel treat trigger turn undergo understand unveil uphold urge use vanish veto visit vote vow wait walk
    want warn watch wear weigh welcome win withdraw wonder work worry write yield
    """.split()
)
_DOUBLED = frozenset("admit ban begin commit cut drop fit get hit let plan prefer put quit regret run set shut".split())
_DOUBLED |= frozenset("sit split step stop submit transfer win".split())
# The past of verbs that a subject question has right behind its noun: "Which bank bought ...".
PASTS = frozenset(
    """
    became began bore bought broke brought built came caught chose cost cut did died drew drove fell fled flew forgot
    fought found gave got grew had heard held hid hit kept knew laid led left lent lost made meant met paid put quit ran
    rang read rose said sang sank sat saw sent set shot shut sold spent split spoke stole stood struck sued swore
    taught thought threw told took went won wore wrote withdrew
    """.split()
)
# Participles of those whose past is another word.
PARTICIPLES = {
    "began": "begun", "bore": "borne", "broke": "broken", "chose": "chosen", "did": "done", "drew": "drawn",
    "drove": "driven", "flew": "flown", "forgot": "forgotten", "gave": "given", "hid": "hidden", "knew": "known",
    "rang": "rung", "sang": "sung", "sank": "sunk", "saw": "seen", "spoke": "spoken", "stole": "stolen",
    "swore": "sworn", "threw": "thrown", "took": "taken", "wore": "worn", "wrote": "written", "withdrew": "withdrawn",
}  # fmt: skip
# Pasts without a passive.
INTRANSITIVE = frozenset("became came caused cost fell fled got grew had meant rose sat stood went".split())
# Words that carry no topic: with nothing else, a question leans on what was said before.
LIGHT = (
    STOP_WORDS
    | QUESTION_WORDS
    | AUXILIARIES
    | frozenset(
        """
        say said says happen happened happens take takes took get got give gave go goes went come came make made think
        thought know knew call called mean meant cost costs pay paid want wanted work old long big many much large high
        often far new next now name named first last start started begin began end ended date day month year time people
        person number amount reason thing things way kind else exactly really actually ago later earlier today
        yesterday tomorrow still already become became becomes accept reject monday tuesday wednesday thursday friday
        saturday sunday anyone anybody someone somebody everyone everybody nobody anything something also ever never
        finally happening following previous me details detail
        """.split()
    )
)
# "The world", "the government": everybody knows which.
KNOWN_TO_ALL = frozenset(
    """
    world country public government state nation capital past future present moment time year month week day days weeks
    months years morning afternoon evening night end beginning start name names date number reason reasons cause same
    first second third last next latest most best worst other others way media internet weather sea ground air sky sun
    moon economy law north south east west
    """.split()
)


def ing(verb: str) -> str:
    """The -ing form of a base form: "cut" to "cutting"."""
    if verb in _DOUBLED:
        return verb + verb[-1] + "ing"
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    return (verb[:-1] if verb.endswith("e") and verb[-2:] not in ("ee", "oe", "ye", "be") else verb) + "ing"
