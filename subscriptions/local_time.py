"""Time as a subscriber lives by it: the zones, days and hours to choose from, and when their next digest comes."""

import unicodedata
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global
from babel.dates import get_day_names, get_timezone_gmt
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from statements.languages import digits, locale_of, written_time
from subscriptions.models import Frequency, Subscriber

# The value and the name of each choice.
Choices = list[tuple[str, str]]

# What a zone's name begins with, as CLDR numbers the parts of the world. Oceans have no number there.
_REGIONS = {
    "Africa": "002",
    "America": "019",
    "Antarctica": "AQ",
    "Arctic": "150",
    "Asia": "142",
    "Atlantic": "",
    "Australia": "009",
    "Europe": "150",
    "Indian": "",
    "Pacific": "009",
}
_WORLD = "001"


def usual_name(zone: str) -> str:
    """Return the name under which a zone stands among the choices: some have had several."""
    return str(get_global("zone_aliases").get(zone, zone))


def zone_choices(language: str) -> list[tuple[str, Choices]]:
    """Return all time zones by the names of their places, under the names of the parts of the world."""
    return _zone_choices(language, timezone.now().date())


@lru_cache(maxsize=64)
def _zone_choices(language: str, today: date) -> list[tuple[str, Choices]]:
    """The same; its offsets from Greenwich are those of today."""
    regions: dict[str, Choices] = defaultdict(list)
    for zone in available_timezones() & get_global("zone_territories").keys():
        if (part := zone.partition("/")[0]) in _REGIONS:
            regions[_region(part, language)].append((zone, zone_name(zone, language)))
    sorted_regions = sorted(regions.items(), key=lambda region: _by_letters(region[0]))
    return [(name, sorted(zones, key=lambda zone: _by_letters(zone[1]))) for name, zones in sorted_regions]


def _region(part: str, language: str) -> str:
    with override(language):
        oceans = {"Atlantic": _("Atlantic Ocean"), "Indian": _("Indian Ocean")}
    return oceans.get(part) or str(locale_of(language).territories[_REGIONS[part]])


def _by_letters(name: str) -> str:
    """Return what to sort a name by: É stands with E."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))


def zone_name(zone: str, language: str) -> str:
    """Return where a time zone is, its city too where a country has several, and how far from Greenwich today."""
    zone, locale = usual_name(zone), locale_of(language)
    country = str(get_global("zone_territories").get(zone, _WORLD))
    place = [] if zone.startswith("Etc/") or country == _WORLD else [locale.territories[country]]
    if not place or _zones_of_countries()[country] > 1:
        place.append(_city(zone, locale))
    offset = get_timezone_gmt(timezone.now().astimezone(ZoneInfo(zone)), locale=locale)
    return digits(f"{' · '.join(place)} ({offset})", language)


@lru_cache(maxsize=1)
def _zones_of_countries() -> Counter[str]:
    return Counter(get_global("zone_territories").values())


def _city(zone: str, locale: Locale) -> str:
    # CLDR names a city under the name that its zone had first; in English only if it is not as in the zone's name.
    cities = locale.time_zones
    known = (cities[name]["city"] for name in _all_names().get(zone, [zone]) if "city" in cities.get(name, {}))
    return next(known, None) or zone.rpartition("/")[2].replace("_", " ")


@lru_cache(maxsize=1)
def _all_names() -> dict[str, list[str]]:
    """Return under which names each zone is known that has had several, the usual first."""
    names: dict[str, list[str]] = {}
    for former, usual in get_global("zone_aliases").items():
        names.setdefault(usual, [usual]).append(former)
    return names


def weekday_choices(language: str) -> Choices:
    """Return the days of the week (ISO 8601's numbers), the week beginning where the language's readers begin it."""
    locale = locale_of(language)
    likely = get_global("likely_subtags")
    first = Locale.parse(likely.get(str(locale)) or likely.get(locale.language) or str(locale)).first_week_day
    names = get_day_names("wide", "stand-alone", locale=locale)
    return [(str(day + 1), names[day]) for day in ((first + number) % 7 for number in range(7))]


def hour_choices(language: str) -> Choices:
    """Return the hours of the day."""
    return [(str(hour), written_time(time(hour), language)) for hour in range(24)]


def next_digest(subscriber: Subscriber, frequency: str) -> datetime:
    """Return when the subscriber's next digest of this frequency comes, in their own time."""
    now = timezone.now().astimezone(subscriber.zone)
    hour = settings.DIGEST_HOUR if subscriber.digest_hour is None else subscriber.digest_hour
    weekday = subscriber.digest_weekday or settings.DIGEST_WEEKDAY
    period = 7 if frequency == Frequency.WEEKLY else 1
    days = (weekday - now.isoweekday()) % 7 if frequency == Frequency.WEEKLY else 0
    if now.hour >= hour and days == 0:
        days = period
    # From the parts that a clock shows: a day added to a moment would shift the hour when the clocks change.
    return datetime.combine(now.date() + timedelta(days=days), time(hour), subscriber.zone)
