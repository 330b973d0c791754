"""What tests of pages in a real browser need."""

import pytest


@pytest.fixture(scope="module")
def database_beside_the_browser():
    """Playwright keeps a loop running in this thread, in which Django would let nobody ask the database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield
