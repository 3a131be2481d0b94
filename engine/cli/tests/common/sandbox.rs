//! A separate sandbox for each test, in its own runtime, and the command that delivers to it.
#![allow(dead_code, reason = "not every test uses everything")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use intercom_sandbox::{Builder, Sandbox, State, Stats};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A token that does not occur in output by chance.
pub(crate) const TOKEN: &str = "zQ7x-token-vW9k";

pub(crate) struct World {
    sandbox: Sandbox,
    /// Keeps the sandbox running.
    _runtime: Runtime,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(setup: impl FnOnce(Builder) -> Builder) -> Self {
        let runtime = Runtime::new().unwrap();
        let builder = Sandbox::builder().token(TOKEN).create_attributes().no_rate_limit();
        let sandbox = runtime.block_on(setup(builder).start()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), format!("{TOKEN}\n")).unwrap();
        Self { sandbox, _runtime: runtime, folder }
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    pub(crate) fn state(&self) -> State {
        self.sandbox.state()
    }

    pub(crate) fn stats(&self) -> Stats {
        self.sandbox.stats()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<Value> {
        lines(&self.read(name))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// Returns the command, in the folder of the test, with the token in a file.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.without_token(args);
        command.args(["--secret", "apiKey=@token"]);
        command
    }

    /// Returns the command without a token.
    pub(crate) fn without_token(&self, args: &[&str]) -> Command {
        self.command_to(&self.sandbox.base_url(), args)
    }

    /// Returns the command for another server.
    pub(crate) fn command_to(&self, url: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
        command.args(args).args(["--base-url", url]);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        Ended::of(self.command(args).output().unwrap())
    }

    /// Runs a command that sends nothing.
    pub(crate) fn run_offline(&self, args: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mapwright"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        Ended::of(command.output().unwrap())
    }

    pub(crate) fn start(&self, args: &[&str]) -> Running {
        Running(self.command(args).spawn().unwrap())
    }
}

/// A process that has ended. Its constructor asserts that the output contains no secret.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert!(!stdout.contains(TOKEN) && !stderr.contains(TOKEN), "{stdout}\n{stderr}");
        Self { code: output.status.code(), stdout, stderr }
    }

    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        lines(&self.stdout)
    }
}

/// A running process, which is killed when the test ends.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn of(child: Child) -> Self {
        Self(child)
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([format!("-{signal}"), self.0.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub(crate) fn is_over(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    pub(crate) fn end(mut self) -> Ended {
        use std::io::Read as _;
        let read = |pipe: Option<Box<dyn std::io::Read + Send>>| {
            std::thread::spawn(move || {
                let mut text = Vec::new();
                if let Some(mut pipe) = pipe {
                    pipe.read_to_end(&mut text).unwrap();
                }
                text
            })
        };
        let stdout = read(self.0.stdout.take().map(|pipe| Box::new(pipe) as _));
        let stderr = read(self.0.stderr.take().map(|pipe| Box::new(pipe) as _));
        let status = self.0.wait().unwrap();
        let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
        Ended::of(Output { status, stdout, stderr })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Waits until a condition holds, for at most a minute.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Returns the shipped sample events.
pub(crate) fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/samples/events.ndjson")
}

/// Events of users `u0`, `u1`, … who are identified and then do something.
pub(crate) fn events(count: usize) -> String {
    let event = |n: usize| {
        let user = n / 2;
        match n % 2 {
            0 => format!(
                "{{\"type\":\"identify\",\"userId\":\"u{user}\",\"traits\":{{\"email\":\"u{user}@example.com\"}}}}\n"
            ),
            _ => format!(
                "{{\"type\":\"track\",\"userId\":\"u{user}\",\"event\":\"Order\",\"properties\":{{\"n\":{n}}},\"timestamp\":\"2024-05-01T12:00:00Z\"}}\n"
            ),
        }
    };
    (0..count).map(event).collect()
}
