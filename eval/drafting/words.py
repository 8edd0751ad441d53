"""The English that the rules know: names, roles, states, verbs, and patterns for numbers, sums of money and times."""

from __future__ import annotations

import re

from rag.expected import NUMBER_WORDS
from rag.questions import DAYS, MONTHS

# -- names

WORD = r"\b[A-ZÀ-Þ][\w’'-]{0,30}[\wà-ÿ]"
NAME = (
    rf"(?!(?:Dr|Mr|Mrs|Ms|Sir) ){WORD}"
    rf"(?: (?:[A-Z]\.|(?:al|el)-{WORD}|(?:de|van|von|al|bin|el|la|der)(?= [A-Z])|{WORD})){{1,3}}"
    r"(?: [JS]r\.)?"
)

ROLES = frozenset(
    """
    activist actor actress administrator adviser advisor agent aide ambassador analyst anchor anthropologist
    archaeologist architect artist assistant astronaut astronomer athlete attorney author biologist blogger broadcaster
    businessman businesswoman campaigner candidate captain cardiologist chair chairman chairperson chairwoman champion
    chancellor chef chemist chief co-founder coach columnist comedian commander commentator commissioner composer
    congressman congresswoman consultant coordinator correspondent counsel critic curator dean defender deputy designer
    detective developer dietitian diplomat director doctor driver economist editor engineer entrepreneur envoy
    epidemiologist executive expert farmer fellow filmmaker firefighter forecaster founder general geologist goalkeeper
    governor head historian immunologist inspector instructor investigator investor journalist judge king lawmaker
    lawyer leader lecturer manager mayor member meteorologist midfielder minister musician negotiator neurologist
    neuroscientist novelist nurse nutritionist officer official organizer owner partner pastor pathologist pediatrician
    photographer physician physicist pilot player poet politician premier presenter president priest prince princess
    principal producer professor programmer prosecutor psychiatrist psychologist publisher quarterback queen rapper
    reporter representative researcher resident scholar scientist secretary senator sergeant sheriff singer skier
    sociologist soldier specialist spokesman spokesperson spokeswoman star strategist striker student superintendent
    surgeon survivor teacher technician trainer treasurer veteran veterinarian virologist volunteer winger winner
    writer CEO CFO COO
    """.split()
)
ROLE = rf"(?i:{'|'.join(sorted(ROLES, key=lambda role: (-len(role), role)))})"

# "Ann Lee, director of the zoo" is the only one; a "professor of law" is one of several.
ONE_OF_A_KIND = frozenset(
    """
    CEO CFO COO chair chairman chairperson chairwoman chancellor chief co-founder commissioner dean director editor
    executive founder governor head king manager mayor minister owner president principal queen secretary sheriff
    superintendent treasurer
    """.split()
)

# Offices that one person holds at a time: "the Texas governor".
OFFICES = (
    "Vice President|Deputy Prime Minister|First Minister|Prime Minister|President|Chancellor|Secretary-General"
    "|Foreign Minister|Defense Minister|Defence Minister|Finance Minister|Interior Minister|Health Minister"
    "|Defense Secretary|Transportation Secretary|Treasury Secretary|Home Secretary|Foreign Secretary|Press Secretary"
    "|Attorney General|Secretary of State|Governor|Gov\\.|Mayor|Police Chief|Fire Chief|Chief Justice|Surgeon General"
    "|Opposition Leader"
)
TITLE = rf"(?:{OFFICES}|Mr\.|Mrs\.|Ms\.|Dr\.|Rep\.|Sen\.|Prof\.|Sheriff|CEO|Speaker|Majority Leader|Minority Leader)"

# A name with one of these words is not a person's.
NO_PERSON = frozenset(
    """
    Academy Administration Agency Air Airlines Airport America American Analytics Army Association Authority Avenue
    Bank Bay Beach Board Bowl Bridge British Building Bureau Business CNN Capital Capitol Care Cathedral Center Centre
    Chinese Church City Clinic Club College Commission Committee Community Companies Company Conference Congress Corp
    Corporation Council County Court Cup Day Democrat Democratic Democrats Department District East Education Embassy
    Energy Enterprises European Federal Federation Festival Financial Florida Force Forces Foundation French Friday
    Fund German Government Governor Group Guard Health Hill Holdings Home Hospital Hotel House Inc Institute
    International Island Islands Israeli Journal Justice Korea Labs Lake League Library Light Magazine March Maritime
    Media Medical Medicine Memorial Military Ministry Mobile Monday Motors Mountain Museum Music National Navy Network
    New News North Office Olympic Olympics Organization Palace Park Partners Party Police Post Press Prison Public Red
    Research Republican Republicans Reserve River Road Royal Russian Saturday School Schools Science Sea Security
    Senate Series Service Services Society South Space Sports Square Stadium State States Station Street Studios Sunday
    Supreme Systems TV Team Technologies Texas Theater Thursday Times Tower Trade Transportation Treasury Tribune Trust
    Tuesday US USA Ukrainian Union United University Valley Village Wall Washington Wednesday West White Women World
    York
    """.split()
)
# What a name with "a ... company" behind it can be.
THING = (
    "(?:agency|airline|album|app|area|association|band|bank|bill|book|borough|brand|brewery|bureau|capital|chain|charity"
    "|chemical|church|city|club|coalition|college|community|company|compound|condition|council|country|county|disease"
    "|disorder|district|documentary|drug|event|exhibition|facility|festival|film|firm|foundation|game|group|holiday|hospital"
    "|hotel|initiative|institute|institution|island|lab|laboratory|lake|law|league|magazine|maker|manufacturer|market|missile"
    "|mission|mountain|movement|movie|museum|neighborhood|network|newspaper|nonprofit|novel|nonprofit organization"
    "|organization|park|party|plant|platform|podcast|program|project|province|provider|publisher|region|restaurant|retailer"
    "|river|rocket|satellite|school|series|service|ship|show|site|song|spacecraft|startup|storm|suburb|system|tank|team"
    "|theater|tool|town|union|university|vaccine|venue|vessel|village|virus|website)"
)
STATES = frozenset(
    (
        "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii"
        "|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan"
        "|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York"
        "|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina"
        "|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming"
    ).split("|")
)
STATE = "|".join(sorted(STATES, key=lambda state: (-len(state), state)))
VENUE = (
    "(?:Academy|Airport|Arena|Auditorium|Ballpark|Beach|Cathedral|Center|Centre|Church|Clinic|College|Coliseum|Courthouse"
    "|Field|Gardens?|Hall|School|Hospital|Hotel|Institute|Library|Museum|Palace|Park|Pavilion|Plaza|Speedway|Square|Stadium"
    "|Station|Temple|Theater|Theatre|University|Zoo)"
)

# -- numbers, money, times

YEAR = r"(?:(?:1[5-9]|20)\d\d)"
COUNT = (
    rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)? (?:million|billion|trillion)|(?!{YEAR}\b)\d+"
    rf"|{'|'.join(NUMBER_WORDS[1:28])})"
)
ABOUT = (
    r"(?:(?:at least|about|well over|upwards of|nearly|more than|up to|roughly|some|around|over|almost|an estimated"
    r"|as many as|fewer than|less than|approximately|only|just|close to) )?"
)
MONEY = (
    r"(?:(?:US|C|A)?[$£€]\d[\d,.]*\d?(?: (?:million|billion|trillion)|[mb]n)?(?!-)|\d[\d,.]* (?:dollars|euros|pounds))"
)
SHARE = r"\d[\d.]*(?:%| percent| percentage points)"
_MONTH = "|".join(rf"{month.title()}|{month[:3].title()}\.|{month[:4].title()}\." for month in MONTHS)
DATE = rf"(?:(?:{_MONTH}) \d{{1,2}}(?:, \d{{4}}\b)?(?!\d)|(?:{_MONTH})(?: \d{{4}})?(?!\w| \d))"
_DAY = "|".join(day.title() for day in DAYS)
WEEKDAY = rf"(?:{_DAY})(?: (?:morning|afternoon|evening|night))?\b(?![’'])"
WHEN = rf"\b(?:(?:early|late|back) )?(?:on (?:{DATE}|(?:{_DAY}), {DATE}|{WEEKDAY})|in (?:{DATE}|{YEAR}))(?!\w)"

# -- verbs

AUXILIARIES = frozenset("is are was were do does did has have had will would can could may might must should".split())
MODALS = frozenset("would can could may might must should".split())
_TRANSITIVE = """
    accept acquire address announce approve arrest attack attend award ban beat block book break bring build buy cancel
    capture carry catch cause celebrate charge close collect complete conduct confirm contain contribute cost cover
    create criticize cut declare defeat delay deliver deny deploy design designate destroy detain detect develop direct
    discover displace donate draw earn employ endorse enroll enter establish evacuate execute expand extend face
    feature fight file fill fire found fund gain get give grant hire hit hold honor host identify impose include injure
    inspire install introduce invade invest issue join kill launch lay lead leave lose make marry meet miss move murder
    name nominate offer open operate order own pass pay place plant play post postpone praise present produce propose
    publish pull purchase raise reach receive recognize record recover register reject release remove rent replace
    represent rescue restore resume reveal run save score secure seize select sell send serve set share shoot sign
    spend sponsor spot start steal strike sue suffer surpass survey survive suspend take target teach test throw top
    trade treat unveil use violate visit vote wear win withdraw witness wound write
"""
_INTRANSITIVE = """
    appear arrive become begin climb collapse come compete crash debut decline die drop emerge end erupt expire fall
    finish fly graduate grow increase jump land last live move occur open originate plead premiere resign retire return
    rise serve settle sink speak start step testify travel vanish vote walk work
"""
_IRREGULAR = """
    beat:beat become:became begin:began break:broke bring:brought build:built buy:bought catch:caught come:came
    cost:cost cut:cut draw:drew fall:fell fight:fought fly:flew get:got give:gave grow:grew hit:hit hold:held lay:laid
    lead:led leave:left lose:lost make:made meet:met pay:paid plead:pleaded rise:rose run:ran sell:sold send:sent
    set:set shoot:shot sink:sank speak:spoke spend:spent steal:stole strike:struck take:took teach:taught throw:threw
    wear:wore win:won withdraw:withdrew write:wrote
"""
_DOUBLED = frozenset("ban drop spot step top".split())


def _past_of(base: str) -> str:
    irregular = dict(pair.split(":") for pair in _IRREGULAR.split())
    if base in irregular:
        return irregular[base]
    if base in _DOUBLED:
        return base + base[-1] + "ed"
    if re.search("[^aeiou]y$", base):
        return base[:-1] + "ied"
    return base + ("d" if base.endswith("e") else "ed")


# Past tense to base form. What takes an object can also be a participle ("the man killed in the crash"), so it counts
# as a verb only where an object follows.
INTRANSITIVE = {_past_of(base): base for base in _INTRANSITIVE.split()}
PAST = {_past_of(base): base for base in _TRANSITIVE.split()} | INTRANSITIVE
CHANGES = frozenset("climb decline drop fall grow increase jump rise".split())
SPENDING = (
    r"\b(?:pay|paid|spend|spent|raised?|cost|earn|earned|donated?|receive|received|lose|lost|invest|invested|fined)\b"
)
PARTICIPLE = (
    r"(?:\w+ly |also |first |then )*(?:\w+ed|born|bought|brought|built|caught|cut|driven|found|given|held|hit|hurt"
    r"|known|led|left|lost|made|paid|put|sold|sent|set|shot|shown|spent|stolen|struck|taken|thrown|told|won|written)\b"
    r"(?! that\b)"
)

# -- small words

PREPOSITIONS = frozenset(
    "in at on by to from for with over during across since near around of into through against under than".split()
)
END = rf"(?= (?:{'|'.join(sorted(PREPOSITIONS))})\b|$)"  # where a phrase ends
THINGS = r"(?:[a-z][a-z-]*s|people|children|women|men)"
MEASURES = (
    r"\b(?:years?|months?|weeks?|days?|hours?|minutes?|seconds|points|yards|others|times|degrees|dollars|percent)\b"
)
