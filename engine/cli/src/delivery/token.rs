//! New access tokens: from a command, or from a file that another program keeps current.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mapwright_driver::Renewing;
use serde_json::Value;

use crate::args::WireArgs;

/// The longest time that a command may take.
const LONGEST: Duration = Duration::from_secs(60);

/// The longest token, in bytes.
const MOST: usize = 64 << 10;

/// The environment variable that passes the name of the requested setting to a command.
const SETTING: &str = "MAPWRIGHT_SETTING";

/// Where new tokens come from.
#[derive(Debug, Clone)]
pub(super) enum TokenSource {
    Command(String),
    File(PathBuf),
}

impl TokenSource {
    pub(super) fn of(wire: &WireArgs) -> Option<Self> {
        let command = wire.token_command.clone().map(TokenSource::Command);
        command.or(wire.token_file.clone().map(TokenSource::File))
    }

    /// A new value of a setting.
    pub(super) fn value(&self, setting: &str) -> Renewing {
        let (source, setting) = (self.clone(), setting.to_owned());
        Box::pin(async move {
            let read = tokio::task::spawn_blocking(move || source.read(&setting));
            let text = read.await.map_err(|error| error.to_string())??;
            let token = text.trim();
            match token {
                "" => Err("what `--token-command` or `--token-file` gives is empty".to_owned()),
                _ if token.len() > MOST => Err(format!("the new value has more than {MOST} bytes")),
                _ if token.contains(['\n', '\r']) => Err("the new value has several lines".to_owned()),
                _ => Ok(Value::from(token)),
            }
        })
    }

    fn read(&self, setting: &str) -> Result<String, String> {
        match self {
            TokenSource::File(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("`{}` cannot be read: {error}", path.display())),
            TokenSource::Command(command) => run(command, setting),
        }
    }
}

/// Runs a command in the shell, and returns what it prints. Its errors go where ours go.
fn run(command: &str, setting: &str) -> Result<String, String> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let failed = |error: std::io::Error| format!("`--token-command` cannot run: {error}");
    let mut child = Command::new(shell)
        .args([flag, command])
        .env(SETTING, setting)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    // read apart, so that a command that never ends can be ended
    let mut printed = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let most = MOST as u64 + 1;
        let read = printed
            .as_mut()
            .map(|out| std::io::Read::read_to_string(&mut std::io::Read::take(out, most), &mut text));
        read.transpose().map(|_| text)
    });
    let started = Instant::now();
    let status = loop {
        match child.try_wait().map_err(failed)? {
            Some(status) => break status,
            None if started.elapsed() > LONGEST => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("`--token-command` took longer than {} s", LONGEST.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    if !status.success() {
        return Err(format!("`--token-command` failed ({status})"));
    }
    let text = reader.join().map_err(|_| "`--token-command` printed nothing that can be read".to_owned())?;
    text.map_err(|error| format!("what `--token-command` printed cannot be read: {error}"))
}
