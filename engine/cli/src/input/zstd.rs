//! Decompresses zstd: frame after frame, each with a window that fits the limit.

use std::fmt;
use std::io::{self, BufRead};

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

/// The first bytes of a frame.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A request of a frame header that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefusedFrame {
    /// More memory than the limit.
    Window { needed: u64, limit: u64 },
    /// A dictionary.
    Dictionary { id: u32 },
}

impl fmt::Display for RefusedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RefusedFrame::Window { needed, limit } => {
                write!(f, "a window of {needed} bytes, more than {limit}")
            }
            RefusedFrame::Dictionary { id } => write!(f, "the dictionary {id}"),
        }
    }
}

impl std::error::Error for RefusedFrame {}

/// Reads any number of frames, skippable ones among them, as one stream.
pub(super) struct ZstdFrames<R> {
    source: R,
    decoder: Decoder<'static>,
    /// The largest window that a frame may ask for, in bytes.
    window: u64,
    in_frame: bool,
    /// The bytes of the frame that were read to inspect its header, and are not decompressed yet.
    header: Vec<u8>,
}

impl<R: BufRead> ZstdFrames<R> {
    pub(super) fn new(source: R, window: u64) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        // the limit is checked when a header is read, so that the error can name the size that is needed
        decoder.set_parameter(DParameter::WindowLogMax(LARGEST_WINDOW_LOG))?;
        Ok(Self { source, decoder, window, in_frame: false, header: Vec::new() })
    }

    pub(super) fn get_ref(&self) -> &R {
        &self.source
    }

    /// Reads the header of the next frame; false when there is none.
    fn next_frame(&mut self) -> io::Result<bool> {
        self.header.clear();
        if self.source.fill_buf()?.is_empty() {
            return Ok(false);
        }
        let magic: [u8; 4] = self.take()?;
        if matches!(magic, [0x50..=0x5f, 0x2a, 0x4d, 0x18]) {
            return Ok(true);
        }
        if magic != MAGIC {
            let detail = "a frame is followed by data that is not a frame";
            return Err(io::Error::new(io::ErrorKind::InvalidData, detail));
        }
        let Header { window, dictionary } = self.read_header()?;
        if dictionary != 0 {
            return Err(io::Error::other(RefusedFrame::Dictionary { id: dictionary }));
        }
        if window > self.window {
            return Err(io::Error::other(RefusedFrame::Window { needed: window, limit: self.window }));
        }
        Ok(true)
    }

    /// RFC 8878, section 3.1.1.1.
    fn read_header(&mut self) -> io::Result<Header> {
        let [descriptor] = self.take()?;
        let is_single = descriptor & 0x20 != 0;
        let window = if is_single { 0 } else { window_of(self.take()?) };
        let dictionary = match descriptor & 3 {
            0 => 0,
            1 => u8::from_le_bytes(self.take()?).into(),
            2 => u16::from_le_bytes(self.take()?).into(),
            _ => u32::from_le_bytes(self.take()?),
        };
        // a single segment is as large as its content, which comes next
        let content = match descriptor >> 6 {
            _ if !is_single => 0,
            0 => u8::from_le_bytes(self.take()?).into(),
            1 => u64::from(u16::from_le_bytes(self.take()?)) + 256,
            2 => u32::from_le_bytes(self.take()?).into(),
            _ => u64::from_le_bytes(self.take()?),
        };
        Ok(Header { window: window.max(content), dictionary })
    }

    /// The next bytes of the header.
    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes)?;
        self.header.extend_from_slice(&bytes);
        Ok(bytes)
    }

    /// Decompresses the bytes that are available into a buffer, and returns the number of bytes written.
    fn decompress(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let from_header = !self.header.is_empty();
        let bytes = if from_header { &self.header } else { self.source.fill_buf()? };
        let is_end = bytes.is_empty();
        let (mut input, mut output) = (InBuffer::around(bytes), OutBuffer::around(buffer));
        let expected = self.decoder.run(&mut input, &mut output)?;
        let (read, written) = (input.pos(), output.pos());
        if from_header {
            self.header.drain(..read);
        } else {
            self.source.consume(read);
        }
        self.in_frame = expected > 0;
        if self.in_frame && is_end && written == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(written)
    }
}

impl<R: BufRead> io::Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty() {
            if !self.in_frame && !self.next_frame()? {
                break;
            }
            let count = self.decompress(buffer)?;
            if count > 0 {
                return Ok(count);
            }
        }
        Ok(0)
    }
}

/// The requirements of a frame.
struct Header {
    /// Bytes.
    window: u64,
    /// 0 for none.
    dictionary: u32,
}

/// The largest window that the format can express.
const LARGEST_WINDOW_LOG: u32 = 31;

/// The size that a window descriptor stands for.
fn window_of([descriptor]: [u8; 1]) -> u64 {
    let base = 1 << (10 + (descriptor >> 3));
    base + base / 8 * u64::from(descriptor & 7)
}
