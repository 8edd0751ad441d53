"""Names that news uses for one country: its name, its people, its capital. "Seoul said" and "South Korea said" are one.

A word may stand for a country without meaning it ("Washington" the man); that only makes a match more likely, and the
sentence still has to fit the rest of the question.
"""

from __future__ import annotations

import re
from functools import cache

_COUNTRIES = """
United States|U.S.|U.S|US|USA|U.S.A.|America|American|Americans|Washington|White House|Pentagon
United Kingdom|U.K.|UK|Britain|British|Briton|Britons|London|Downing Street
South Korea|South Korean|South Koreans|Seoul|ROK
North Korea|North Korean|North Koreans|Pyongyang|DPRK|D.P.R.K.
China|Chinese|Beijing|PRC
Japan|Japanese|Tokyo
Russia|Russian|Russians|Moscow|Kremlin
Ukraine|Ukrainian|Ukrainians|Kyiv|Kiev
Germany|German|Germans|Berlin
France|French|Paris|Elysee|Élysée
Italy|Italian|Italians|Rome
Spain|Spanish|Spaniard|Spaniards|Madrid
Portugal|Portuguese|Lisbon
Netherlands|Dutch|Amsterdam|The Hague|Holland
Belgium|Belgian|Belgians|Brussels
Switzerland|Swiss|Bern
Austria|Austrian|Austrians|Vienna
Poland|Polish|Pole|Poles|Warsaw
Czech Republic|Czechia|Czech|Czechs|Prague
Slovakia|Slovak|Slovaks|Bratislava
Hungary|Hungarian|Hungarians|Budapest
Romania|Romanian|Romanians|Bucharest
Bulgaria|Bulgarian|Bulgarians|Sofia
Greece|Greek|Greeks|Athens
Turkey|Türkiye|Turkish|Turk|Turks|Ankara
Sweden|Swedish|Swede|Swedes|Stockholm
Norway|Norwegian|Norwegians|Oslo
Denmark|Danish|Dane|Danes|Copenhagen
Finland|Finnish|Finn|Finns|Helsinki
Iceland|Icelandic|Reykjavik
Ireland|Irish|Dublin
Estonia|Estonian|Estonians|Tallinn
Latvia|Latvian|Latvians|Riga
Lithuania|Lithuanian|Lithuanians|Vilnius
Belarus|Belarusian|Belarusians|Minsk
Serbia|Serbian|Serbians|Serb|Serbs|Belgrade
Croatia|Croatian|Croatians|Zagreb
Georgia|Georgian|Georgians|Tbilisi
Armenia|Armenian|Armenians|Yerevan
Azerbaijan|Azerbaijani|Azerbaijanis|Baku
Israel|Israeli|Israelis|Jerusalem|Tel Aviv
Palestinian territories|Palestine|Palestinian|Palestinians|Ramallah
Iran|Iranian|Iranians|Tehran
Iraq|Iraqi|Iraqis|Baghdad
Syria|Syrian|Syrians|Damascus
Lebanon|Lebanese|Beirut
Jordan|Jordanian|Jordanians|Amman
Egypt|Egyptian|Egyptians|Cairo
Saudi Arabia|Saudi|Saudis|Riyadh
United Arab Emirates|UAE|U.A.E.|Emirati|Emiratis|Abu Dhabi
Qatar|Qatari|Qataris|Doha
Kuwait|Kuwaiti|Kuwaitis
Yemen|Yemeni|Yemenis|Sanaa
Afghanistan|Afghan|Afghans|Kabul
Pakistan|Pakistani|Pakistanis|Islamabad
India|Indian|Indians|New Delhi|Delhi
Bangladesh|Bangladeshi|Bangladeshis|Dhaka
Sri Lanka|Sri Lankan|Sri Lankans|Colombo
Nepal|Nepali|Nepalese|Kathmandu
Myanmar|Burma|Burmese|Naypyidaw
Thailand|Thai|Thais|Bangkok
Vietnam|Vietnamese|Hanoi
Cambodia|Cambodian|Cambodians|Phnom Penh
Malaysia|Malaysian|Malaysians|Kuala Lumpur
Indonesia|Indonesian|Indonesians|Jakarta
Philippines|Philippine|Filipino|Filipinos|Manila
Taiwan|Taiwanese|Taipei
Mongolia|Mongolian|Mongolians|Ulaanbaatar
Kazakhstan|Kazakh|Kazakhs|Astana
Uzbekistan|Uzbek|Uzbeks|Tashkent
Australia|Australian|Australians|Canberra
New Zealand|New Zealander|New Zealanders|Wellington
Canada|Canadian|Canadians|Ottawa
Mexico|Mexican|Mexicans|Mexico City
Brazil|Brazilian|Brazilians|Brasilia|Brasília
Argentina|Argentine|Argentinian|Buenos Aires
Chile|Chilean|Chileans|Santiago
Colombia|Colombian|Colombians|Bogota|Bogotá
Peru|Peruvian|Peruvians|Lima
Venezuela|Venezuelan|Venezuelans|Caracas
Ecuador|Ecuadorian|Ecuadorians|Quito
Bolivia|Bolivian|Bolivians|La Paz
Cuba|Cuban|Cubans|Havana
Haiti|Haitian|Haitians|Port-au-Prince
Guatemala|Guatemalan|Guatemalans
Honduras|Honduran|Hondurans|Tegucigalpa
El Salvador|Salvadoran|Salvadorans
Nicaragua|Nicaraguan|Nicaraguans|Managua
South Africa|South African|South Africans|Pretoria
Nigeria|Nigerian|Nigerians|Abuja
Kenya|Kenyan|Kenyans|Nairobi
Ethiopia|Ethiopian|Ethiopians|Addis Ababa
Sudan|Sudanese|Khartoum
Somalia|Somali|Somalis|Mogadishu
Uganda|Ugandan|Ugandans|Kampala
Rwanda|Rwandan|Rwandans|Kigali
Congo|Congolese|Kinshasa
Ghana|Ghanaian|Ghanaians|Accra
Mali|Malian|Malians|Bamako
Niger|Nigerien|Nigeriens|Niamey
Libya|Libyan|Libyans|Tripoli
Tunisia|Tunisian|Tunisians|Tunis
Algeria|Algerian|Algerians|Algiers
Morocco|Moroccan|Moroccans|Rabat
Zimbabwe|Zimbabwean|Zimbabweans|Harare
European Union|E.U.|EU
United Nations|U.N.|UN
"""


@cache
def _names() -> tuple[re.Pattern[str], dict[str, str]]:
    country = {name: line.split("|")[0] for line in _COUNTRIES.split("\n") for name in line.split("|") if name}
    longest_first = sorted(country, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"), country


def places(text: str) -> list[tuple[int, int, str]]:
    """Countries named in ``text`` as (start, end, name of the country), in order. Capitals count as their country."""
    pattern, country = _names()
    return [(match.start(), match.end(), country[match.group()]) for match in pattern.finditer(text)]
