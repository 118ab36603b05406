"""Django with one view and nothing else, to compare the site's pages with: `gunicorn benchmarks.bare.wsgi`."""
