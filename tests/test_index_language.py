"""The language of texts: written for the test, not for the lists of words."""

# ruff: noqa: E501 - one line a sentence

from __future__ import annotations

import pytest

from index.article import make_article
from index.language import language_of

SENTENCES = {
    "en": "Fishermen in the northern villages said on Tuesday that they had seen no herring for weeks, and blamed the dam.",
    "de": "Die Fischer der nördlichen Dörfer sagten am Dienstag, sie hätten seit Wochen keinen Hering mehr gesehen, und "
    "gaben dem Staudamm die Schuld.",
    "fr": "Les pêcheurs des villages du nord ont déclaré mardi qu'ils n'avaient pas vu de hareng depuis des semaines.",
    "es": "Los pescadores de los pueblos del norte dijeron el martes que no habían visto arenques en semanas.",
    "pt": "Os pescadores das aldeias do norte disseram na terça-feira que não viam arenques há semanas e culparam a represa.",
    "it": "I pescatori dei villaggi del nord hanno detto martedì di non vedere aringhe da settimane e hanno accusato la "
    "diga, che è stata costruita nel 2019.",
    "nl": "De vissers in de noordelijke dorpen zeiden dinsdag dat ze al weken geen haring hadden gezien en gaven de dam "
    "de schuld.",
    "sv": "Fiskarna i de norra byarna sade på tisdagen att de inte hade sett någon sill på flera veckor och skyllde på dammen.",
    "pl": "Rybacy z północnych wiosek powiedzieli we wtorek, że od tygodni nie widzieli śledzi, i winią za to tamę, która "
    "została zbudowana w tym roku.",
    "tr": "Kuzey köylerindeki balıkçılar salı günü haftalardır ringa görmediklerini söyledi ve bunun için barajı suçladı, "
    "ama bakanlık bu konuda daha çok bilgi istedi.",
    "ru": "Рыбаки северных деревень заявили во вторник, что они не видели сельди уже несколько недель, и обвинили плотину.",
    "uk": "Рибалки північних сіл заявили у вівторок, що вони не бачили оселедця вже кілька тижнів, і звинуватили греблю.",
    "ar": "قال صيادون في القرى الشمالية يوم الثلاثاء إنهم لم يروا أي سمك من الرنجة منذ أسابيع وألقوا باللوم على السد الذي بني",
    "hi": "उत्तरी गांवों के मछुआरों ने मंगलवार को कहा कि उन्होंने हफ्तों से मछली नहीं देखी है और इसके लिए बांध को दोषी ठहराया है।",
    "zh": "北部村庄的渔民星期二说，他们已经几个星期没有看到鲱鱼了，并把责任归咎于水坝。",
    "ja": "北部の村の漁師たちは火曜日、何週間もニシンを見ていないと述べ、ダムのせいだと非難した。",
    "ko": "북부 마을의 어부들은 화요일에 몇 주 동안 청어를 보지 못했다며 댐을 탓했다.",
    "el": "Οι ψαράδες στα βόρεια χωριά είπαν την Τρίτη ότι δεν είχαν δει ρέγγα για εβδομάδες.",
    "th": "ชาวประมงในหมู่บ้านทางเหนือกล่าวเมื่อวันอังคารว่าพวกเขาไม่เห็นปลามาหลายสัปดาห์แล้ว",
}


@pytest.mark.parametrize(("language", "text"), SENTENCES.items())
def test_languages(language: str, text: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Brell",
        "12 34 56 78",
        "Team Won Lost Brell 3 4 Lark 7 1 Osk 2 2 Dunsel 4 4 Aske 1 1 Tarn 0 6 Corl 2 9",
        "🙂 " * 90,
    ],
)
def test_what_is_too_little_or_no_language(text: str) -> None:
    assert language_of(text) == ""


def test_names_of_another_script_do_not_change_the_language() -> None:
    assert language_of(f"{SENTENCES['en']} The dam is called Плотина, its builder 北部. {SENTENCES['en']}") == "en"


def test_two_languages_of_one_script_are_told_by_the_longer() -> None:
    assert language_of(SENTENCES["de"] + SENTENCES["en"] * 3) == "en"


def test_an_article_knows_its_language() -> None:
    assert make_article(uri="a", text=SENTENCES["fr"]).language == "fr"
