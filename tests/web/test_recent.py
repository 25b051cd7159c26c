"""What takes long is worked out seldom; what is cheap, each time."""

from therapyarc.web.recent import Recent


class Worked:
    """Work that takes a told time, on a clock of its own."""

    def __init__(self, takes: float) -> None:
        self.takes, self.now, self.times = takes, 0.0, 0

    def __call__(self) -> int:
        self.now += self.takes
        self.times += 1
        return self.times


def test_what_is_cheap_is_always_fresh() -> None:
    recent, work = Recent[int](), Worked(0.2)
    assert [recent.get(work, lambda: work.now) for _ in range(3)] == [(1, 0.0), (2, 0.0), (3, 0.0)]


def test_what_is_dear_is_used_for_twenty_times_as_long_and_says_how_old_it_is() -> None:
    recent, work = Recent[int](), Worked(2.0)
    assert recent.get(work, lambda: work.now) == (1, 0.0)
    work.now += 39.0
    assert recent.get(work, lambda: work.now) == (1, 39.0)
    work.now += 1.0
    assert recent.get(work, lambda: work.now) == (2, 0.0)
