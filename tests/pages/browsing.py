"""A real browser in which somebody is signed in."""

from django.conf import settings


def signed_in(chromium, live_server, client, **choices):
    """A browser context with the session of `client`. `choices` are Playwright's, of `new_context`."""
    context = chromium.new_context(base_url=live_server.url, **choices)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    return context


def sign_out(page):
    """By the menu's form; the page that is left gives no answer any more."""
    page.locator("[data-signs-out]").evaluate("form => { setTimeout(() => form.requestSubmit()) }")
