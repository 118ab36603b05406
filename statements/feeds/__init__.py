"""Feeds: RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1 of one language, from one builder.

`addresses` says where a feed stands and so what it is of, `selection` which editions that are, `building` what the feed
says of them, `formats` how each format writes it, `documents` keeps what was written, and `views` answers with it.
"""
