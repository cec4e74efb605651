"""A QEMU of a few lines, which answers from a table; no machine is behind it."""

from __future__ import annotations

import json
import sys

import pytest

SOURCE = r"""
import json, os, re, signal, socket, sys, time
table = json.loads(TABLE)
words = sys.argv[1:]
line = " ".join(words)
if "--version" in words:
    print("QEMU emulator version 7.2.22 (fake)")
elif "help" in words:
    time.sleep(table.get("help_takes_s", 0))
    print(table["help"])
elif "-dump-vmstate" in words:
    print(json.dumps(table["dump"]))
else:
    for part, said in table["refused"].items():
        if part in line:
            sys.stderr.write(said)
            sys.exit(1)
    for part, number in table["signals"].items():
        if part in line:
            os.kill(os.getpid(), number)
    if table["silent"] and table["silent"] in line:
        time.sleep(600)
    link = socket.socket(fileno=int(re.search(r"id=monitor,fd=(\d+)", line)[1]))
    def say(message):
        link.sendall(json.dumps(message).encode() + b"\r\n")
    def hear():
        # Messages follow each other without a line's end.
        text = ""
        while data := link.recv(65536):
            text += data.decode()
            while text.strip():
                try:
                    message, end = json.JSONDecoder().raw_decode(text.lstrip())
                except ValueError:
                    break
                text = text.lstrip()[end:]
                yield message
    version = {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": ""}
    say({"QMP": {"version": version, "capabilities": []}})
    for asked in hear():
        command = asked["execute"]
        detail = "/".join(map(str, asked.get("arguments", {}).values()))
        answer = table["answers"].get(f"{command} {detail}".strip(), "none")
        for part, better in table["answers_with"].get(command, {}).items():
            if part in line:
                answer = better
        if answer == "die":
            sys.exit(1)
        if command == "qmp_capabilities":
            say({"return": {}, "id": asked.get("id")})
        elif answer == "none":
            error = {"class": "GenericError", "desc": f"no {command} {detail}"}
            say({"error": error, "id": asked.get("id")})
        else:
            say({"return": answer, "id": asked.get("id")})
"""


@pytest.fixture
def fake(tmp_path):
    """Make a program that answers from a table: QMP answers by command and arguments."""

    def make(**table):
        known = {
            "help": "",
            "dump": {},
            "refused": {},
            "signals": {},
            "silent": "",
            "answers": {},
            "answers_with": {},
        }
        path = tmp_path / "qemu-system-fake"
        source = SOURCE.replace("TABLE", repr(json.dumps(known | table)), 1)
        path.write_text(f"#!{sys.executable} -SE\n{source}")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def struck(tmp_path):
    """Make a program that plays another one, but is ended by a signal the first few times."""

    def make(path, number=9, *, when="", times=1):
        flag, struck = tmp_path / "times", tmp_path / "qemu-system-struck"
        struck.write_text(
            f"""#!/bin/sh
case "$*" in *"{when}"*)
    if [ "$(cat {flag} 2>/dev/null | wc -l)" -lt {times} ]; then
        echo struck >> {flag}
        kill -{number} $$
    fi
esac
exec {path} "$@"
"""
        )
        struck.chmod(0o755)
        return struck

    return make
