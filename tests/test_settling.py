"""Which files have stopped changing, against the whole history of what was seen."""

from hypothesis import given
from hypothesis import strategies as st

from sf_mlx.fingerprint import Stamp
from sf_mlx.settling import Settling

STAMPS = [Stamp(1, 1, size, 0, 0) for size in range(3)]
LOOKS = st.lists(
    st.tuples(
        st.integers(0, 3),  # seconds since the look before
        st.dictionaries(st.sampled_from("ab"), st.sampled_from(STAMPS)),
        st.sets(st.sampled_from("ab")),  # done, if they come
    ),
    max_size=12,
)


@given(looks=LOOKS, seconds=st.integers(0, 4))
def test_ready_is_what_was_the_same_in_every_look_for_long_enough(looks, seconds):
    settling = Settling(seconds)
    now, history, done = 0, [], {}
    for step, stamps, finish in looks:
        now += step
        history.append((now, stamps))
        found = settling.look(stamps, now)
        waiting = {}
        for path, stamp in stamps.items():
            first = len(history) - 1
            while first and history[first - 1][1].get(path) == stamp:
                first -= 1
            # What was done before it changed or went away is not done
            if done.get(path, -1) < first:
                waiting[path] = now - history[first][0]
        assert found == {path: alike for path, alike in waiting.items() if alike >= seconds}
        assert settling.pending == list(waiting)
        for path in finish & set(found):
            settling.done(path)
            done[path] = len(history) - 1
            assert settling.stamp(path) == stamps[path]
