//! `mapwright send` as a process that is killed.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The command under test. It is killed when the test ends.
pub struct Send(Child);

impl Send {
    /// Starts `program`, the command, with the events, the token and the files of progress of a folder. `arguments` say what differs.
    #[must_use]
    pub fn start(program: &str, base_url: &str, folder: &Path, arguments: &[&str]) -> Send {
        let mut command = Command::new(program);
        command.args(["send", "events.ndjson", "--base-url", base_url, "--dead-letter", "dead.ndjson"]);
        command.args(["--checkpoint", "progress", "--resume"]).args(arguments);
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Send(command.spawn().unwrap())
    }

    /// Kills it (SIGKILL) after the API has received a number of requests, of which `received` tells. Returns false if it ended before.
    pub fn kill_at(&mut self, requests: u64, received: impl Fn() -> u64) -> bool {
        let end = Instant::now() + Duration::from_secs(120);
        while received() < requests {
            if self.0.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(Instant::now() < end, "{} requests in two minutes", received());
            std::thread::sleep(Duration::from_micros(200));
        }
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        true
    }

    /// Waits until it ends.
    pub fn wait(mut self) -> ExitStatus {
        self.0.wait().unwrap()
    }
}

impl Drop for Send {
    fn drop(&mut self) {
        // it has probably ended
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
