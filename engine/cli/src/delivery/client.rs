//! The configuration of the HTTP client, from the command line.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use mapwright_driver::{Authorities, ClientConfig, ClientIdentity, PemError};

use crate::args::WireArgs;
use crate::error::{CommandError, PemReason};

/// The longest file of certificates. A bundle of all public authorities has a quarter of it.
const LONGEST: u64 = 1 << 20;

/// Returns the client's configuration. A given timeout limits silence as well as the whole request.
pub(super) fn config(wire: &WireArgs) -> Result<ClientConfig, CommandError> {
    let mut config = ClientConfig::default();
    config.base_url = wire.base_url.clone();
    if let Some(timeout) = wire.timeout {
        config.total_timeout = timeout;
        config.read_timeout = timeout;
        config.connect_timeout = timeout.min(config.connect_timeout);
    }
    config.read_timeout = wire.read_timeout.unwrap_or(config.read_timeout);
    config.connect_timeout = wire.connect_timeout.unwrap_or(config.connect_timeout);
    if let Some(path) = &wire.ca {
        let known = Authorities::from_pem(&pem("--ca", path)?);
        config.authorities = known.map_err(|error| unusable("--ca", path, error))?;
    }
    if let Some(path) = &wire.client_cert {
        let certificate = pem("--client-cert", path)?;
        let identity = match &wire.client_key {
            None => ClientIdentity::from_pem(&certificate, &certificate),
            Some(key) => ClientIdentity::from_pem(&certificate, &pem("--client-key", key)?),
        };
        config.identity = Some(identity.map_err(|error| {
            let of_key = !matches!(error, PemError::NoCertificate | PemError::Certificate);
            match wire.client_key.as_ref().filter(|_| of_key) {
                Some(key) => unusable("--client-key", key, error),
                None => unusable("--client-cert", path, error),
            }
        })?);
    }
    Ok(config)
}

fn pem(option: &'static str, path: &Path) -> Result<Vec<u8>, CommandError> {
    let failed = |reason| CommandError::Pem { option, path: path.to_owned(), reason };
    let found = fs::metadata(path).map_err(|error| failed(error.into()))?;
    if !found.is_file() {
        // reading a pipe could wait forever
        return Err(failed(PemReason::NotAFile));
    }
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut text));
    read.map_err(|error| failed(error.into()))?;
    Ok(text)
}

fn unusable(option: &'static str, path: &Path, error: PemError) -> CommandError {
    CommandError::Pem { option, path: path.to_owned(), reason: error.into() }
}
