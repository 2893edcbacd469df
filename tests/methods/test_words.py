"""Numbers with their nouns, as English counts them."""

import pytest

from analysis.methods.words import counted


@pytest.mark.parametrize(("n", "said"), [(0, "0 periods"), (1, "1 period"), (2, "2 periods"), (1_234, "1,234 periods")])
def test_only_one_is_singular(n, said):
    assert counted(n, "period") == said
