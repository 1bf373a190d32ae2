# SPDX-License-Identifier: ISC
"""The report: the tables of results.md, and the plots."""
import glob
import os
import statistics
import subprocess

from plan import AT_ONCE, BUSY, REFUSALS, SECONDS, SIZES
from servers import (BEFORE, CGI, CGID, LIGHTTPD, NODE, OURS, PRINT, SAFE, STANDALONE, Place,
                     rows_behind)
from services import find, output

MAIN = Place(LIGHTTPD, "pgbouncer")
FIGURES = "p50 mean p99 rate".split()


def figure(turns, name):
    """A figure of a cell."""
    return statistics.median(getattr(turn, name) for turn in turns)


def ratios(cells, name, *pairs):
    """The ratio of this figure for each pair of cells, as far as they were measured."""
    return [statistics.median(getattr(one, name) / getattr(other, name)
                              for one, other in zip(cells[pair[0]], cells[pair[1]]))
            for pair in pairs if pair[0] in cells and pair[1] in cells]


def versions(room):
    """The machine and what runs on it, without names."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file if "model name" in line), "?")
    yield f"{os.cpu_count()} CPUs ({model}), Linux {os.uname().release.split('-')[0]}"
    yield f"files and database on {output('findmnt', '-n', '-o', 'FSTYPE', '-T', room)}"
    for name, command in (("PostgreSQL", [*sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres")
                                                  )[-1:], "-V"]),
                          ("pgbouncer", [find("pgbouncer"), "-V"]),
                          ("lighttpd", [find("lighttpd"), "-v"]),
                          ("Apache", [find("apache2", "httpd"), "-v"]),
                          ("nginx", ["sh", "-c", f"{find('nginx') or ':'} -v 2>&1"]),
                          ("PHP", [find("php-cgi"), "-v"]), ("Node", [find("node"), "-v"]),
                          ("Perl", [find("perl"), "-e", "print $^V"]),
                          ("Python", ["/usr/bin/python3", "-V"])):
        if command[0] and output(*command):
            yield f"{name}: {output(*command).partition(chr(10))[0]}"


def targets(cells):
    """(what, its ratios, sign, bound)."""
    def removals(name, *names_and_numbers):
        """Ours, compared with another row where rows are compared."""
        return ratios(cells, name, *(((MAIN, STANDALONE, at_once), (MAIN, other, at_once))
                                     for other, at_once in names_and_numbers))

    def refusals(server, name, *busy):
        """Each refusal, compared with the printing program."""
        return ratios(cells, name, *(((server, STANDALONE, status, *busy),
                                      (server, PRINT, status, *busy)) for status in REFUSALS))

    for busy, when in ((), "nothing else runs"), ((BUSY,), "others busy"):
        yield (f"refusals behind mod_cgi, to the printing program, {when}: rate",
               refusals(CGI, "rate", *busy), "≥", 8)
        yield (f"refusals behind mod_cgid, to the printing program, {when}: rate",
               refusals(CGID, "rate", *busy), "≥", 2)
    for at_once in (*AT_ONCE, BUSY):
        for name, bound in (("mean", 0.55), ("p99", 0.7)):
            place = Place(CGID, "pgbouncer")
            yield (f"removals behind mod_cgid, to those without linger, {at_once}: {name}",
                   ratios(cells, name, ((place, STANDALONE, at_once), (place, BEFORE, at_once))),
                   "≤", bound)
    where = "lighttpd, pgbouncer, to Node"
    yield f"{where}: mean", removals("mean", (NODE, 1)), "≤", 1.0
    yield f"{where}: p99", removals("p99", (NODE, 1)), "≤", 0.7
    yield f"{where}: rate at 16", removals("rate", (NODE, 16)), "≥", 1.0
    where += " with our guarantees"
    yield f"{where}: mean", removals("mean", (SAFE, 1)), "≤", 1.0
    yield f"{where}: p99", removals("p99", (SAFE, 1)), "≤", 1.0
    for at_once in AT_ONCE:
        yield f"{where}: rate at {at_once}", removals("rate", (SAFE, at_once)), "≥", 1.0
    yield ("lighttpd, pgbouncer, to the floor: p50",
           ratios(cells, "p50", ((MAIN, STANDALONE, 1), (MAIN, "floor"))), "≤", 1.25)
    yield ("refusals behind lighttpd, to the printing program: p50", refusals(LIGHTTPD, "p50"),
           "≤", 1.15)
    yield (f"{SIZES[-1]} records, to {SIZES[0]}: p50",
           ratios(cells, "p50", (("size", SIZES[-1]), ("size", SIZES[0]))), "≤", 1.1)


def targets_table(bench):
    """The worst ratio of each target, and whether it meets it."""
    yield "\n## Ratios\n\n| | ratio | target | |\n|---|---|---|---|"
    wanted = list(targets(bench.cells))
    if STANDALONE in bench.memory:
        wanted.append(("peak memory of a removal, in MB", [bench.memory[STANDALONE][1]], "≤", 6))
    for what, values, sign, bound in wanted:
        if values:
            value = max(values) if sign == "≤" else min(values)
            met = value <= bound if sign == "≤" else value >= bound
            yield f"| {what} | {value:.2f} | {sign} {bound} | {'met' if met else 'missed'} |"


def times(turns):
    """The columns that all tables have."""
    p50, mean, p99, rate = (figure(turns, name) for name in FIGURES)
    return f"{p50:.2f} | {mean:.2f} | {p99:.2f} | {rate:.0f}"


def removals_table(bench, place):
    """The lines of one table."""
    yield (f"\n### {place.server}, {place.way}\n\n| | at once | p50 ms | mean | p99 | removals/s |"
           " mean, to imagenes, standalone | CPU s/1000 | requests | wrong answers |\n"
           "|---|---|---|---|---|---|---|---|---|---|")
    warm = bench.cells[place, "warm"]
    yield (f"| the transaction, warm connection | 1 | {times(warm)} | | {figure(warm, 'cpu'):.2f} |"
           f" {total(warm, 'requests')} | {total(warm, 'wrong') or ''} |")
    for at_once in (*AT_ONCE, BUSY):
        for row in rows_behind(place.server, bench.rows):
            if (place, row.name, at_once) not in bench.cells:
                continue
            turns = bench.cells[place, row.name, at_once]
            # mod_cgid and fcgiwrap leave the end of CGI programs to the kernel, which then adds
            # their time to nobody's. So does mod_cgi with what ours leaves behind.
            counted = row.kind != "cgi" or place.server == LIGHTTPD
            cpu = f"{figure(turns, 'cpu'):.2f}" if counted else ""
            to_ours = ratios(bench.cells, "mean", ((place, row.name, at_once),
                                                   (place, STANDALONE, at_once)))
            yield (f"| {row.name} | {at_once} | {times(turns)} |"
                   f" {' '.join(f'{value:.2f}' for value in to_ours)} | {cpu} |"
                   f" {total(turns, 'requests')} | {total(turns, 'wrong') or ''} |")


def total(turns, name):
    """Of all turns."""
    return sum(getattr(turn, name) for turn in turns)


def refusals_table(bench):
    """What needs no database and no file."""
    yield ("\n## Refusals, one at once, not signed in\n\n| | | p50 ms | mean | p99 | answers/s |"
           " rate, to the printing program | requests | wrong answers |\n"
           "|---|---|---|---|---|---|---|---|---|")
    for busy in ((), (BUSY,)):
        for server in bench.servers:
            for status in REFUSALS:
                for name in (PRINT, *OURS):
                    key = (server, name, status, *busy)
                    for value in ratios(bench.cells, "rate", (key, (server, PRINT, status, *busy))):
                        turns = bench.cells[key]
                        yield (f"| {', '.join((server, str(status), *busy))} | {name} |"
                               f" {times(turns)} | {value:.2f} | {total(turns, 'requests')} |"
                               f" {total(turns, 'wrong') or ''} |")


def sizes_table(bench):
    """Removals from tables of several sizes."""
    yield ("\n## Table size, standalone\n\n| records | p50 ms | mean | p99 | removals/s |"
           " p50, to the smallest |\n|---|---|---|---|---|---|")
    for size in SIZES:
        for value in ratios(bench.cells, "p50", (("size", size), ("size", SIZES[0]))):
            yield f"| {size} | {times(bench.cells['size', size])} | {value:.2f} |"


def memory_table(bench):
    """At rest and at its peak."""
    yield ("\n## Memory, MB\n\nOf what is always there, all its processes (Pss): after the first"
           " requests, and the most that was seen after a turn. Of a CGI program: the peak of one"
           " process; there are as many as requests at once.\n\n"
           "| | at rest | peak |\n|---|---|---|")
    for name, (rest, peak) in bench.memory.items():
        yield f"| {name} | {rest:.1f} | {peak:.1f} |"


def introduction(bench, room):
    """What was measured, on what."""
    yield "# Benchmark: deleting one product image\n"
    yield from (f"- {line}" for line in versions(room))
    fewest, key = min((total(turns, "requests"), key) for key, turns in bench.cells.items()
                      if isinstance(key[0], Place) and len(key) == 3)
    wrong = sum(total(turns, "wrong") for turns in bench.cells.values())
    yield (f"\n{len(bench.cells[key])} turn(s), in each of which the rows come one after the"
           f" other, for {SECONDS} s each, longer where they are slow. Each figure is the median of"
           " the turns' figures, each ratio the median of the ratios within a turn. Everybody"
           " removes as a user who is signed in. The floor: a static CGI program that only prints,"
           " plus this program's own transaction over a warm connection; neither touches a file."
           f"\n\nThe fewest requests, {fewest}, were made of {key[1]} behind {key[0].server}"
           f" ({key[0].way}), with {key[2]} at once. Wrong answers: {wrong or 'none'}.")


def lines(bench, room):
    """The lines of results.md."""
    if (MAIN, "warm") in bench.cells:
        bench.cells[MAIN, "floor"] = [
            one._replace(p50=one.p50 + other.p50) for one, other in
            zip(bench.cells[MAIN, PRINT, 1], bench.cells[MAIN, "warm"])]
    yield from introduction(bench, room)
    yield from targets_table(bench)
    yield "\n## Removals"
    for place in bench.places:
        yield from removals_table(bench, place)
    yield from refusals_table(bench)
    yield from sizes_table(bench)
    yield from memory_table(bench)


# --- the plots ---

# Horizontal bars, a group for each line of the data. The numbers are on them.
BARS = """
set terminal svg size 900,{height} noenhanced font 'sans,12'
set output '{name}.svg'
set title '{title}'
set style fill solid 0.8
set xrange [{start}:{stop}]
set yrange [{groups} - 0.5:-0.5]
set {scale} x
set xtics nomirror
set ytics nomirror scale 0
set border 3
set grid x
set key autotitle columnheader outside bottom center horizontal maxrows 1 samplen 2
set lmargin {margin}
edge(i) = (i - 1) * 0.8 / {series} - 0.4
plot for [i=1:{series}] '{name}.dat' using (column(i + 1)):0:({start}):(column(i + 1)) \
        :($0 + edge(i)):($0 + edge(i + 1)):ytic(1) with boxxyerror lt i title columnheader(i + 1), \
    for [i=1:{series}] '' using (column(i + 1)):($0 + edge(i + 0.5)) \
        :(sprintf('{form}', column(i + 1))) with labels left offset 0.5,0 font ',10' notitle
"""


def bars(directory, name, title, scale, groups):
    """A plot: groups is {label: {series: value}}, scale is logscale or nologscale."""
    series = list(next(iter(groups.values())))
    with open(f"{directory}/{name}.dat", "w", encoding="utf-8") as data:
        print('""', *(f'"{label}"' for label in series), file=data)
        for label, values in groups.items():
            print(f'"{label}"', *(f"{value:.3f}" for value in values.values()), file=data)
    every = [value for values in groups.values() for value in values.values()]
    start, stop = (min(every) / 2, max(every) * 2) if scale == "logscale" else (0, max(every) * 1.1)
    script = BARS.format(name=name, title=title, scale=scale, start=start, stop=stop,
                         groups=len(groups), series=len(series), margin=max(map(len, groups)) + 2,
                         height=140 + 18 * len(series) * len(groups),
                         form="%.1f" if scale == "logscale" else "%.0f")
    subprocess.run([find("gnuplot"), "-"], input=script, text=True, cwd=directory, check=True)


def plot(bench, directory):
    """latency.svg and rate.svg through lighttpd and pgbouncer, apache.svg behind both Apaches."""
    if not find("gnuplot"):
        print("bench: no plots: gnuplot is not installed")
        return
    if MAIN in bench.places:
        names = [row.name for row in rows_behind(LIGHTTPD, bench.rows) if row.name != PRINT]
        title = "Removals through lighttpd and pgbouncer"
        bars(directory, "latency", f"{title}: milliseconds, one at once, logarithmic", "logscale",
             {name: {series: figure(bench.cells[MAIN, name, 1], key)
                     for series, key in (("median", "p50"), ("p99", "p99"))}
              for name in names})
        bars(directory, "rate", f"{title}: per second", "nologscale",
             {name: {f"{at_once} at once": figure(bench.cells[MAIN, name, at_once], "rate")
                     for at_once in AT_ONCE} for name in names})
    behind = {
        f"{place.server.partition(' ')[2]}: {name}": {
            series: figure(bench.cells[place, name, BUSY], key) for series, key in
            (("median", "p50"), ("mean", "mean"), ("p99", "p99"))}
        for place in bench.places for name in (PRINT, BEFORE, STANDALONE)
        if (place, name, BUSY) in bench.cells}
    if behind:
        bars(directory, "apache", "Removals behind Apache, others busy: milliseconds, one at once,"
             " logarithmic", "logscale", behind)
