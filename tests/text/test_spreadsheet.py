"""No cell runs as a formula, numbers stay numbers, and every text can be had back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapyarc.text.spreadsheet import SheetWriter, original_text, safe_cell

RUNS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u3000=1", "\ufeff=1", "\u200b+A1",
    "＝1", "＋A1", "－A1", "＠A1", "=", "-", "--1", "-1.5.2", "+1 2", "-1e", "-0x1F", "=-1.5", "-1,5",
    "-2+cmd|' /C calc'!A0", "'=1", "''=1", " '=1", "\t", "\n\nwords", "-²", "-٣",
]  # fmt: skip
STAYS = [
    "-1.5",
    "+1.5",
    "-.5",
    "-1.",
    "-1e-3",
    "1=1",
    "a=b",
    "'tis",
    "''",
    "",
    "5-4",
    "e-mail@example.org",
    "’=",
    "é",
    "|-1",
    " -1",
]


@pytest.mark.parametrize("text", RUNS)
def test_a_text_that_would_run_is_led_by_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert original_text(f"'{text}") == text


@pytest.mark.parametrize("text", STAYS)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text
    assert original_text(text) == text


@pytest.mark.parametrize("value", [-1.5, 0, -3, None, True, 1e-9])
def test_what_is_no_text_stays_what_it_is(value: object) -> None:
    assert safe_cell(value) is value


@given(st.text(st.sampled_from("'=+-@\t\r\n \u00a0\ufeff＝1.5eEx,\";")) | st.text())
def test_every_text_comes_back_through_a_file_and_none_leads_with_a_sign(text: str) -> None:
    out = io.StringIO(newline="")
    SheetWriter(out).row([text, -1.5])
    ((cell, number),) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert original_text(cell) == text
    assert number == "-1.5"
    if cell and cell.lstrip("' ")[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"}:
        assert cell[0] == "'" or _is_number(cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip())
    except ValueError:
        return False
    return True


def test_a_line_end_of_any_kind_within_a_text_begins_no_row() -> None:
    out = io.StringIO(newline="")
    SheetWriter(out).rows([[f"words{end}=1+1", None] for end in ("\r", "\n", "\r\n")])
    assert out.getvalue() == '"words\r=1+1",\r\n"words\n=1+1",\r\n"words\r\n=1+1",\r\n'
