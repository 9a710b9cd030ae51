"""Times feedparser on a file: python parse.py FILE (pip install feedparser)."""

import sys
import time

import feedparser

with open(sys.argv[1], "rb") as file:
    document = file.read()

assert len(feedparser.parse(document).entries) == 30
runs, start = 0, time.perf_counter()
while time.perf_counter() - start < 5:
    feedparser.parse(document)
    runs += 1
seconds = time.perf_counter() - start
print(f"feedparser {feedparser.__version__}: {len(document) * runs / seconds / 1e6:.2f} MB/s")
