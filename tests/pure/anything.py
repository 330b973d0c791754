"""Any text at all, and texts that look like numbers and values."""

from hypothesis import strategies as st

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=80)
NUMBERISH = st.text("0123456789+-()/;., xX*eEKSshor'\u00a0\u200b０１２７", max_size=40)
VALUEISH = st.text("0123456789.,-()/ KESkshJanDec=\u00a0２", max_size=24)
