"""Names of the files in the directory of a training, whoever writes or reads them."""

from __future__ import annotations

CHECKPOINT = "checkpoint.safetensors"  # all that learning goes on from
LOG = "log.jsonl"  # a JSON line an update
CONFIG = "config.json"  # how the training was begun
RESULT = "result.json"  # what came out; there only once it has come to its end
CONFIG_SCHEMA = "motifkit.run/1"  # of `CONFIG`
