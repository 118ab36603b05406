"""One colour of an institution becomes those of its pages, all of them readable (WCAG 2.2, 1.4.3)."""

READABLE = 4.5
WHITE, BLACK = "#ffffff", "#000000"
# What links stand on by day and by night: of the two grounds in site.css the one that is harder to read on.
DAY, NIGHT = "#f0f4f4", "#182229"
# Those of site.css.
OURS = {"brand": "#0b4a59", "on_brand": WHITE, "link": "#0b5a70", "link_at_night": "#85cbd8"}


def palette(brand: str) -> dict[str, str]:
    """Return the colours that follow from an institution's own; ours if it has none."""
    if not brand:
        return OURS
    on_brand = max(WHITE, BLACK, key=lambda text: contrast(text, brand))
    return {"brand": brand, "on_brand": on_brand, "link": readable(brand, DAY), "link_at_night": readable(brand, NIGHT)}


def style_sheet(brand: str) -> str:
    """Return what replaces the colours of site.css."""
    colours = palette(brand)
    fixed = f"--brand: {colours['brand']}; --on-brand: {colours['on_brand']};"
    return (
        f":root {{ {fixed} --link: {colours['link']}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {fixed} --link: {colours['link_at_night']}; }} }}\n"
    )


def readable(colour: str, ground: str) -> str:
    """Return the colour, brought as far towards black or white as it must be to be read on a ground."""
    towards = 0 if luminance(ground) > 0.18 else 255
    red, green, blue = _parts(colour)
    for hundredths in range(101):
        mixed = [round(part + (towards - part) * hundredths / 100) for part in (red, green, blue)]
        colour = "#{:02x}{:02x}{:02x}".format(*mixed)
        if contrast(colour, ground) >= READABLE:
            break
    return colour


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance, as WCAG defines it."""
    shares = [part / 255 for part in _parts(colour)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
