//! Decompresses sources.

use std::error::Error;
use std::io::{self, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use super::compression::Compression;
use super::error::SourceErrorKind;
use super::zstd::{MAGIC as ZSTD_MAGIC, RefusedFrame, ZstdFrames};

const BUFFER: usize = 128 * 1024;

/// The first bytes of formats that are often passed by mistake, to name them instead of reporting a syntax error on line 1.
const UNSUPPORTED: &[(&[u8], &str)] = &[
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], "xz"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "a zip archive"),
    (&[0x04, 0x22, 0x4d, 0x18], "lz4"),
    (b"PAR1", "Parquet"),
    (b"Obj\x01", "Avro"),
    (&[0xff, 0xfe], "UTF-16 text"),
    (&[0xfe, 0xff], "UTF-16 text"),
];

/// The length of the longest magic number.
const MAGIC_LENGTH: usize = 6;

type Raw = io::Chain<Cursor<Vec<u8>>, Counter>;

/// Reads a source and decompresses it.
pub(super) enum Decoder {
    Plain(Raw),
    Gzip(Box<MultiGzDecoder<BufReader<Raw>>>),
    Zstd(Box<ZstdFrames<BufReader<Raw>>>),
}

impl Decoder {
    /// Detects the compression by the first bytes.
    pub(super) fn new(source: Box<dyn Read + Send>, zstd_window: u64) -> Result<Self, SourceErrorKind> {
        let mut counter = Counter { source, count: 0, failed: false };
        let magic = read_magic(&mut counter).map_err(SourceErrorKind::Read)?;
        if let Some((_, format)) = UNSUPPORTED.iter().find(|(first, _)| magic.starts_with(first)) {
            return Err(SourceErrorKind::Unsupported { format });
        }
        let compression = compression(&magic);
        let raw = Cursor::new(magic).chain(counter);
        Ok(match compression {
            None => Self::Plain(raw),
            Some(Compression::Gzip) => {
                Self::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, raw))))
            }
            Some(Compression::Zstd) => {
                let source = BufReader::with_capacity(BUFFER, raw);
                Self::Zstd(Box::new(ZstdFrames::new(source, zstd_window).map_err(SourceErrorKind::Read)?))
            }
        })
    }

    fn counter(&self) -> &Counter {
        match self {
            Self::Plain(raw) => raw.get_ref().1,
            Self::Gzip(decoder) => decoder.get_ref().get_ref().get_ref().1,
            Self::Zstd(frames) => frames.get_ref().get_ref().get_ref().1,
        }
    }

    /// Returns the number of (compressed) bytes that were read from the source.
    pub(super) fn position(&self) -> u64 {
        self.counter().count
    }

    /// Converts an error of [`Read::read`].
    pub(super) fn explain(&self, error: io::Error) -> SourceErrorKind {
        let compression = match self {
            Self::Gzip(_) => Compression::Gzip,
            Self::Zstd(_) => Compression::Zstd,
            Self::Plain(_) => return SourceErrorKind::Read(error),
        };
        if self.counter().failed {
            return SourceErrorKind::Read(error);
        }
        if is_cut_off(&error) {
            return SourceErrorKind::Truncated(compression);
        }
        match error.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(&RefusedFrame::Window { needed, limit }) => {
                SourceErrorKind::WindowTooLarge { needed, limit }
            }
            Some(&RefusedFrame::Dictionary { id }) => SourceErrorKind::Dictionary { id },
            _ => SourceErrorKind::Corrupt { compression, detail: error.to_string() },
        }
    }
}

impl Read for Decoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(raw) => raw.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Zstd(frames) => frames.read(buffer),
        }
    }
}

fn compression(magic: &[u8]) -> Option<Compression> {
    match *magic {
        [0x1f, 0x8b, ..] => Some(Compression::Gzip),
        // parallel compressors start with a skippable frame
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Compression::Zstd),
        _ => magic.starts_with(&ZSTD_MAGIC).then_some(Compression::Zstd),
    }
}

/// Reads until the bytes can no longer be a magic number, so that a short first event is not delayed.
fn read_magic(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut magic = Vec::with_capacity(MAGIC_LENGTH);
    let mut byte = [0];
    while magic.len() < MAGIC_LENGTH && may_be_magic(&magic) {
        match source.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => magic.extend(byte),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(magic)
}

fn may_be_magic(start: &[u8]) -> bool {
    let known = [&[0x1f, 0x8b][..], &ZSTD_MAGIC];
    let skippable = matches!(*start, [0x50..=0x5f, ref rest @ ..] if [0x2a, 0x4d, 0x18].starts_with(rest));
    let mut all = known.into_iter().chain(UNSUPPORTED.iter().map(|(magic, _)| *magic));
    skippable || all.any(|magic| magic.starts_with(start))
}

/// Returns whether the data ended before the decoder was done, at any depth of the error chain.
fn is_cut_off(error: &io::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        match error.downcast_ref::<io::Error>() {
            Some(io) if io.kind() == io::ErrorKind::UnexpectedEof => return true,
            // the source of an io::Error is the source of its inner error, not the inner error itself
            Some(io) => cause = io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => cause = error.source(),
        }
    }
    false
}

/// Counts the bytes that are read, and records whether the source itself failed.
pub(super) struct Counter {
    source: Box<dyn Read + Send>,
    count: u64,
    failed: bool,
}

impl Read for Counter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.source.read(buffer);
        match &result {
            Ok(count) => self.count += *count as u64,
            Err(error) => self.failed |= error.kind() != io::ErrorKind::Interrupted,
        }
        result
    }
}
