# SPDX-License-Identifier: Apache-2.0
"""HdrHistogram's forms, read again: written from the description of the form
alone, and not from what writes it (bench/measure/histogram_codec.c,
bench/report/hgrm.c), so that the two hold each other.

A histogram is {highest equivalent value: count}; beside it stands how its
buckets are laid out, of which only 3 digits from 1 on are known here.
"""

import base64
import math
import re
import struct
import zlib

SUB_BUCKETS = 2048
HALF = SUB_BUCKETS // 2
INNER = 0x1c849313
OUTER = 0x1c849314


def bounds(index):
    """The lowest and the highest value that count `index` stands for."""
    bucket, sub = index // HALF - 1, index % HALF + HALF
    if bucket < 0:
        bucket, sub = 0, sub - HALF
    return sub << bucket, ((sub + 1) << bucket) - 1


def numbers(payload):
    """ZigZag LEB128, of which a ninth byte has eight bits and no flag."""
    at = 0
    while at < len(payload):
        value = shift = 0
        for i in range(9):
            byte = payload[at]
            at += 1
            value |= (byte if i == 8 else byte & 0x7f) << shift
            shift += 7
            if i == 8 or not byte & 0x80:
                break
        yield (value >> 1) ^ -(value & 1)


def decode(text):
    outer = base64.b64decode(text, validate=True)
    cookie, length = struct.unpack(">II", outer[:8])
    assert cookie == OUTER and length == len(outer) - 8, "outer header"
    inner = zlib.decompress(outer[8:])
    cookie, length, offset, digits, lowest, _, ratio = struct.unpack(">Iiiiqqd",
        inner[:40])
    assert cookie == INNER and length == len(inner) - 40, "inner header"
    assert (offset, digits, lowest, ratio) == (0, 3, 1, 1.0), "layout"
    counts = {}
    index = 0
    for number in numbers(inner[40:]):
        if number < 0:
            index -= number
            continue
        if number > 0:
            counts[bounds(index)[1]] = number
        index += 1
    return counts


def middle(highest):
    size = 1 << max(0, highest.bit_length() - 11)
    return highest + 1 - size + size // 2


def percentiles(counts, scale, ticks=5):
    """The lines of the percentile text but the last, of 100 %."""
    total = sum(counts.values())
    below = 0
    percentile = 0.0
    for value in sorted(counts):
        below += counts[value]
        while 100 * (below / total) >= percentile:
            yield (f"{value / scale:12.3f} {percentile / 100:.12f} {below:10d} "
                   f"{1 / (1 - percentile / 100):14.2f}")
            half = 2 ** (math.floor(math.log2(100 / (100 - percentile))) + 1)
            percentile += 100 / (ticks * half)
            if below == total:
                return


def footer(counts, scale):
    total = sum(counts.values())
    mean = sum(middle(value) * count for value, count in counts.items()) / total
    spread = math.sqrt(sum((middle(value) - mean) ** 2 * count
                           for value, count in counts.items()) / total)
    return (f"#[Mean    = {mean / scale:12.3f}, StdDeviation   = {spread / scale:12.3f}]\n"
            f"#[Max     = {max(counts) / scale:12.3f}, Total count    = {total:12d}]\n")


def read_log(text):
    """The intervals of a log, version 1.3."""
    lines = text.splitlines()
    head = [line for line in lines if line.startswith("#")]
    assert "#[Histogram log format version 1.3]" in head, "version"
    assert any(re.match(r"#\[StartTime: \d+\.\d{3} \(seconds since epoch\), ", line)
               for line in head), "StartTime"
    assert all(len(line) <= 127 for line in head), "a head line is too long"
    rest = lines[len(head):]
    assert rest[0] == ('"StartTimestamp","Interval_Length","Interval_Max",'
                       '"Interval_Compressed_Histogram"'), "legend"
    intervals = []
    for line in rest[1:]:
        found = re.fullmatch(r"Tag=([^, \r\n]+),(\d+\.\d{3}),(\d+\.\d{3}),(\d+\.\d{3}),(\S+)",
                             line)
        assert found, line
        intervals.append({"tag": found[1], "start": float(found[2]),
                          "length": float(found[3]), "max": float(found[4]),
                          "counts": decode(found[5])})
    return intervals
