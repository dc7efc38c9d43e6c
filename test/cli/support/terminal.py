"""Runs a program in a pseudo-terminal and plays a person at it.

Reads from stdin {"command": [...], "cwd", "env", "steps": [{"wait": text, "send"?: keys, "signal"?: name}], "seconds"}:
each step waits until the text stands in what was printed since the step before, then types the keys, or sends a signal to
the program. Prints {"exitCode", "output", "missed"}: missed is the text of a step that never came. Nothing is left running.
"""
import json, os, pty, re, select, signal, sys, time

task = json.load(sys.stdin)
deadline = time.monotonic() + task["seconds"]
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(task["cwd"])
    os.execvpe(task["command"][0], task["command"], task["env"])

output = b""
ended = False


def plain(raw):
    text = raw.decode("utf-8", "replace").replace("\r", "")
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def read_some():
    """Takes what is there; False when the terminal has closed, or time is up."""
    global output, ended
    ready, _, _ = select.select([terminal], [], [], 0.05)
    if ready:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            chunk = b""
        ended = ended or chunk == b""
        output += chunk
    return not ended and time.monotonic() < deadline


missed = None
position = 0
for step in task["steps"]:
    while step["wait"] not in plain(output)[position:] and read_some():
        pass
    found = plain(output).find(step["wait"], position)
    if found < 0:
        missed = step["wait"]
        break
    position = found + len(step["wait"])
    # A prompt that has just been drawn begins to listen in the same turn; a person is slower, too.
    time.sleep(0.05)
    if "signal" in step:
        os.kill(pid, getattr(signal, step["signal"]))
    else:
        os.write(terminal, step["send"].encode())

while missed is None and read_some():
    pass
if missed is not None or not ended:
    os.kill(pid, signal.SIGKILL)
status = os.waitpid(pid, 0)[1]
json.dump({"exitCode": os.waitstatus_to_exitcode(status), "output": plain(output), "missed": missed}, sys.stdout)
