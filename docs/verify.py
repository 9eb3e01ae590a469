"""A second verifier of a run's record (see record.md): python3 verify.py RUN_FOLDER [HEAD] prints what is wrong; then its exit code is 9."""
import hashlib, json, pathlib, re, sys
from decimal import Decimal

def number(value):  # as ECMAScript writes it, which is what RFC 8785 wants
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    if digits == (0,): return "0"
    text = "".join(map(str, digits)); point = len(text) + exponent
    if len(text) <= point <= 21: text = text.ljust(point, "0")
    elif 0 < point <= 21: text = text[:point] + "." + text[point:]
    elif -6 < point <= 0: text = "0." + "0" * -point + text
    else: text = text[0] + ("." + text[1:] if len(text) > 1 else "") + "e%+d" % (point - 1)
    return "-" * sign + text

def canonical(value):
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(canonical(key) + ":" + canonical(value[key]) for key in keys) + "}"
    if isinstance(value, list): return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, (int, float)) and not isinstance(value, bool): return number(value)
    return json.dumps(value, ensure_ascii=False)
def sha256(data): return hashlib.sha256(data).hexdigest()

def verify(journal, read, head=None, attempts=()):
    """What is wrong. read(path) gives the bytes of a file of the run folder, or None; attempts are the names in its folder attempts/."""
    wrong, started, seals, accepted, masked = [], {}, {}, {}, set()
    lines, before, last = journal.split(b"\n")[:-1], "0" * 64, ""  # what has no line feed was not written to its end
    for count, line in enumerate(lines, 1):
        try:
            event = json.loads(line.decode("utf-8"))
            if canonical(event).encode("utf-8") != line: wrong.append(f"line {count}: not in canonical form")
            if event["prev"] != before: wrong.append(f"line {count}: the hash of the line before does not match")
            if canonical(event["seq"]) != str(count): wrong.append(f"line {count}: has the number {event['seq']}")
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["at"]) or event["at"] < last: wrong.append(f"line {count}: bad time")
            last, kind = event["at"], event["type"]
            if kind == "attempt-started": started[event["attempt"]] = ("attempts/" + event["folder"][9:], event["sha256"])
            if kind == "attempt-ended": seals[event["attempt"]] = (*map(event["log"].get, ("bytes", "sha256")), event["outcome"]["kind"])
            if kind == "record-repaired": masked.update(event.get("files", ())); seals.update((one["attempt"], (*map(one["log"].get, ("bytes", "sha256")), "")) for one in event["logs"])
            if kind == "run-started": accepted.update((sha + "", path) for path, sha in event["files"].items())
            if kind == "changes-accepted": accepted.update((one["sha256"] + "", one["path"] + "") for one in event["files"] if "sha256" in one)
        except Exception as error: wrong.append(f"line {count}: {error}")
        before = sha256(line)
    if not lines or (head and head != before): wrong.append("the head is %s" % before)
    for attempt, (folder, sha) in started.items():
        block, log, (size, seal, how) = read(folder + "/block"), read(folder + "/log"), seals.get(attempt, (None, None, "lost"))
        if sha256(block or b"") != sha and (block is not None or how not in ("lost", "not-started")) and folder + "/block" not in masked: wrong.append(folder + "/block")
        if attempt in seals and (len(log or b""), sha256(log or b"")) != (size, seal): wrong.append(folder + "/log")
    wrong += ["attempts/" + name for name in attempts if "attempts/" + name not in [folder for folder, _ in started.values()]]
    for sha, path in accepted.items():  # of a declared file that is large no copy is kept
        copy, needed = read("files/" + sha), path.endswith((".md", "runbook.yaml"))
        if sha256(copy or b"") != sha and (needed or copy is not None): wrong.append("files/" + sha)
    return wrong

if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    def read(path): return (folder / path).read_bytes() if (folder / path).is_file() else None
    found = verify(read("journal.jsonl") or b"", read, *sys.argv[2:3], attempts=[one.name for one in folder.glob("attempts/*")])
    print("\n".join(found) or "intact")
    sys.exit(9 if found else 0)
