import pytest

from importer.load.codepages import likely_page, page_name

TEXTS = [
    ("cp1252", "Grüße"),
    ("cp1252", "Grüße aus “München” – 5 €"),
    ("cp1252", "café, l’été, ¿qué tal?"),
    ("cp1252", "São João não está"),
    ("cp1252", "20 m² bei 20 °C"),
    ("cp1252", "Ærø: smørrebrød på"),
    ("cp1252", "it’s a “test” – really…"),
    ("cp1252", "L’accès, où êtes-vous ?"),
    ("cp1252", "È facile, perché è così"),
    ("cp1252", "Íslenska þýðing: öryggi"),
    ("cp1250", "Święta, środa i źródło"),
    ("cp1250", "Łazienka"),
    ("cp1250", "Úvod do kurzu, První část: bezpečnost práce"),
    ("cp1250", "Začíname, Ľudia"),
    ("cp1250", "Bevezetés, Első rész: munkavédelem"),
    ("cp1250", "Kezdő lépések, őszi képzés"),
    ("cp1250", "Zażółć gęślą jaźń, Łódź"),
    ("cp1250", "Nový člen: jak začít příště"),
    ("cp1250", "Első lépések, bejelentkezés újra, fű"),
    ("cp1250", "Dobrodošli, člani"),
    ("cp1251", "Добро пожаловать в наш центр"),
    ("cp1251", "Привіт, як справи? Її"),
    ("cp1251", "Урок №1"),
    ("cp1253", "Καλώς ήρθατε"),
    ("cp1253", "Μάθημα 1: Έναρξη και πρόσβαση"),
    ("cp1254", "Sık sorulan sorular – ışık"),
    ("cp1254", "Hoş geldiniz, günlük çalışma"),
    ("koi8_r", "Добро пожаловать в наш центр"),
    ("cp866", "Добро пожаловать в наш центр"),
    ("mac_roman", "Grüße"),
    ("mac_roman", "Café"),
    ("mac_roman", "Einführung, Teil eins: Öffnungszeiten und Schlüssel"),
    ("mac_roman", "Häufige Fragen zur Küche"),
    ("mac_roman", "Välkommen: ändra lösenord"),
    ("mac_roman", "Città, più, così"),
    ("mac_roman", "Übersicht für Gäste: Café “à la carte” – naïve"),
    ("mac_roman", "Leçon du café – l’été"),
    ("mac_roman", "mañana, niño"),
    ("mac_roman", "it’s a “test” – really…"),
]


@pytest.mark.parametrize(("page", "text"), TEXTS)
def test_the_encoding_is_told_from_the_words_it_makes(page: str, text: str) -> None:
    assert likely_page(f"101;{text};1;Timed\n".encode(page)) == page


def test_windows_1252_where_several_make_the_same_words() -> None:
    assert likely_page("Fußgänger".encode("cp1250")) == "cp1252"


@pytest.mark.parametrize(("page", "name"), [("cp1252", "Windows-1252"), ("mac_roman", "Mac Roman"), ("cp866", "cp866")])
def test_an_encoding_has_the_name_that_people_know(page: str, name: str) -> None:
    assert page_name(page) == name
