#!/usr/bin/env python3
"""Writes fixture.safetensors from the published description of the format alone
(https://github.com/huggingface/safetensors#format), with struct and json, byte by byte."""
import json
import struct
import sys

tensors = [
    ("conv1.weight", [2, 3], [1.0, -2.5, 0.1, 3.4028234663852886e38, -0.0, 1e-45]),
    ("fc.bias", [1], [0.3333333333333333]),
    ("step", [], [7.0]),
    ("empty", [0, 4], []),
]
header = {"__metadata__": {"format": "pt", "layout": "1"}}
data = b""
for name, shape, values in tensors:
    raw = struct.pack("<%df" % len(values), *values)
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<Q", len(text)) + text + data)
