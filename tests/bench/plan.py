# SPDX-License-Identifier: ISC
"""How much is measured."""
import os

QUICK = bool(os.environ.get("BENCH_QUICK"))
TURNS = 1 if QUICK else 5
LONGEST = 14 * 60  # seconds for all turns: on a busy machine there are fewer
SECONDS = 0.15 if QUICK else 0.4  # of one row's turn; up to three times as long for
LEAST = 20 if QUICK else 100  # so many requests
MOST = 3000  # requests in one row's turn
AT_ONCE = (1, 4, 16)  # requests, through lighttpd and pgbouncer
BUSY = "1, others busy"  # as 1, while other programs have all CPUs but one
ELSEWHERE = (1, 16) if QUICK else AT_ONCE
SIZES = (1000, 100000) if QUICK else (1000, 100000, 1000000)  # records in the table
REFUSALS = {405: "GET", 400: "DELETE", 401: "DELETE"}  # the status of requests without a cookie
