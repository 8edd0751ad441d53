"""The language of a text: by its script, and among languages of one script by their commonest short words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

_SAMPLE = 3_000  # characters; more do not change the verdict
_FEWEST_LETTERS = 20
_FEWEST_WORDS = 12  # of a language that shares its script
_LEAST_SHARE = 0.12  # of the words must be common ones: English news has about 0.35, lists and tables hardly any
_LEAD = 1.25  # times the common words of the next language

_WORD = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f\u064b-\u065f\u0900-\u0fff])+")  # letters and the marks on them

# Scripts that one language has nearly to itself.
_SCRIPTS = {
    "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "GREEK": "el", "HEBREW": "he", "THAI": "th", "BENGALI": "bn",
    "TAMIL": "ta", "TELUGU": "te", "GEORGIAN": "ka", "ARMENIAN": "hy", "GUJARATI": "gu", "GURMUKHI": "pa",
    "MALAYALAM": "ml", "KANNADA": "kn", "SINHALA": "si", "BURMESE": "my", "MYANMAR": "my", "KHMER": "km",
    "ETHIOPIC": "am",
}  # fmt: skip
_SHARED_SCRIPTS = {"LATIN", "CYRILLIC", "ARABIC", "DEVANAGARI"}

# The commonest function words, as far as they are not those of a neighbour alone.
_COMMON = {
    "en": "the of and to in a is that for it was on with as by at from he be are this have an his had not but "
          "they said",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden "
          "aus er hat",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec "
          "été cette",
    "es": "de la que el en y a los del se las por un para con no una su al es lo como más pero sus le ha este "
          "fue entre",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas foi ao ele das tem à "
          "seu sua",
    "it": "di e il la che in un per è una non sono del con le si da al della i gli ha dei nel come più anche "
          "alla nella",
    "nl": "de van het een en in is dat op te zijn met voor niet aan er om ook als dan maar bij door naar hij "
          "werd heeft ze al geen nog",
    "sv": "och i att det som en på är av för med den till ett om har inte var de från vid kan ska sig men nu år "
          "efter",
    "da": "og i at det en den til er som på de med for af ikke der var fra et har om jeg vi blev efter også kan "
          "ud år",
    "no": "og i det på som er en til at for av med de han den har ikke et fra om ble etter var også kan seg mot "
          "ved år",
    "fi": "ja on ei että se oli hän mutta myös kuin joka ovat niin kun jo mukaan sen tai ole hänen vuoden jos "
          "vain",
    "pl": "w i na z się do nie że o jest to po za od przez jak dla ale są był co tym oraz roku które ma tego "
          "już będzie",
    "cs": "a v se na je že s z do o to i za po pro ve jako od by ale jsou podle který byl jeho už let před není "
          "k roku",
    "ro": "de și în la a cu pe că din o nu este care un mai pentru au fost sunt ca se sa prin lui după fi dar "
          "între",
    "hu": "a az és hogy nem is egy van volt meg de már csak mint még ez azt el ki kell lesz szerint majd vagy "
          "pedig",
    "tr": "ve bir bu da de için ile olarak çok daha olan gibi en kadar ne sonra ise olduğunu dedi var o ama "
          "yeni göre",
    "id": "yang dan di dengan untuk dari ini pada itu dalam tidak akan ke ada adalah juga oleh kata telah "
          "tersebut",
    "vi": "và của là có các được trong cho không với người một những đã này khi để đến tại về năm ra cũng như "
          "từ",
    "ru": "и в не на с что по это как к из за у о от он его для так но а же был после также до во было которые "
          "году",
    "uk": "і в на не що з у та до за про як це від є його для який після він але або також було під час року й "
          "її",
    "bg": "на и да за се в от не са е по с че ще като до си или но което беше след при има към това през са той",
    "sr": "и у је да се на за од са су не који то као о из који али би или што до после није према код ће",
    "ar": "في من على إلى أن عن التي مع الذي هذا هذه كان بعد ما لا قال بين كما قد و أو خلال ذلك حيث قبل",
    "fa": "و در به از که این را با است برای آن یک خود تا کرد بر هم نیز شد شده می گفت ها اما پس",
    "ur": "کے میں کی ہے اور سے کا کو اس کہ پر نے ہیں کر بھی یہ جو تھا ایک گیا وہ لیے کیا نہیں",
    "hi": "के में की है और से का को कि पर ने यह हैं इस एक भी नहीं कर हो गया था लिए जो कहा ही",
    "mr": "आहे आणि या च्या त्या हे ते असे मध्ये होते केला केली आहेत व तर नाही मात्र यांनी झाली",
    "ne": "छ र को मा ले का पनि भएको हो गर्न गरेको छन् लागि यो तथा भने रहेको एक गर्ने",
}  # fmt: skip
_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_LANGUAGES_WITH = Counter(word for words in _WORDS.values() for word in words)  # "de" says less than "het"


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the language that most of ``text`` is in, or "" when that is in doubt."""
    words = _WORD.findall(text[:_SAMPLE].lower())
    scripts = Counter(script for word in words for script in map(_script, word) if script)
    if scripts.total() < _FEWEST_LETTERS:
        return ""
    script, letters = scripts.most_common(1)[0]
    kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
    if (script == "CJK" or script in ("HIRAGANA", "KATAKANA")) and letters + kana > 0.5 * scripts.total():
        return "ja" if kana > 0.05 * (kana + scripts["CJK"]) else "zh"
    if letters < 0.6 * scripts.total():
        return ""
    return _by_words(words) if script in _SHARED_SCRIPTS else _SCRIPTS.get(script, "")


@lru_cache(4096)
def _script(sign: str) -> str:
    return "LATIN" if sign < "\u0250" else unicodedata.name(sign, "").partition(" ")[0]


def _by_words(words: list[str]) -> str:
    if len(words) < _FEWEST_WORDS:
        return ""
    counts = Counter(words)
    scores = {
        language: sum(counts[word] / _LANGUAGES_WITH[word] for word in common) for language, common in _WORDS.items()
    }
    (best, score), (_, second) = Counter(scores).most_common(2)
    share = sum(counts[word] for word in _WORDS[best]) / len(words)
    return best if share >= _LEAST_SHARE and score >= _LEAD * second else ""
