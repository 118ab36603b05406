"""Is the web process of this container serving? Exits with 0 if it is: `python -P config/healthcheck.py`.

Asked over loopback, but as a reader's request that came through the proxy: another Host would be refused, and plain
HTTP sent on to HTTPS.
"""

import os
import sys
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

site = urlsplit(os.environ["SITE_URL"])
request = Request(
    f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/health/",
    headers={"Host": site.netloc, "X-Forwarded-Proto": site.scheme},
)
with urlopen(request, timeout=5) as response:  # noqa: S310  The address is ours, two lines above.
    sys.exit(response.status != 200)
