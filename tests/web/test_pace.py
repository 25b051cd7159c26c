"""The count of writes of one login."""

from therapyarc.web.pace import Pace


def test_a_login_may_write_so_often_in_a_window_and_again_in_the_next() -> None:
    pace = Pace(amount=3, seconds=60)
    assert [pace.allows("a", 600 + n) for n in range(5)] == [True, True, True, False, False]
    assert pace.allows("b", 604)
    assert pace.allows("a", 660)


def test_logins_of_earlier_windows_are_forgotten_and_none_of_this_one() -> None:
    pace = Pace(amount=1, seconds=60)
    assert all(pace.allows(f"old{n}", 0) for n in range(10_000))
    assert pace.allows("a", 61)
    assert not pace.allows("a", 62)
    assert not any(name.startswith("old") for name in pace._counts)
