//! Messages over standard input and output. What is not a message is answered with an error, and the next one is read.

use std::io::{self, BufRead, Read, Write};
use std::thread::{self, JoinHandle};

use crossbeam_channel::bounded;
use lsp_server::{Connection, ErrorCode, Message};
use serde_json::{Value, json};

/// The most bytes of a message; a longer one is skipped.
const MOST: u64 = 256 << 20;

/// The most bytes of the lines before a message.
const MOST_HEADER: u64 = 64 << 10;

/// The threads that read and write.
pub(crate) struct Threads {
    reader: JoinHandle<io::Result<()>>,
    writer: JoinHandle<io::Result<()>>,
}

impl Threads {
    /// Waits until everything is written, and says what has failed.
    pub(crate) fn join(self) -> io::Result<()> {
        let ended = |thread: JoinHandle<io::Result<()>>| {
            thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread has panicked")))
        };
        ended(self.writer)?;
        ended(self.reader)
    }
}

/// Connects to the process that started this one.
pub(crate) fn connect() -> (Connection, Threads) {
    let (to_editor, outgoing) = bounded::<Message>(0);
    let (incoming, from_editor) = bounded::<Message>(0);
    let writer = thread::spawn(move || {
        outgoing.into_iter().try_for_each(|message| message.write(&mut io::stdout().lock()))
    });
    let reader = thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Some(bytes) = read(&mut input)? {
            match message(bytes) {
                Ok(message) => {
                    let is_last = matches!(&message, Message::Notification(it) if it.method == "exit");
                    // a server that has ended reads nothing more
                    if incoming.send(message).is_err() || is_last {
                        break;
                    }
                }
                Err(refused) => refuse(&mut io::stdout().lock(), &refused)?,
            }
        }
        Ok(())
    });
    (Connection { sender: to_editor, receiver: from_editor }, Threads { reader, writer })
}

/// The bytes of a message, or how many there are if there are too many.
type Bytes = Result<Vec<u8>, u64>;

/// Reads what comes next; nothing, if nothing comes any more.
fn read(input: &mut impl BufRead) -> io::Result<Option<Bytes>> {
    let mut length = None;
    let mut header = input.take(MOST_HEADER);
    loop {
        let mut line = Vec::new();
        if header.read_until(b'\n', &mut line)? == 0 {
            return match header.limit() {
                0 => Err(io::Error::other("there is no end to the lines before a message")),
                _ => Ok(None),
            };
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<u64>().ok();
        }
    }
    let length = length.ok_or_else(|| io::Error::other("a message does not say its `Content-Length`"))?;
    let mut body = input.take(length);
    if length > MOST {
        io::copy(&mut body, &mut io::sink())?;
        return Ok(Some(Err(length)));
    }
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes)?;
    Ok(if (bytes.len() as u64) < length { None } else { Some(Ok(bytes)) })
}

/// Why something is no message, and the id that it has.
struct Refused {
    id: Value,
    code: ErrorCode,
    why: String,
}

fn message(bytes: Bytes) -> Result<Message, Refused> {
    let unread = |why: String| Refused { id: Value::Null, code: ErrorCode::ParseError, why };
    let bytes = bytes.map_err(|length| unread(format!("a message has {length} bytes, more than {MOST}")))?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| unread(error.to_string()))?;
    let id = value.get("id").filter(|id| id.is_string() || id.is_number()).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|_| Refused {
        id,
        code: ErrorCode::InvalidRequest,
        why: "expected a request, a notification or a response".to_owned(),
    })
}

fn refuse(output: &mut impl Write, Refused { id, code, why }: &Refused) -> io::Result<()> {
    let answer = json!({ "jsonrpc": "2.0", "id": id, "error": { "code": *code as i32, "message": why } });
    let text = answer.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}
