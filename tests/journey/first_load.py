"""What a page weighs for somebody whose browser has nothing of the portal yet."""


def first_load(page, url):
    """The bytes that come over the wire for each request that a page makes, until nothing is on its way.

    Chromium counts a picture within the styles as a request of none, once it is painted.
    """
    sizes = []
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda one: sizes.append(one["encodedDataLength"]))
    response = page.goto(url, wait_until="networkidle")
    assert response is not None
    assert response.ok, url
    assert page.url.rstrip("/") == url.rstrip("/"), page.url
    return sizes
