"""Russian, Greek and Korean names in Latin letters."""

import pytest

from model.transcription import transcribe_greek, transcribe_hangul, transcribe_russian


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Евгений", "Yevgeny"),
        ("Юлия", "Yulia"),
        ("Наталья", "Natalya"),
        ("Андрей", "Andrey"),
        ("Фёдор", "Fyodor"),
        ("Игорь", "Igor"),
        ("Анна-Мария", "Anna-Maria"),
    ],
)
def test_russian(name: str, expected: str) -> None:
    assert transcribe_russian(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ευαγγελία", "Evangelia"),
        ("Χρήστος", "Christos"),
        ("Παύλος", "Pavlos"),
        ("Ευτυχία", "Eftychia"),
        ("Λουκάς", "Loukas"),
        ("Ντίνα", "Dina"),
        ("Ιωάννης", "Ioannis"),
    ],
)
def test_greek(name: str, expected: str) -> None:
    assert transcribe_greek(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("서연", "Seoyeon"),
        ("철수", "Cheolsu"),
        ("복남", "Boknam"),
        ("빛나", "Bitna"),
        ("옥자", "Okja"),
    ],
)
def test_korean(name: str, expected: str) -> None:
    assert transcribe_hangul(name) == expected
