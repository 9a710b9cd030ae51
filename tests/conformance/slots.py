"""Says when cron expressions run, as cronsim has it, which follows Debian's cron.

Reads lines of mode, zone, start, end and expression between tabs, the instants as seconds since 1970. Prints the version
of the time zones, then a line for each: the slots after start and before end as seconds, or `refused`. The mode is
`leap` for cronsim as it is, `walk` for cronsim's fields held against the clock minute by minute, or `parse`.
"""

import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, reset_tzpath

import tzdata
from cronsim import CronSim, CronSimError

# The package's zones, never the system's.
reset_tzpath(to=[])


def leap(expression, zone, start, end):
    last = start
    for slot in CronSim(expression, start.astimezone(zone)):
        slot = slot.astimezone(timezone.utc)
        if slot >= end:
            return
        yield slot
        # Where it leaps back by the clock it would go round for ever.
        if slot <= last:
            return
        last = slot


def walk(expression, zone, start, end):
    cron = CronSim(expression, datetime(2026, 1, 1))
    at = start + timedelta(minutes=1)
    while at < end:
        clock = at.astimezone(zone)
        day = clock.date()
        if clock.minute in cron.minutes and clock.hour in cron.hours:
            if clock.month in cron.months and cron.match_day(day):
                yield at
        at += timedelta(minutes=1)


def answer(mode, zone, start, end, expression):
    zone = timezone.utc if zone == "UTC" else ZoneInfo(zone)
    start, end = (datetime.fromtimestamp(int(at), timezone.utc) for at in (start, end))
    try:
        if mode == "parse":
            CronSim(expression, start)
            return "taken"
        slots = {"leap": leap, "walk": walk}[mode](expression, zone, start, end)
        return " ".join(str(int(slot.timestamp())) for slot in slots)
    except CronSimError:
        return "refused"


print(tzdata.IANA_VERSION)
for line in sys.stdin:
    print(answer(*line.rstrip("\n").split("\t")))
