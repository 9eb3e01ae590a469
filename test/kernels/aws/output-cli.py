"""Prints what the AWS CLI's own formatters make of each case. Input: JSON lists of [data as JSON text, query or null, output, title]."""

import io
import json
import sys
from types import SimpleNamespace

import jmespath
from awscli.formatter import get_formatter

results = []
for data, query, output, title in json.load(sys.stdin):
    try:
        args = SimpleNamespace(query=None if query is None else jmespath.compile(query), color="off")
        stream = io.StringIO()
        get_formatter(output, args)(title, json.loads(data), stream)
        results.append({"text": stream.getvalue()})
    except Exception as error:
        results.append({"error": f"{type(error).__name__}: {error}"})
json.dump(results, sys.stdout)
