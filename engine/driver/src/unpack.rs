//! Decompresses responses, within bounds of their unpacked size and of the memory that it takes.

use std::io::Read;

/// The most encodings of one response; an honest server uses one.
const ENCODINGS: usize = 2;
/// The largest zstd window, which is memory, as a power of two.
const ZSTD_WINDOW_LOG: u32 = 23;

/// Why a body cannot be decompressed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnpackError {
    #[error("the response is compressed in an unknown way; expected gzip, deflate, br or zstd")]
    Unknown,
    #[error("the compressed response is damaged or truncated ({encoding})")]
    Damaged { encoding: &'static str },
    #[error("the response has more than {most} bytes when it is unpacked (limit `response_bytes`)")]
    TooLarge { most: usize },
}

/// Returns the body without the encodings of the header `Content-Encoding`.
pub(crate) fn unpacked(encodings: &str, body: Vec<u8>, most: usize) -> Result<Vec<u8>, UnpackError> {
    let named: Vec<String> = encodings
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    if named.len() > ENCODINGS {
        return Err(UnpackError::Unknown);
    }
    // the last one was applied last
    named.iter().rev().try_fold(body, |body, name| once(name, body, most))
}

fn once(name: &str, body: Vec<u8>, most: usize) -> Result<Vec<u8>, UnpackError> {
    // no body has no encoding, whatever the header says
    if body.is_empty() {
        return Ok(body);
    }
    match name {
        "identity" => Ok(body),
        "gzip" | "x-gzip" => read("gzip", flate2::read::MultiGzDecoder::new(body.as_slice()), most),
        // the standard means zlib; some servers send it without its frame
        "deflate" => match read("deflate", flate2::read::ZlibDecoder::new(body.as_slice()), most) {
            Err(UnpackError::Damaged { .. }) => {
                read("deflate", flate2::read::DeflateDecoder::new(body.as_slice()), most)
            }
            read => read,
        },
        "br" => read("br", brotli_decompressor::Decompressor::new(body.as_slice(), 4_096), most),
        "zstd" => zstd(&body, most),
        _ => Err(UnpackError::Unknown),
    }
}

fn read(encoding: &'static str, source: impl Read, most: usize) -> Result<Vec<u8>, UnpackError> {
    let mut body = Vec::new();
    let read = source.take(most as u64 + 1).read_to_end(&mut body);
    if body.len() > most {
        return Err(UnpackError::TooLarge { most });
    }
    read.map(|_| body).map_err(|_| UnpackError::Damaged { encoding })
}

fn zstd(packed: &[u8], most: usize) -> Result<Vec<u8>, UnpackError> {
    let decoder = zstd::Decoder::with_buffer(packed).and_then(|mut decoder| {
        decoder.window_log_max(ZSTD_WINDOW_LOG)?;
        Ok(decoder)
    });
    read("zstd", decoder.map_err(|_| UnpackError::Damaged { encoding: "zstd" })?, most)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;

    use super::*;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
        out.write_all(body).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn every_encoding_is_read() {
        let text = br#"{"id":"c1"}"#;
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(text).unwrap();
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
        raw.write_all(text).unwrap();
        let zstd = zstd::encode_all(&text[..], 1).unwrap();
        // an uncompressed metablock of 11 bytes
        let br = [&[0x0b, 0x05, 0x80][..], text, &[0x03]].concat();
        for (encoding, body) in [
            ("gzip", gzip(text)),
            ("x-gzip", gzip(text)),
            ("GZIP , identity", gzip(text)),
            ("gzip, gzip", gzip(&gzip(text))),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", raw.finish().unwrap()),
            ("zstd", zstd),
            ("br", br),
            ("", text.to_vec()),
        ] {
            assert_eq!(unpacked(encoding, body, 64), Ok(text.to_vec()), "{encoding}");
        }
        assert_eq!(unpacked("gzip", Vec::new(), 11), Ok(Vec::new()));
    }

    #[test]
    fn a_bomb_ends_at_the_limit_and_damage_is_told() {
        let zeros = vec![0; 10 << 20];
        assert_eq!(unpacked("gzip", gzip(&zeros), 1_000), Err(UnpackError::TooLarge { most: 1_000 }));
        let zstd = zstd::encode_all(&zeros[..], 1).unwrap();
        assert_eq!(unpacked("zstd", zstd, 1_000), Err(UnpackError::TooLarge { most: 1_000 }));
        let twice = gzip(&gzip(&zeros));
        assert_eq!(unpacked("gzip, gzip", twice, 100_000), Err(UnpackError::TooLarge { most: 100_000 }));
        for encoding in ["gzip", "deflate", "br", "zstd"] {
            assert!(unpacked(encoding, vec![0x1f, 0x8b, 8, 0, 0, 7, 7], 1_000).is_err(), "{encoding}");
            assert!(unpacked(encoding, vec![0xff; 40], 1_000).is_err(), "{encoding}");
        }
        for encoding in ["compress", "gzip, gzip, gzip", "aes128gcm"] {
            assert_eq!(unpacked(encoding, vec![1], 1_000), Err(UnpackError::Unknown), "{encoding}");
        }
    }
}
