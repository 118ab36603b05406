"""Every figure there is."""

from benchmarks.figures import distance, filling, growth, hands, letters, provider, reading, throughput

THEMES = [
    *(*throughput.THEMES, *distance.THEMES, *growth.THEMES, *filling.THEMES, *provider.THEMES, *letters.THEMES),
    *hands.THEMES,
    *reading.THEMES,
]
NAMES = [name for theme in THEMES for name in theme.names]
