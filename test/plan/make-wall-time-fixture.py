"""Writes wall-time-cases.json: what Python's zoneinfo (its own reader of the tz database, not ICU) says of wall times
around clock changes. Run again to add zones: python3 test/plan/make-wall-time-fixture.py > test/plan/wall-time-cases.json

One case a line: [zone, local date and time, instant, note]. The rule: a gap gives the first instant after it, an
overlap the first of the two. Years end at 2024, so that the rules of the zones are settled history."""
import json, random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

zones = """Europe/Amsterdam Europe/London Europe/Dublin Europe/Lisbon Europe/Istanbul Europe/Moscow Europe/Samara
Europe/Volgograd America/New_York America/St_Johns America/Sao_Paulo America/Havana America/Caracas America/Asuncion
America/Nuuk America/Scoresbysund America/Metlakatla America/Mexico_City America/Phoenix America/Los_Angeles
America/Santiago America/Port-au-Prince Africa/Casablanca Africa/Cairo Africa/Juba Africa/Johannesburg Asia/Tehran
Asia/Kathmandu Asia/Kolkata Asia/Pyongyang Asia/Damascus Asia/Beirut Asia/Jerusalem Asia/Amman Asia/Dhaka Asia/Tokyo
Asia/Singapore Australia/Lord_Howe Australia/Sydney Australia/Adelaide Australia/Eucla Pacific/Apia Pacific/Fakaofo
Pacific/Chatham Pacific/Auckland Pacific/Kiritimati Pacific/Norfolk Pacific/Tongatapu Antarctica/Troll
Antarctica/Casey Atlantic/Azores UTC""".split()
first, last = datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2025, 1, 1, tzinfo=timezone.utc)
picked = random.Random(2027)


def transitions(zone):
    at, step = first, timedelta(hours=3)
    while at < last:
        before, after = at.astimezone(zone).utcoffset(), (at + step).astimezone(zone).utcoffset()
        if before != after:
            low, high = at, at + step
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                if middle.astimezone(zone).utcoffset() == before: low = middle
                else: high = middle
            yield high, before, after
        at += step


def resolve(wall, zone, changes):
    instants = [wall.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc) for fold in (0, 1)]
    found = [at for at in instants if at.astimezone(zone).replace(tzinfo=None) == wall]
    if not found:
        for at, before, after in changes:
            start = at.replace(tzinfo=None) + before
            if start <= wall < at.replace(tzinfo=None) + after: return at, "gap"
        raise SystemExit(f"no gap holds {wall} {zone}")
    return min(found), "overlap" if len(set(found)) == 2 else None


rows = []
for name in zones:
    zone = ZoneInfo(name)
    changes = list(transitions(zone))
    chosen = changes if len(changes) <= 4 else sorted(picked.sample(changes, 4))
    if name == "Pacific/Apia": chosen = [c for c in changes if c[0].year == 2011 and c[0].month == 12]
    walls = [datetime(2000, 1, 1) + timedelta(minutes=picked.randrange(25 * 525600)) for _ in range(3)]
    for at, before, after in chosen:
        old, new = at.replace(tzinfo=None) + before, at.replace(tzinfo=None) + after
        low, high = min(old, new), max(old, new)
        minute = timedelta(minutes=1)
        walls += [low - minute, low, low + (high - low) // 2, high - minute, high, high + minute]
    for wall in walls:
        wall = wall.replace(second=0)
        at, note = resolve(wall, zone, changes)
        rows.append([name, wall.strftime("%Y-%m-%d %H:%M"), at.strftime("%Y-%m-%dT%H:%M:%SZ"), note])
print("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]")
