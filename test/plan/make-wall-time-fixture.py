"""Writes what Python's zoneinfo says of wall times: its own reader of the tz database, neither ICU nor luxon.
Run again to add zones: python3 test/plan/make-wall-time-fixture.py; it gives the same files as long as the system's tz
database is the same. The rule in both: a gap gives the first instant after it, an overlap the first of the two.

wall-time-cases.json: wall times around changes of the clock, one case a line: [zone, local date and time, instant,
note]. Years end at 2024, so that the rules of the zones are settled history, of odd zones as well.

planned-instants.csv: launch date + offset + time of day = instant, in 2025 to 2035. An empty zone or launch date is that
of the line above. Only zones whose rules have been settled for years: no Ramadan, no country that is about to decide.
Work days of -3bd are Monday to Friday, counted here one by one."""
import json, random
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

here = Path(__file__).parent
zones = """Europe/Amsterdam Europe/London Europe/Dublin Europe/Lisbon Europe/Istanbul Europe/Moscow Europe/Samara
Europe/Volgograd America/New_York America/St_Johns America/Sao_Paulo America/Havana America/Caracas America/Asuncion
America/Nuuk America/Scoresbysund America/Metlakatla America/Mexico_City America/Phoenix America/Los_Angeles
America/Santiago America/Port-au-Prince Africa/Casablanca Africa/Cairo Africa/Juba Africa/Johannesburg Asia/Tehran
Asia/Kathmandu Asia/Kolkata Asia/Pyongyang Asia/Damascus Asia/Beirut Asia/Jerusalem Asia/Amman Asia/Dhaka Asia/Tokyo
Asia/Singapore Australia/Lord_Howe Australia/Sydney Australia/Adelaide Australia/Eucla Pacific/Apia Pacific/Fakaofo
Pacific/Chatham Pacific/Auckland Pacific/Kiritimati Pacific/Norfolk Pacific/Tongatapu Antarctica/Troll
Antarctica/Casey Atlantic/Azores UTC""".split()
settled = """Europe/Amsterdam Europe/London Europe/Dublin Europe/Lisbon Europe/Berlin Europe/Paris Europe/Madrid
Europe/Rome Europe/Warsaw Europe/Athens Europe/Helsinki Atlantic/Azores America/New_York America/Chicago America/Denver
America/Los_Angeles America/Anchorage America/Halifax America/St_Johns Atlantic/Bermuda Australia/Sydney
Australia/Adelaide Australia/Lord_Howe Pacific/Norfolk Pacific/Auckland Pacific/Chatham Antarctica/Troll Asia/Tokyo
Asia/Singapore Asia/Shanghai Asia/Kolkata Asia/Kathmandu Asia/Yangon Asia/Dubai Asia/Kabul Africa/Johannesburg
Africa/Lagos Africa/Nairobi America/Phoenix America/Bogota America/Caracas Pacific/Honolulu Pacific/Marquesas
Pacific/Kiritimati Pacific/Pago_Pago Australia/Brisbane Australia/Eucla Etc/GMT+12 UTC""".split()
picked = random.Random(2027)
minute = timedelta(minutes=1)


def transitions(zone, first, last):
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


def edges(change):
    """The first and the last wall time of what is missing or doubled; the second is the first after it."""
    at, before, after = change
    old, new = at.replace(tzinfo=None) + before, at.replace(tzinfo=None) + after
    return min(old, new), max(old, new)


def write_wall_times():
    rows = []
    first, last = datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2025, 1, 1, tzinfo=timezone.utc)
    for name in zones:
        zone = ZoneInfo(name)
        changes = list(transitions(zone, first, last))
        chosen = changes if len(changes) <= 4 else sorted(picked.sample(changes, 4))
        if name == "Pacific/Apia": chosen = [c for c in changes if c[0].year == 2011 and c[0].month == 12]
        walls = [datetime(2000, 1, 1) + timedelta(minutes=picked.randrange(25 * 525600)) for _ in range(3)]
        for low, high in map(edges, chosen):
            walls += [low - minute, low, low + (high - low) // 2, high - minute, high, high + minute]
        for wall in walls:
            wall = wall.replace(second=0)
            at, note = resolve(wall, zone, changes)
            rows.append([name, wall.strftime("%Y-%m-%d %H:%M"), at.strftime("%Y-%m-%dT%H:%M:%SZ"), note])
    text = "[\n" + ",\n".join("  " + json.dumps(row) for row in rows) + "\n]\n"
    (here / "wall-time-cases.json").write_text(text)


def add_work_days(day, count):
    left = abs(count)
    while left > 0:
        day += timedelta(days=1 if count > 0 else -1)
        if day.weekday() < 5: left -= 1
    return day


def format_offset(days):
    if days == 0: return "0d"
    return f"{days // 7:+d}w" if days % 7 == 0 else f"{days:+d}d"


def pick_offset(launch):
    """An offset that ends in 2025 to 2035, with its day."""
    while True:
        amount, unit = picked.randint(-250, 250), picked.choice("d d d w bd bd".split())
        if unit == "bd": day, text = add_work_days(launch, amount // 6), f"{amount // 6:+d}bd"
        elif unit == "w": day, text = launch + timedelta(weeks=amount // 7), f"{amount // 7:+d}w"
        else: day, text = launch + timedelta(days=amount), f"{amount:+d}d"
        if 2025 <= day.year <= 2035: return text, day


def plan_instants(name):
    """The cases of one zone: a launch in each year, steps on both sides of that year's changes, and steps anywhere."""
    zone = ZoneInfo(name)
    changes = list(transitions(zone, datetime(2024, 12, 31, tzinfo=timezone.utc), datetime(2036, 1, 2, tzinfo=timezone.utc)))
    for year in range(2025, 2036):
        launch = date(year, 1, 1) + timedelta(days=picked.randrange(365))
        steps = [(pick_offset(launch), picked.randrange(1440)) for _ in range(17 if changes else 24)]
        for low, high in (edges(change) for change in changes if change[0].year == year):
            inside = low + minute * picked.randrange(1, (high - low) // minute - 1)
            for wall in (low - minute, low, low + (high - low) // 2, inside, high - minute, high):
                steps.append(((format_offset((wall.date() - launch).days), wall.date()), wall.hour * 60 + wall.minute))
        for (offset, day), time in steps:
            wall = datetime(day.year, day.month, day.day) + minute * time
            at, note = resolve(wall, zone, changes)
            yield [name, str(launch), offset, f"{wall:%H:%M}", f"{at:%Y-%m-%dT%H:%MZ}", note or ""]


def write_planned_instants():
    rows = [row for name in settled for row in plan_instants(name)]
    gaps, overlaps = (sum(row[-1] == note for row in rows) for note in ("gap", "overlap"))
    version = next(p for p in (Path(path, "tzdata.zi") for path in TZPATH) if p.exists()).read_text().split("\n")[0].split()[-1]
    lines = [f"# tzdata {version}: {len(rows)} instants in {len(settled)} zones, {gaps} in a gap, {overlaps} in an overlap"]
    lines.append("zone,launch,offset,time,instant,note")
    above = ["", ""]
    for row in rows:
        lines.append(",".join(("" if row[:2] == above else row[0], "" if row[:2] == above else row[1], *row[2:])))
        above = row[:2]
    (here / "planned-instants.csv").write_text("\n".join(lines) + "\n")


write_wall_times()
write_planned_instants()
