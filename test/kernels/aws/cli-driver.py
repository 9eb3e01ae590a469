"""Runs `aws` commands through the AWS CLI's own driver: one process for all of them, and a fork of it for each block, so that none leaves a trace.

Argument: the endpoint. Input: a JSON list of {"key", "commands": [[word, ...], ...]}. Output: a JSON list of {"code", "stdout", "stderr"}.
The commands of a block run until one fails.
"""

import gc
import io
import json
import os
import signal
import sys
import tempfile
import types

import awscli.clidriver

try:
    from awscli.botocore import waiter
except ImportError:
    from botocore import waiter

endpoint = sys.argv[1]
blocks = json.load(sys.stdin)
driver = awscli.clidriver.create_clidriver()
# The CLI's waits would take half a minute between two looks.
waiter.time = types.SimpleNamespace(sleep=lambda seconds: None)


def warm_up():
    """Has everything loaded that a fork would else load for itself."""
    real = sys.stdout
    sys.stdout = io.StringIO()
    for command in ("rds describe-db-clusters", "sts get-caller-identity", "secretsmanager list-secrets", "cloudwatch list-metrics", "sns list-topics"):
        driver.main(["--endpoint-url", endpoint, *command.split()])
    sys.stdout = real
    loader = driver.session.get_component("data_loader")
    for service in ("rds", "cloudwatch"):
        loader.load_service_model(service, "waiters-2")
    gc.freeze()


def run(block, out, err):
    # A block that never ends is ended, and fails by its name.
    signal.alarm(30)
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(open(2, "wb", closefd=False), encoding="utf-8", write_through=True)
    driver.session.set_credentials(block["key"], "of-no-account")
    for words in block["commands"]:
        code = driver.main(["--endpoint-url", endpoint, *words])
        sys.stdout.flush()
        if code:
            return code
    return 0


def start(block):
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = run(block, out, err)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        finally:
            sys.stderr.flush()
            os._exit(code)
    return pid, out, err


def text(file):
    file.seek(0)
    return file.read().decode("utf-8")


warm_up()
started = {}
results = [None] * len(blocks)
waiting = list(enumerate(blocks))
while waiting or started:
    while waiting and len(started) < 2:
        index, block = waiting.pop(0)
        pid, out, err = start(block)
        started[pid] = (index, out, err)
    pid, status = os.wait()
    index, out, err = started.pop(pid)
    results[index] = {"code": os.waitstatus_to_exitcode(status), "stdout": text(out), "stderr": text(err)}
json.dump(results, sys.stdout)
