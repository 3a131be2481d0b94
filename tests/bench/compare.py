"""Compares `validate-mappings` with yamllint and check-jsonschema, in one run: `python3 tests/bench/compare.py`.

Builds the command for release, makes folders of mappings, and installs the other two from PyPI into a virtual environment in the target folder.
Prints a table in Markdown: seconds until the end, seconds of processor time, and memory. Each is the median of some runs, one of each command after the other,
so that other work on the machine is shared among them. It asserts nothing.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
OTHERS = ["yamllint==1.38.0", "check-jsonschema==0.39.0"]


def build():
    for package in (["-p", "mapwright-cli", "--bins"], ["-p", "mapwright-bench", "--example", "many"]):
        subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", *package], cwd=ROOT, check=True)


def install():
    venv = TARGET / "compare-venv"
    if not venv.is_dir():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    subprocess.run([venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *OTHERS], check=True)
    return venv / "bin"


def run(command, folder):
    """Seconds until the end, seconds of processor time, and MB, of one run."""
    start = time.monotonic()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"exit code {child.returncode}: {' '.join(map(str, command))}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def watched(validate, folder, times):
    """Milliseconds from a saved file to the end of what is said of it."""
    file = folder / "mappings/d50/1/track.yaml"
    text = file.read_text()
    command = [validate, "--watch", "--format", "concise"]
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    until_end = lambda: next(line for line in child.stdout if " files: " in line)
    until_end()
    found = []
    for at in range(times):
        # the watch of folders begins before the check, and other work of the machine calms down
        time.sleep(0.3)
        start = time.monotonic()
        file.write_text(text.replace("Saves a thing", f"Saves a thing ({at})"))
        until_end()
        found.append((time.monotonic() - start) * 1000)
    child.terminate()
    child.wait()
    file.write_text(text)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="runs of each command")
    times = parser.parse_args().times
    build()
    others = install()
    work = Path(tempfile.mkdtemp(prefix="mapwright-compare-"))
    few, many = work / "500", work / "5000"
    for folder in (few, many):
        subprocess.run([TARGET / "release/examples/many", folder.name, folder], check=True)
    validate = TARGET / "release/validate-mappings"
    schema = ROOT / "schemas/mapping-message.schema.json"
    is_message = lambda path: path.name not in ("destination.yaml", "version.yaml") and not path.name.endswith(".test.yaml")
    messages = sorted(path for path in few.rglob("*.yaml") if is_message(path))
    commands = [
        ("`validate-mappings`", [validate], few),
        ("`validate-mappings --no-tests`", [validate, "--no-tests"], few),
        ("`yamllint -d relaxed mappings`", [others / "yamllint", "-d", "relaxed", "--no-warnings", "mappings"], few),
        ("`check-jsonschema` of the message files alone", [others / "check-jsonschema", "--schemafile", schema, *messages], few),
        ("`validate-mappings` of 5,000 message files", [validate], many),
        ("`validate-mappings --no-tests` of 5,000", [validate, "--no-tests"], many),
    ]
    results = {name: [] for name, _, _ in commands}
    for _ in range(times):
        for name, command, folder in commands:
            results[name].append(run(command, folder))
    print("| command | seconds | of processors | MB |\n|---|---|---|---|")
    for name, runs in results.items():
        seconds, used, memory = (statistics.median(column) for column in zip(*runs))
        print(f"| {name} | {seconds:.2f} | {used:.2f} | {memory:.0f} |")
    found = watched(validate, few, max(times, 3) * 3)
    print(f"\n`--watch`, one changed file of 500: {statistics.median(found):.0f} ms ({min(found):.0f} to {max(found):.0f})")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
