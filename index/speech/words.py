"""Word lists of news English: verbs of speech, roles, organisations, first names.

They are general vocabulary; none was drawn from an article.
"""

from __future__ import annotations

from index.stopwords import STOP_WORDS

_IRREGULAR = {
    "say": ("says", "said", "said", "saying"),
    "tell": ("tells", "told", "told", "telling"),
    "write": ("writes", "wrote", "written", "writing"),
    "read": ("reads", "read", "read", "reading"),
    "swear": ("swears", "swore", "sworn", "swearing"),
    "sing": ("sings", "sang", "sung", "singing"),
    "begin": ("begins", "began", "begun", "beginning"),
    "speak": ("speaks", "spoke", "spoken", "speaking"),
    "go on": ("goes on", "went on", "gone on", "going on"),
    "put it": ("puts it", "put it", "put it", "putting it"),
}
_DOUBLED = frozenset(["admit", "quip", "brag", "slam", "dub", "shrug", "fret", "chat"])


def _forms(verb: str) -> tuple[str, str, str, str]:
    """Third person, past, participle and -ing form."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    third = verb[:-1] + "ies" if _ends_in_y(verb) else verb + ("es" if verb.endswith(("s", "sh", "ch", "x")) else "s")
    if verb.endswith("e"):
        return third, verb + "d", verb + "d", verb[:-1] + "ing"
    if _ends_in_y(verb):
        return third, verb[:-1] + "ied", verb[:-1] + "ied", verb + "ing"
    stem = verb + verb[-1] if verb in _DOUBLED else verb
    return third, stem + "ed", stem + "ed", stem + "ing"


def _ends_in_y(verb: str) -> bool:
    return verb.endswith("y") and verb[-2] not in "aeo"


# What follows is a clause, with or without "that".
_SAYING = """
    say tell insist claim argue note warn allege assert contend explain stress testify complain reiterate
"""
# What follows is mostly a thing ("announced the plan"): a clause needs "that", or a verb of its own.
_ANNOUNCING = """
    announce confirm declare promise vow pledge predict suggest maintain reveal deny emphasise emphasize report estimate
    recall hint inform assure remind conclude observe comment remark repeat disclose propose demand lament
    threaten recommend agree advise counter retort protest speculate guarantee forecast clarify signal state admit
    acknowledge concede answer add write tweet post joke quip caution swear reply respond
"""
# These stand with quotation marks only.
_QUOTING = """
    ask laugh sigh shout cry call describe whisper continue remember smile shrug exclaim brand label dub slam blast
    praise criticise criticize hail dismiss denounce condemn blame accuse urge thank scream yell mutter murmur sing begin
    offer grin groan snap rage cheer beg plead wonder intone enthuse gush growl scoff muse read question characterise
    characterize reject welcome mock chant address summarise summarize brag apologise apologize think speak advise decry
    deride liken chuckle interject venture opine start nod grumble order boast
"""
_PHRASES = ("go on", "put it")


def _table(verbs: str) -> dict[str, str]:
    """Each form of each verb with its tense: "base", "third", "past", "ing"."""
    table: dict[str, str] = {}
    for verb in [*verbs.split()]:
        third, past, participle, ing = _forms(verb)
        table |= {verb: "base", third: "third", ing: "ing", participle: "past", past: "past"}
    return table


SAYING = _table(_SAYING)
ANNOUNCING = _table(_ANNOUNCING)
QUOTING = _table(_QUOTING) | {form: "past" for verb in _PHRASES for form in _forms(verb)[:3]}
TENSES = QUOTING | ANNOUNCING | SAYING

# Heads of "the ..." that mean one person, and words before a name that are no part of it.
ROLES = frozenset(
    """
    president premier chancellor minister secretary governor senator representative congressman congresswoman lawmaker
    legislator mp councillor councilman councilwoman councilor mayor deputy-mayor alderman commissioner ambassador envoy
    diplomat consul king queen prince princess emperor pope cardinal archbishop bishop priest pastor reverend rabbi imam
    ayatollah monk nun sister father brother general colonel major captain lieutenant sergeant corporal commander
    admiral officer sheriff constable inspector superintendent detective marshal chief chief-executive ceo cfo coo
    chairman chairwoman chairperson chair president-elect director head leader manager boss founder co-founder owner
    executive treasurer secretary-general spokesman spokeswoman spokesperson aide adviser advisor assistant official
    judge justice magistrate prosecutor attorney lawyer barrister solicitor counsel coroner defendant plaintiff suspect
    witness victim survivor juror professor doctor dr prof scientist researcher historian economist analyst expert
    biologist physicist chemist geologist astronomer palaeontologist paleontologist archaeologist psychologist
    sociologist engineer architect designer author writer novelist poet playwright journalist reporter correspondent
    editor publisher columnist critic photographer film-maker filmmaker director producer actor actress singer musician
    conductor composer pianist violinist guitarist rapper dancer painter sculptor artist curator comedian presenter host
    coach striker midfielder defender goalkeeper winger forward quarterback pitcher catcher receiver safety guard
    linebacker batsman bowler umpire referee champion driver jockey swimmer runner cyclist boxer golfer player skipper
    teammate teacher headteacher headmaster headmistress principal lecturer student pupil graduate nurse midwife surgeon
    physician paramedic firefighter fisherman fishwife farmer baker butcher shopkeeper waiter waitress barber carpenter
    plumber electrician miner driver pilot sailor soldier veteran pensioner retiree resident neighbour neighbor villager
    tourist passenger customer tenant landlord activist campaigner organiser organizer volunteer worker employee
    colleague friend mother father son daughter wife husband widow widower brother sister uncle aunt cousin nephew niece
    grandmother grandfather grandson granddaughter partner fiance fiancee man woman boy girl teenager child parent
    warden ranger librarian vet dean provost rector speaker whip candidate nominee opponent rival incumbent billionaire
    tycoon entrepreneur investor banker trader strategist inventor explorer navigator baron lord lady duke duchess earl
    count countess sultan emir sheikh sheik chairman-elect counsellor counselor therapist legend star youngster veteran
    mr mrs ms miss mx sir dame madam sen rep gov pres gen col maj capt cmdr lt sgt cpl pvt det supt insp rev fr hon
    msgr st undersecretary vice deputy acting former interim then-president ex-president ex-minister mp's prime
    foreign interior defence defense finance health home justice transport education agriculture energy environment
    labour labor trade culture state attorney-general district superior supreme chief senior junior executive
    managing operating financial technical medical police fire harbour harbor house senate county city town opposition
    majority minority shadow first second lady supervisor planner meteorologist forecaster seismologist epidemiologist
    virologist immunologist choreographer chef cook restaurateur brewer winemaker gardener trainer instructor tutor
    analyst-in-chief editor-in-chief commander-in-chief secretary-treasurer maker toymaker carmaker drugmaker chipmaker
    airline retailer union tribal party club director-general
    """.split()
)
# Of the words above, those that only qualify a role and never stand for a person alone.
MODIFIERS = frozenset(
    """
    vice acting former interim prime foreign interior defence defense finance health home transport education
    agriculture energy environment labour labor trade culture state district superior supreme senior junior managing
    operating financial technical medical police fire harbour harbor house senate county city town opposition majority
    minority shadow first second tribal party club union airline retailer maker
    """.split()
)
GROUPS = frozenset(
    """
    officials police prosecutors authorities residents witnesses experts analysts researchers scientists doctors lawyers
    critics supporters opponents activists campaigners organisers organizers relatives neighbours neighbors parents
    teachers students nurses workers employees investigators detectives firefighters rescuers lawmakers diplomats
    ministers economists historians sources protesters farmers fishermen villagers locals fans players unions companies
    leaders members soldiers troops survivors passengers customers engineers meteorologists forecasters observers
    commentators journalists reporters executives regulators inspectors attorneys jurors judges senators republicans
    democrats conservatives liberals councillors aides advisers advisors friends colleagues families victims medics
    """.split()
)
ORGANISATIONS = frozenset(
    """
    company firm airline airport bank agency ministry department office union league party council committee commission
    court tribunal university college institute institution school hospital museum theatre theater orchestra club team
    group organisation organization association federation foundation charity trust fund body board bureau service
    authority government administration parliament congress senate assembly police army navy force corps church
    newspaper paper magazine broadcaster network station channel operator maker manufacturer retailer chain brand
    supermarket utility railway carrier regulator watchdog embassy consulate centre center laboratory lab academy
    society alliance coalition consortium cooperative co-operative partnership holdings industries systems motors
    energy technologies inc ltd plc corp corporation co llc ag gmbh sa nv house palace kremlin pentagon treasury
    inspectorate secretariat coastguard brigade unit campaign region province state city county village town
    """.split()
)
# Things that speak for who wrote them.
PAPERS = frozenset(
    """
    statement report letter note sign study paper tweet post email e-mail message document memo filing lawsuit complaint
    indictment release survey poll notice leaflet banner placard inscription text article editorial book
    """.split()
)
FEMALE_TITLES = frozenset("mrs ms miss lady dame queen princess duchess countess madam sister mother".split())
MALE_TITLES = frozenset("mr sir king prince duke earl baron sheikh sheik pope cardinal father brother".split())
_FEMALE_HEADS = """
    woman girl mother daughter wife widow sister aunt niece grandmother granddaughter actress waitress spokeswoman
    chairwoman congresswoman councilwoman headmistress policewoman businesswoman fishwife nun midwife
"""
_MALE_HEADS = """
    man boy father son husband widower brother uncle nephew grandfather grandson actor waiter spokesman chairman
    congressman councilman headmaster policeman businessman fisherman monk batsman
"""
FEMALE_HEADS = frozenset(_FEMALE_HEADS.split())
MALE_HEADS = frozenset(_MALE_HEADS.split())
# Common first names of many countries; those that both sexes carry are left out.
FEMALE_NAMES = frozenset(
    """
    mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty margaret sandra ashley
    kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca laura sharon cynthia kathleen amy
    angela shirley anna brenda pamela emma nicole helen samantha katherine catherine christine debra rachel carolyn
    janet maria heather diane julie joyce victoria ruth virginia lauren kelly christina joan evelyn judith olivia
    frances martha cheryl megan andrea hannah jacqueline ann anne gloria jean alice kathryn sara janice doris abigail
    julia judy sophia sophie grace denise amber marilyn danielle beverly isabella theresa diana natalie brittany
    charlotte marie kayla alexis lori ingrid astrid greta sigrid solveig freya birgit ursula heidi katrin katja claudia
    gabriela gabriele lucia elena irina olga natalia natasha tatiana svetlana ekaterina oksana yulia sofia chiara
    giulia francesca paola carla carmen pilar dolores ines beatriz mercedes rosa marta isabel leticia fatima aisha
    khadija zainab maryam leila layla amina noor yasmin priya anjali anita sunita kavita lakshmi deepa meera neha pooja
    indira sonia mei yuki yuko yoko keiko naoko sakura hana haruka ming xiu jing ngozi chioma amara wanjiku naledi
    zanele thandi agnieszka malgorzata katarzyna ewa joanna halina zuzana jana ivana milena vesna marit kerry fay wendy
    gretchen jodie zoe chloe lily ella mia ava eleanor florence rosie imogen fiona siobhan aoife orla niamh moira
    catriona eilidh bronwen carys harriet phoebe daisy molly lucy holly gemma tracey donatella philippa penelope
    beatrice ellen edith esther hilary jill jane jenny jo joanne kate katie kay lynn lynne maureen melanie miriam naomi
    nina nora norma paula rita rose sally sheila sylvia teresa tina vanessa vera veronica vivian yvonne zara
    """.split()
)
MALE_NAMES = frozenset(
    """
    james robert john michael david william richard joseph thomas charles christopher daniel matthew anthony mark
    donald steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob gary
    nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick
    jack dennis jerry tyler aaron jose adam nathan henry douglas zachary peter kyle ethan walter noah jeremy christian
    keith roger terry gerald harold sean austin carl arthur lawrence dylan jesse bryan joe billy bruce gabriel
    logan albert willie alan juan wayne elijah randy roy vincent ralph eugene russell bobby mason philip louis hugh
    neil iain ian colm liam declan padraig seamus alasdair angus hamish gareth rhys evan owen geoffrey graham derek
    nigel simon martin oliver harry jake luke lewis callum connor toby giles rupert hans klaus jurgen wolfgang fritz
    otto karl jan piet lars erik nils sven bjorn olaf ole anders henrik mikkel jens gunnar leif ivan boris dmitry
    vladimir sergei sergey alexei nikolai mikhail oleg igor yuri viktor anton pavel tomasz piotr andrzej marek jacek
    tomas petr milan goran zoran dragan marco mario giuseppe giovanni antonio luca francesco paolo carlos luis jorge
    pedro miguel manuel javier diego rafael fernando eduardo duarte rui joao paulo pierre jacques francois philippe
    olivier laurent mohammed muhammad mohamed ahmed ali hassan hussein omar khalid abdullah ibrahim yusuf youssef
    mustafa mehmet recep tariq imran vikram rajesh rahul amit sanjay anil sunil arun ravi narendra manmohan hiroshi
    kenji takashi shinzo fumio wei jun hao samuel kwame kofi chidi emeka oluwaseun thabo sipho jacob cyril nelson marcus
    dale todd pete bill tom tim jim bob dan ben sam max leo leon felix hugo oscar oskar emil jonas tobias clement
    dominic adrian julian stuart trevor victor gordon howard norman stanley leonard ernest frederick fred alfred edgar
    edmund edwin theodore ted barack joe mitch chuck bernie rick ron rob rod ross steve stan greg doug dave chris
    """.split()
)

# Roles that are surnames or first names just as well: before a single word they are taken for a name.
ALSO_NAMES = frozenset(
    """
    dean earl duke baron count cook baker butcher barber carpenter miner driver gardener singer painter fisherman
    farmer potter marshal judge major page bishop king prince pope abbot guard star whip chef st house county town
    police fire state trade home shadow club union party first second harbour harbor medical
    """.split()
)
_CALENDAR = """
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december mon tue tues wed thu thurs fri sat sun jan feb mar apr jun jul aug sept sep oct nov dec
"""
_SENTENCE_OPENERS = """
    however meanwhile yet still also asked speaking earlier later yesterday today tomorrow even one two three four five
    six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty forty fifty hundreds thousands
    millions dozens retired several another last next nearly almost around among since despite although though instead
    amid across along like unlike every now maybe yes well oh okay thanks photo image picture video read watch see
    breaking live following inside outside beyond within without upon via per plus just never always often sometimes
    recently currently previously additionally moreover furthermore nevertheless nonetheless therefore thus hence
    otherwise elsewhere nobody somebody everybody everyone someone anyone nothing something everything anything either
    neither none others perhaps because it's he's she's they're we're i'm i've that's there's here's let's don't editor
    editor's her's both
"""
# Capitalised words that are no names: those that open sentences, days and months.
NOT_NAMES = (frozenset(_CALENDAR.split()) | frozenset(_SENTENCE_OPENERS.split()) | STOP_WORDS) - {"may", "will", "am"}
# "They called it ...": what is quoted may be what a thing is named.
NAMING = frozenset(
    "call calls called calling dub dubs dubbed dubbing label labels labelled brand brands branded".split()
)
# Nouns without a plural ending that take a plural verb.
PLURALS = frozenset("people police men women children staff crew team couple".split())
# Words that open a clause, never a subject.
NO_SUBJECT = frozenset(
    """
    if when while because although though as since after before until unless where whereas why how in on at for from
    with by to of into onto upon about over under between among during through without within against toward towards
    and but or nor so yet than that which who whose whom you you've you're you'd i'm i've i'd we we've we're i let not
    """.split()
)
