"""What gunicorn goes by wherever it is started in this folder: it reads this file by itself."""

# The longest address there may be, in octets, and the most gunicorn allows. Its default, 4094, is less than a search of
# 460 Chinese letters takes (each is nine octets in an address), and than the link that confirms a wish for three
# hundred topics. Proxies before the site usually allow 8 KB too.
limit_request_line = 8190
