//! Measuring what a delivery costs: servers that answer everything at once, deliveries that are counted, and what processes have used.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use futures_util::stream;
use mapwright::Mapper;
use mapwright_driver::checkpoint::{Identity, LogCheckpoint};
use mapwright_driver::{Client, ClientConfig, Driver, Incoming, Snapshot};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Delivers events to a server, and returns what was counted. All of them must be delivered. A checkpoint at the path is replaced.
pub async fn deliver(
    mapper: Mapper,
    url: &str,
    checkpoint: Option<&str>,
    events: impl Iterator<Item = Bytes> + Send + 'static,
) -> Snapshot {
    let mut config = ClientConfig::default();
    (config.base_url, config.proxies) = (Some(url.parse().unwrap()), false);
    let mut builder = Driver::builder(mapper, Client::new(&config).unwrap());
    if let Some(path) = checkpoint {
        // that of the delivery before
        let _ = std::fs::remove_file(path);
        // nothing resumes it
        let identity = Identity::new("made", "made", "1");
        builder = builder.checkpoint(LogCheckpoint::create(Path::new(path), identity).unwrap());
    }
    let mut delivery = builder.build().deliver(stream::iter(events.map(|event| Incoming::new(event, ()))));
    let metrics = delivery.metrics().clone();
    let mut ended = 0;
    while let Some(finished) = delivery.next().await {
        finished.acknowledge();
        ended += 1;
    }
    delivery.end().await.unwrap();
    let counts = metrics.snapshot();
    assert_eq!(counts.delivered, ended, "{counts:?}");
    counts
}

/// Answers every request of every connection at once.
pub async fn answer(listener: TcpListener, answer: &'static [u8]) {
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(answer_one(socket, answer));
    }
}

async fn answer_one(mut socket: TcpStream, answer: &[u8]) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut buffer = Vec::with_capacity(1 << 18);
    loop {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
                break at + 4;
            }
            if socket.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
        };
        let head = std::str::from_utf8(&buffer[..end]).ok()?.to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let length: usize = length.map_or(Some(0), |text| text.parse().ok())?;
        while buffer.len() < end + length {
            socket.read_buf(&mut buffer).await.ok()?;
        }
        buffer.drain(..end + length);
        socket.write_all(answer).await.ok()?;
    }
}

/// A server in a process of its own, until this is dropped; or one that somebody else has started.
#[derive(Debug)]
pub struct Server {
    /// Its address.
    pub url: String,
    child: Option<Child>,
}

impl Server {
    /// Starts this program once more, with an argument. It prints the address of its server as its first line.
    #[must_use]
    pub fn start(argument: &str) -> Server {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.arg(argument).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Server { url: url.trim().to_owned(), child: Some(child) }
    }

    /// A server of which only the address is known.
    #[must_use]
    pub fn known(url: String) -> Server {
        Server { url, child: None }
    }

    /// What its process has used so far, if it is known which one that is.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.child
            .as_ref()
            .map_or(Usage { seconds: f64::NAN, peak: 0 }, |child| Usage::of(&child.id().to_string()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // it has probably ended
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What a process has used so far, on Linux.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Seconds of processor, in the program and in the kernel.
    pub seconds: f64,
    /// The peak of memory, in kB.
    pub peak: u64,
}

impl Usage {
    /// What this process has used.
    #[must_use]
    pub fn own() -> Usage {
        Usage::of("self")
    }

    fn of(process: &str) -> Usage {
        let read =
            |file: &str| std::fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
        let peak = |line: &str| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok();
        // fields 14 and 15, in hundredths of a second; the second field may contain spaces and ends with a parenthesis, the third is a letter
        let stat = read("stat");
        let (_, fields) = stat.rsplit_once(") ").unwrap_or_default();
        let fields: Vec<f64> =
            fields.split(' ').skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        Usage {
            seconds: fields.iter().sum::<f64>() / 100.0,
            peak: read("status").lines().find_map(peak).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "peak {} MB, {:.1} s of processor", self.peak / 1024, self.seconds)
    }
}
