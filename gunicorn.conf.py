"""How gunicorn serves the site, whoever starts it."""

# The link that confirms a wish for three hundred topics has over five thousand letters, and so has a search of six hundred
# Chinese ones: each takes nine. Its own limit is 4,094.
limit_request_line = 8190
