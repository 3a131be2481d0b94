//! An editor: it starts the language server as a process, and talks to it over its standard input and output.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// How long a response may take: the tests run beside others, in a program that is not optimized.
const LONGEST: Duration = Duration::from_secs(60);

pub(crate) struct Editor {
    server: Child,
    input: ChildStdin,
    output: Receiver<Value>,
    /// Messages that nobody has asked for yet.
    kept: Vec<Value>,
    next: u64,
    /// What the server can do.
    pub(crate) capabilities: Value,
    _folder: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

/// Where something is: lines and columns from 0, as the server counts.
pub(crate) type Place = (u64, u64);

impl Editor {
    /// Starts a server for these files, with positions in these encodings.
    pub(crate) fn new(files: &[(&str, &str)], encodings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
        command.arg("lsp").current_dir(&root).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let (input, output) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if output.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    match line.trim_end().split_once(": ") {
                        Some(("Content-Length", value)) => length = value.parse().unwrap(),
                        Some(_) => {}
                        None => break,
                    }
                }
                let mut content = vec![0; length];
                output.read_exact(&mut content).unwrap();
                if sender.send(serde_json::from_slice(&content).unwrap()).is_err() {
                    return;
                }
            }
        });
        let (kept, capabilities) = (Vec::new(), Value::Null);
        let mut editor =
            Self { server, input, output: receiver, kept, next: 0, capabilities, _folder: folder, root };
        let params = json!({
            "processId": null,
            "rootUri": null,
            "capabilities": {
                "general": { "positionEncodings": encodings },
                "workspace": {
                    "workspaceEdit": { "documentChanges": false },
                    "codeLens": { "refreshSupport": true },
                },
            },
        });
        editor.capabilities = editor.ask("initialize", params).unwrap()["capabilities"].clone();
        editor.tell("initialized", json!({}));
        editor
    }

    pub(crate) fn uri(&self, path: &str) -> String {
        format!("file://{}", self.root.join(path).display())
    }

    fn send(&mut self, message: &Value) {
        self.send_bytes(message.to_string().as_bytes());
    }

    /// Sends whatever it is as a message.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        write!(self.input, "Content-Length: {}\r\n\r\n", bytes.len()).unwrap();
        self.input.write_all(bytes).unwrap();
        self.input.flush().unwrap();
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks, and returns the response or what the server says is wrong.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let answer = self.wait(|message| message["id"] == id && message.get("method").is_none());
        match answer.get("error") {
            Some(error) => Err(error["message"].as_str().unwrap().to_owned()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// Waits for a message.
    pub(crate) fn wait(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&is_it) {
            return self.kept.remove(at);
        }
        loop {
            let message = self.output.recv_timeout(LONGEST).expect("the server says nothing");
            if is_it(&message) {
                return message;
            }
            self.kept.push(message);
        }
    }

    pub(crate) fn open(&mut self, path: &str) {
        let text = std::fs::read_to_string(self.root.join(path)).unwrap();
        self.open_as(path, &text);
    }

    /// Opens a file with a string that is not that on disk.
    pub(crate) fn open_as(&mut self, path: &str, text: &str) {
        let document = json!({ "uri": self.uri(path), "languageId": "yaml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces a part of a string.
    pub(crate) fn change(&mut self, path: &str, version: u64, from: Place, to: Place, text: &str) {
        let change = json!({ "range": range(from, to), "text": text });
        let document = json!({ "uri": self.uri(path), "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
    }

    /// Replaces all of a string.
    pub(crate) fn replace(&mut self, path: &str, version: u64, text: &str) {
        let document = json!({ "uri": self.uri(path), "version": version });
        let change = json!({ "text": text });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
    }

    /// The next findings of a file that are such, as `line:column rule: message`.
    pub(crate) fn findings(&mut self, path: &str, are_they: impl Fn(&[String]) -> bool) -> Vec<String> {
        let uri = self.uri(path);
        let of = |message: &Value| -> Option<Vec<String>> {
            let is_it = message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri.as_str();
            is_it.then(|| message["params"]["diagnostics"].as_array().unwrap().iter().map(finding).collect())
        };
        let found = self.wait(|message| of(message).is_some_and(|found| are_they(&found)));
        of(&found).unwrap()
    }

    /// Asks about a place in a file.
    pub(crate) fn ask_at(
        &mut self,
        method: &str,
        path: &str,
        place: Place,
        more: Value,
    ) -> Result<Value, String> {
        let mut params = json!({
            "textDocument": { "uri": self.uri(path) },
            "position": { "line": place.0, "character": place.1 },
        });
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        self.ask(method, params)
    }

    /// Asks about a file.
    pub(crate) fn ask_of(&mut self, method: &str, path: &str) -> Value {
        let params = json!({
            "textDocument": { "uri": self.uri(path) },
            "range": range((0, 0), (100_000, 0)),
            "options": { "tabSize": 2, "insertSpaces": true },
        });
        self.ask(method, params).unwrap()
    }

    /// Locations, as `path:line:column`.
    pub(crate) fn places(&self, locations: &Value) -> Vec<String> {
        let root = format!("file://{}/", self.root.display());
        let place = |location: &Value| {
            let path = location["uri"].as_str().unwrap().strip_prefix(&root).unwrap();
            let start = &location["range"]["start"];
            format!("{path}:{}:{}", start["line"], start["character"])
        };
        locations.as_array().unwrap().iter().map(place).collect()
    }

    /// Ends the server as an editor does, and returns its exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        self.ask("shutdown", Value::Null).unwrap();
        self.tell("exit", Value::Null);
        self.server.wait().unwrap().code()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // a test that fails leaves no process behind
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn finding(diagnostic: &Value) -> String {
    let start = &diagnostic["range"]["start"];
    let message = diagnostic["message"].as_str().unwrap().lines().next().unwrap();
    format!("{}:{} {}: {message}", start["line"], start["character"], diagnostic["code"].as_str().unwrap())
}

pub(crate) fn range(from: Place, to: Place) -> Value {
    json!({
        "start": { "line": from.0, "character": from.1 },
        "end": { "line": to.0, "character": to.1 },
    })
}

/// The place of a part of a string, in bytes; `|` in the part marks it, or else it is where the part starts.
pub(crate) fn place(text: &str, part: &str) -> Place {
    let at = text.find(&part.replace('|', "")).unwrap_or_else(|| panic!("no {part:?}"))
        + part.find('|').unwrap_or(0);
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() as u64, (at - start) as u64)
}

/// The files of a folder below the repository, by their paths there.
pub(crate) fn files_of(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            files.extend(files_of(&path).into_iter().map(|(inner, text)| (format!("{name}/{inner}"), text)));
        } else {
            files.push((name, std::fs::read_to_string(path).unwrap()));
        }
    }
    files
}
