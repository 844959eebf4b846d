"""Draws time and memory against rows, both on logarithmic scales, from the CSV of a series."""

import csv
import math
from collections import defaultdict

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, GAP = 420, 300, 64, 40, 56, 70
COLORS = {"export": "#1f6feb", "restore": "#8250df", "pg_dump -Fc": "#57606a", "pg_restore -j2": "#bf8700"}


def ticks(low, high):
    return [10 ** e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def number(value):
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def panel(left, title, unit, series):
    """One diagram: series is name to a list of (rows, value)."""
    points = [p for values in series.values() for p in values]
    xs = ticks(min(x for x, _ in points), max(x for x, _ in points))
    ys = ticks(min(y for _, y in points), max(y for _, y in points))

    def place(x, y):
        across = (math.log10(x) - math.log10(xs[0])) / (math.log10(xs[-1]) - math.log10(xs[0]) or 1)
        up = (math.log10(y) - math.log10(ys[0])) / (math.log10(ys[-1]) - math.log10(ys[0]) or 1)
        return left + across * WIDTH, TOP + (1 - up) * HEIGHT

    out = [f'<text x="{left}" y="{TOP - 16}" font-weight="bold">{title}</text>']
    for x in xs:
        px, _ = place(x, ys[0])
        out.append(f'<line x1="{px:.1f}" y1="{TOP}" x2="{px:.1f}" y2="{TOP + HEIGHT}" stroke="#d0d7de"/>'
                   f'<text x="{px:.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{number(x)}</text>')
    for y in ys:
        _, py = place(xs[0], y)
        out.append(f'<line x1="{left}" y1="{py:.1f}" x2="{left + WIDTH}" y2="{py:.1f}" stroke="#d0d7de"/>'
                   f'<text x="{left - 8}" y="{py + 4:.1f}" text-anchor="end">{number(y)} {unit}</text>')
    for name, values in series.items():
        color = COLORS.get(name, "#cf222e")
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in (place(x, y) for x, y in sorted(values)))
        out.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        out += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{color}"/>' for px, py in (place(x, y) for x, y in values)]
    return out


def draw(path):
    seconds, memory = defaultdict(list), defaultdict(list)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            seconds[row["contender"]].append((int(row["rows"]), float(row["seconds"])))
            memory[row["contender"]].append((int(row["rows"]), float(row["peak_mb"])))
    second_left = LEFT + WIDTH + GAP + 30
    width, height = second_left + WIDTH + 24, TOP + HEIGHT + BOTTOM
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    out += panel(LEFT, "Time against rows", "s", seconds)
    out += panel(second_left, "Peak memory of the client against rows", "MB", memory)
    for place, name in enumerate(seconds):
        x = LEFT + place * 170
        out.append(f'<rect x="{x}" y="{height - 20}" width="12" height="12" fill="{COLORS.get(name, "#cf222e")}"/>'
                   f'<text x="{x + 18}" y="{height - 10}">{"simulark " if name in ("export", "restore") else ""}{name}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"
