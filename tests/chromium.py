"""The browser of the tests and the previews."""

import os
import shutil

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Or Chromium calls its maker at every start.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NOT_FOUND = (
    "no Chromium found: install it (Debian: apt install chromium; Fedora: dnf install chromium; macOS: brew install "
    "--cask chromium) or name its program in the environment variable CHROMIUM"
)


def chromium() -> str | None:
    """Return its program, if there is one."""
    named = os.environ.get("CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if (found := shutil.which(name))), None)
