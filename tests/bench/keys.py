"""Measures `mapwright lsp`: from a key to what is found, in one file of 500, as editors ask for it over standard input and output.

    cargo build --profile long --locked -p mapwright-cli --bins
    cargo build --profile long --locked -p mapwright-bench --example many
    python3 tests/bench/keys.py target/long

Prints a table in Markdown: milliseconds until the findings with a name that is unknown, and until those with a value that the body's schema refuses. It asserts nothing.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from queue import Queue

FILE = "mappings/d50/1/track.yaml"
# what stands in the file, what a key makes of it, and the rule that finds it
KEYS = [
    ("a name that is unknown", "external_id: $user_id", "external_id: $user_ix", "unknown-value"),
    ("a value that the schema refuses", "plan: { switch: properties.plan, cases: { pro: { value: business }", "plan: { switch: properties.plan, cases: { pro: { value: businesx }", "value-mismatch"),
]


class Editor:
    def __init__(self, program, folder):
        self.server = subprocess.Popen([program, "lsp"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.messages = Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while head := self.server.stdout.readline():
            length = int(head.split(b":")[1]) if head.lower().startswith(b"content-length") else None
            while self.server.stdout.readline().strip():
                pass
            message = json.loads(self.server.stdout.read(length))
            self.messages.put((time.monotonic(), message))

    def send(self, message):
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        self.server.stdin.flush()

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def until(self, is_it):
        """When the first such message came."""
        while True:
            at, message = self.messages.get(timeout=60)
            if is_it(message):
                return at


def main():
    built = Path(sys.argv[1] if len(sys.argv) > 1 else "target/long").resolve()
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    with tempfile.TemporaryDirectory(prefix="mapwright-keys-") as work:
        folder = Path(work).resolve()
        subprocess.run([built / "examples/many", "500", folder], check=True)
        editor = Editor(built / "mapwright", folder)
        editor.send({"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}})
        editor.until(lambda message: message.get("id") == 1)
        editor.tell("initialized", {})
        uri, text = f"file://{folder / FILE}", (folder / FILE).read_text()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        editor.tell("textDocument/didOpen", {"textDocument": document})
        time.sleep(3)
        version = 1
        print("| finding | ms | from | to |\n|---|---|---|---|")

        def change(line, column, letter):
            nonlocal version
            version += 1
            at = lambda column: {"line": line, "character": column}
            changes = [{"range": {"start": at(column), "end": at(column + 1)}, "text": letter}]
            editor.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": changes})

        for name, before, after, rule in KEYS:
            line = next(at for at, content in enumerate(text.splitlines()) if before in content)
            column = text.splitlines()[line].index(before) + len(before)
            column -= next(at for at, (a, b) in enumerate(zip(before[::-1], after[::-1]), 1) if a != b)
            letter = after[column - text.splitlines()[line].index(before)]
            has_it = lambda message: message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri and any(found["code"] == rule for found in message["params"]["diagnostics"])
            found = []
            for _ in range(times):
                time.sleep(1)
                while not editor.messages.empty():
                    editor.messages.get()
                start = time.monotonic()
                change(line, column, letter)
                found.append((editor.until(has_it) - start) * 1000)
                change(line, column, text.splitlines()[line][column])
            print(f"| {name} | {statistics.median(found):.0f} | {min(found):.0f} | {max(found):.0f} |")
        editor.server.kill()


if __name__ == "__main__":
    main()
