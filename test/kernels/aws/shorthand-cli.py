"""Prints what the AWS CLI's own parser makes of texts in shorthand. Input: a JSON list of texts."""

import json
import sys

from awscli.shorthand import ShorthandParser

results = []
for text in json.load(sys.stdin):
    try:
        results.append({"value": ShorthandParser().parse(text)})
    except Exception:
        results.append({})
json.dump(results, sys.stdout)
