"""Sign-up, preferences, leaving. A GET asks and a POST acts, everywhere: mail scanners follow links."""
