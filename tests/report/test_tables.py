"""Tables as CSV: what the page shows, on one line a cell, with numbers that a spreadsheet reads."""

from therapyarc.report.contents import with_contents
from therapyarc.report.tables import tables

PAGE = """
<div class="scroll" role="region" aria-label="A, b"><table>
<thead><tr><th>Name</th><th>x</th><th>y</th></tr></thead><tbody>
<tr><th rowspan="2">one<br><small>unit &amp; more</small></th><td>−1.50</td><td>[−2.00, .30]</td></tr>
<tr><td colspan="2">not estimated: =none</td></tr>
<tr><th>=SUM(A1)</th><td>–</td><td>-x</td></tr></tbody></table></div>
<table><tr><td>not in a region</td></tr></table>
<div role="region" aria-label="A b"><table><tr><td>again</td></tr></table></div>
"""


def test_cells_spans_and_signs() -> None:
    found = tables(PAGE)
    assert list(found) == ["a-b.csv", "a-b-2.csv"]
    assert found["a-b.csv"].splitlines() == [
        "Name,x,y",
        'one; unit & more,-1.50,"[-2.00, .30]"',
        "one; unit & more,not estimated: =none,not estimated: =none",
        "'=SUM(A1),–,'-x",
    ]
    assert found["a-b-2.csv"] == "again\n"


def test_a_part_without_a_section_is_left_out() -> None:
    page = (
        '<!-- contents --><p class="part">Flow</p><h2 id="h-a">A <small>b</small></h2><p class="part">Harms</p>'
        '<p class="part">Limits</p><h2 id="h-c">C</h2>'
    )
    made = with_contents(page)
    assert "Harms" not in made
    assert '<li><b>Flow</b><ul><li><a href="#h-a">A b</a></li></ul></li>' in made
    assert made.count('class="part"') == 2
