"""Keyset paging of the campaign pages: the one that all pages have."""

from accounts.paging import PAGE, Page, page_of

__all__ = ["PAGE", "Page", "page_of"]
