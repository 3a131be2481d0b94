//! TLS: which authorities a client trusts, and what it presents to servers that ask who it is.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls_platform_verifier::Verifier;

/// Authorities that are trusted besides those of the operating system.
#[derive(Clone, Default)]
pub struct Authorities {
    certificates: Vec<CertificateDer<'static>>,
}

/// The certificate that a client presents to servers that ask for one, and its key.
#[derive(Clone)]
pub struct ClientIdentity {
    key: Arc<CertifiedKey>,
}

/// An error about the PEM text of certificates or keys. It quotes nothing, since the text may be a key.
///
/// ```
/// use mapwright_driver::{Authorities, ClientIdentity, PemError};
///
/// assert_eq!(Authorities::from_pem(b"no certificate").err(), Some(PemError::NoCertificate));
/// assert_eq!(ClientIdentity::from_pem(b"", b"").err(), Some(PemError::NoCertificate));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// There is no certificate.
    #[error(
        "it contains no certificate; expected text between `-----BEGIN CERTIFICATE-----` and `-----END CERTIFICATE-----`"
    )]
    NoCertificate,
    /// A certificate cannot be read.
    #[error("a certificate in it cannot be read")]
    Certificate,
    /// There is no private key.
    #[error("it contains no private key; expected text that starts with `-----BEGIN PRIVATE KEY-----`")]
    NoKey,
    /// The private key is encrypted.
    #[error("its private key is encrypted; write it to a file without a password, as `openssl pkey` does")]
    EncryptedKey,
    /// The private key cannot be read or used.
    #[error("its private key cannot be read, or is of a kind that TLS does not use")]
    Key,
    /// The private key is not that of the certificate.
    #[error("its private key does not belong to the certificate")]
    OtherKey,
}

impl Authorities {
    /// Reads certificates as PEM.
    ///
    /// # Errors
    /// Returns an error if there are none, or if one cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, PemError> {
        let certificates = certificates(pem)?;
        let mut known = rustls::RootCertStore::empty();
        for certificate in &certificates {
            known.add(certificate.clone()).map_err(|_| PemError::Certificate)?;
        }
        Ok(Self { certificates })
    }
}

impl ClientIdentity {
    /// Reads a certificate, with those that lead to its authority, and its key, both as PEM. They may be the same text.
    ///
    /// # Errors
    /// Returns an error if one of them is missing or cannot be read, or if they do not belong together.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, PemError> {
        let certificates = certificates(certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
            rustls::pki_types::pem::Error::NoItemsFound if is_encrypted(key) => PemError::EncryptedKey,
            rustls::pki_types::pem::Error::NoItemsFound => PemError::NoKey,
            _ => PemError::Key,
        })?;
        let provider = rustls::crypto::ring::default_provider();
        let key = CertifiedKey::from_der(certificates, key, &provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => PemError::OtherKey,
            rustls::Error::InvalidCertificate(_) => PemError::Certificate,
            _ => PemError::Key,
        })?;
        Ok(Self { key: Arc::new(key) })
    }
}

/// Prints the number of certificates.
impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorities").field("certificates", &self.certificates.len()).finish()
    }
}

/// Prints nothing of the key.
impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity").field("certificates", &self.key.cert.len()).finish_non_exhaustive()
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if found.is_empty() => Err(PemError::NoCertificate),
        Ok(found) => Ok(found),
        Err(_) => Err(PemError::Certificate),
    }
}

/// Returns whether a string has an encrypted key, in either of the two forms.
fn is_encrypted(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
}

/// Answers the servers that ask for a client certificate, and knows whether one has asked.
#[derive(Debug)]
pub(crate) struct Presenter {
    identity: Option<ClientIdentity>,
    asked: AtomicBool,
}

impl Presenter {
    pub(crate) fn new(identity: Option<ClientIdentity>) -> Self {
        Self { identity, asked: AtomicBool::new(false) }
    }

    /// Why the server may close connections. It may also be something else: a server that asks does not always require.
    pub(crate) fn suspicion(&self) -> Option<&'static str> {
        self.asked.load(Ordering::Relaxed).then_some(match self.identity {
            None => "the server asks for a client certificate: state it with `--client-cert`",
            Some(_) => "the server asks for a client certificate, and may not accept this one",
        })
    }
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.identity.as_ref().map(|identity| identity.key.clone())
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}

/// Returns the TLS configuration of a client.
pub(crate) fn config(
    authorities: &Authorities,
    presenter: Arc<Presenter>,
) -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let known = authorities.certificates.iter().cloned();
    let verifier = Verifier::new_with_extra_roots(known, provider.clone())?;
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(presenter);
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encrypted_key_in_either_form_is_told_from_none() {
        let certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let of = |key: &[u8]| ClientIdentity::from_pem(certificate, key).unwrap_err();
        assert_eq!(of(b""), PemError::NoKey);
        let new = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        assert_eq!(of(new), PemError::EncryptedKey);
        assert_eq!(ClientIdentity::from_pem(b"", b"").unwrap_err(), PemError::NoCertificate);
        assert_eq!(Authorities::from_pem(certificate).unwrap_err(), PemError::Certificate);
        assert_eq!(Authorities::from_pem(b"x").unwrap_err(), PemError::NoCertificate);
        let broken = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert_eq!(Authorities::from_pem(broken).unwrap_err(), PemError::Certificate);
    }
}
