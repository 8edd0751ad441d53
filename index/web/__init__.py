"""Articles from the net: web pages, the feeds of sites, and the feeds that a store follows.

    addresses   which addresses may be asked at all
    connection  a connection to the very address that was checked, with an end in time
    politeness  robots.txt, a pause between two requests to a host, Retry-After
    fetching    one URL to its bytes: redirects, sizes, what a status means
    content     what the bytes are: a page, a feed, a PDF
    source      one URL to articles, through the same readers as a file
    feedbook    the feeds that a store follows, in its feeds.json
    following   follow, refresh, unfollow

Nothing below is imported unless a URL is given: without one the program makes no network call.
"""
