//! `mapwright send` over TLS, HTTP/2, proxies and IPv6, with servers that the tests start.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "common/sandbox.rs"]
mod sandbox;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sandbox::{Ended, World, events};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

/// What a server has received: version, method and URI of each request.
type ReceivedLines = Arc<Mutex<Vec<String>>>;

/// An authority, and the certificates that it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Certificate,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// Returns the configuration of a server with this name, whose certificate is valid or has expired.
    fn server(&self, name: &str, expired: bool, asks_clients: bool) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = if asks_clients {
            let mut roots = RootCertStore::empty();
            roots.add(self.certificate.der().clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        builder.with_single_cert(vec![certificate.der().clone()], key).unwrap()
    }
}

/// A client certificate and its key, as PEM.
struct ClientPem {
    certificate: String,
    key: String,
}

impl Authority {
    fn client(&self, expired: bool) -> ClientPem {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "mapwright");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        if expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        ClientPem { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, received: ReceivedLines) {
    let service = service_fn(move |request: Request<Incoming>| {
        let line = format!("{:?} {} {}", request.version(), request.method(), request.uri());
        received.lock().unwrap().push(line);
        let body = Full::new(Bytes::from_static(br#"{"id":"c1","data":[{"id":"c1"}]}"#));
        let answer = Response::builder().header("Content-Type", "application/json").body(body).unwrap();
        async move { Ok::<_, Infallible>(answer) }
    });
    // a client that does not trust the server closes the connection
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

/// Closes a connection so that the alert arrives: with unread bytes, closing would reset it, and a client may then not read the alert.
async fn close_gently(mut stream: TcpStream) {
    // a client that is gone reads nothing
    let _ = stream.shutdown().await;
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

/// A server with or without TLS, in its own runtime.
struct Server {
    address: SocketAddr,
    received: ReceivedLines,
    _runtime: Runtime,
}

impl Server {
    fn start(at: &str, tls: Option<ServerConfig>) -> Option<Self> {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind(at)).ok()?;
        let address = listener.local_addr().unwrap();
        let received = ReceivedLines::default();
        let all = received.clone();
        let acceptor = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (received, acceptor) = (all.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(stream, received).await,
                        Some(acceptor) => match acceptor.accept(stream).into_fallible().await {
                            Ok(stream) => serve(stream, received).await,
                            Err((_, stream)) => close_gently(stream).await,
                        },
                    }
                });
            }
        });
        Some(Self { address, received, _runtime: runtime })
    }

    fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

/// A proxy that opens tunnels and forwards nothing else, for who has the password.
fn proxy(password: Option<&'static str>) -> Server {
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let received = ReceivedLines::default();
    let all = received.clone();
    runtime.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let received = all.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await?);
                }
                let head = String::from_utf8(head).unwrap();
                let line = head.lines().next().unwrap().to_owned();
                let code = password.map(|password| base64::engine::general_purpose::STANDARD.encode(password));
                let allowed = code.is_none_or(|code| head.contains(&format!("Basic {code}")));
                received.lock().unwrap().push(line.clone());
                if !allowed {
                    stream
                        .write_all(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\nProxy-Authenticate: Basic\r\n\r\n")
                        .await?;
                } else if let Some(target) = line.strip_prefix("CONNECT ") {
                    let mut to = TcpStream::connect(target.split(' ').next().unwrap()).await?;
                    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                    tokio::io::copy_bidirectional(&mut stream, &mut to).await?;
                } else {
                    let body = r#"{"id":"c1","data":[{"id":"c1"}]}"#;
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                        body.len()
                    );
                    stream.write_all(format!("{head}{body}").as_bytes()).await?;
                }
                std::io::Result::Ok(())
            });
        }
    });
    Server { address, received, _runtime: runtime }
}

/// Sends events, with these variables.
fn send(url: &str, variables: &[(&str, &str)]) -> Ended {
    let world = World::new();
    world.write("events.ndjson", events(80));
    let args = ["send", "events.ndjson", "--secret", "apiKey=@token", "--give-up-after", "1s"];
    let mut command = world.command_to(url, &args);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.envs(variables.iter().copied());
    Ended::of(command.output().unwrap())
}

#[test]
fn a_certificate_is_verified_and_its_fault_is_told() {
    let (right, other) = (Authority::new("right"), Authority::new("other"));
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("authority.pem");
    std::fs::write(&known, right.certificate.pem()).unwrap();
    let trust = [("SSL_CERT_FILE", known.to_str().unwrap())];
    for (server, fault) in [
        (right.server("localhost", false, false), None),
        (
            right.server("other.example.com", false, false),
            Some("the server's certificate is for another name"),
        ),
        (right.server("localhost", true, false), Some("the server's certificate has expired")),
        (
            other.server("localhost", false, false),
            Some("the server's certificate is from an unknown authority"),
        ),
        (
            right.server("localhost", false, true),
            Some("the server requires a client certificate; state it with `--client-cert`"),
        ),
    ] {
        let server = Server::start("127.0.0.1:0", Some(server)).unwrap();
        let ended = send(&format!("https://localhost:{}", server.address.port()), &trust);
        match fault {
            None => {
                let ended = ended.exits(0);
                assert!(!server.received().is_empty(), "{ended:?}");
                assert!(server.received().iter().all(|line| line.starts_with("HTTP/1.1 ")));
            }
            Some(fault) => {
                let ended = ended.exits(2);
                assert!(ended.stderr.contains(fault), "{fault}: {}", ended.stderr);
                assert_eq!(
                    server.received(),
                    Vec::<String>::new(),
                    "nothing is sent, least of all the token"
                );
            }
        }
    }
}

/// A server that demands a client certificate, and a folder with what a client needs.
fn guarded(authority: &Authority) -> (Server, World, String) {
    guarded_over(authority, &[])
}

/// The same, where the server offers these protocols.
fn guarded_over(authority: &Authority, protocols: &[&str]) -> (Server, World, String) {
    let mut tls = authority.server("localhost", false, true);
    tls.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let server = Server::start("127.0.0.1:0", Some(tls)).unwrap();
    let url = format!("https://localhost:{}", server.address.port());
    let world = World::new();
    let ClientPem { certificate, key } = authority.client(false);
    world.write("both.pem", format!("{certificate}{key}"));
    world.write("cert.pem", certificate);
    world.write("key.pem", key);
    world.write("ca.pem", authority.certificate.pem());
    (server, world, url)
}

#[test]
fn a_client_certificate_is_presented_by_every_command_that_sends() {
    let authority = Authority::new("right");
    let (server, world, url) = guarded(&authority);
    world.write("events.ndjson", events(40));
    let common = ["--ca", "ca.pem", "--secret", "apiKey=@token"];
    for (args, code) in [
        (vec!["send", "events.ndjson", "--client-cert", "both.pem"], 0),
        (vec!["send", "events.ndjson", "--client-cert", "cert.pem", "--client-key", "key.pem"], 0),
        (vec!["delete", "--user-id", "u1", "--yes", "--client-cert", "both.pem"], 0),
        (vec!["check-connection", "--client-cert", "both.pem"], 0),
    ] {
        let before = server.received().len();
        let all: Vec<&str> = args.iter().copied().chain(common).collect();
        let ended = Ended::of(world.command_to(&url, &all).output().unwrap());
        assert_eq!(ended.code, Some(code), "{args:?}: {ended:?}");
        assert!(server.received().len() > before, "{args:?}");
    }
}

/// A mapping whose only operation must not be repeated.
const ONCE: [(&str, &str); 3] = [
    (
        "destination.yaml",
        "title: Acme\nnames: [Acme]\nversions: { default: '1.0' }\nhosts: [api.example.com]\n",
    ),
    (
        "1.0/version.yaml",
        "version: '1.0'\nserver: { value: https://api.example.com }\noperations: { say: { method: POST, path: /b } }\n",
    ),
    ("1.0/identify.yaml", "message: identify\nsteps:\n  say: { operation: say, body: { id: userId } }\n"),
];

#[test]
fn a_refused_client_certificate_pauses_the_delivery_and_costs_no_event() {
    refuses_client_certificates(&["http/1.1"]);
}

#[test]
fn it_is_the_same_over_http_2() {
    refuses_client_certificates(&["h2"]);
}

/// Dead letters of events that have failed, without those whose request was lost in the HTTP library. One that is handed to a connection in the very
/// moment in which it closes may stay with it, unsent and unanswered, until it times out (hyper's issue 4122). Over HTTP/2, it may be dropped without a
/// reason. Nothing distinguishes either from a request that has arrived.
fn failed_for_sure(letters: &str) -> Vec<&str> {
    let failed = letters.lines().filter(|line| line.contains(r#""outcome":"failed""#));
    let lost = ["(timed out)", "(the connection ended before the response)"];
    failed.filter(|line| !lost.iter().any(|why| line.contains(&format!("request arrived {why}")))).collect()
}

/// In TLS 1.3, the handshake is over for a client before the server has looked at its certificate. So the refusal may arrive before the connection
/// takes a request, and is then lost.
fn refuses_client_certificates(protocols: &[&str]) {
    let (authority, other) = (Authority::new("right"), Authority::new("other"));
    let (server, world, url) = guarded_over(&authority, protocols);
    for (name, ClientPem { certificate, key }) in
        [("expired.pem", authority.client(true)), ("other.pem", other.client(false))]
    {
        world.write(name, format!("{certificate}{key}"));
    }
    for (path, text) in ONCE {
        let path = world.path("mappings").join("acme").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let lines = (0..200).map(|n| format!("{{\"type\":\"identify\",\"userId\":\"u{n}\"}}\n"));
    world.write("events.ndjson", lines.collect::<String>());
    let common = ["--ca", "ca.pem", "--no-builtin", "--mappings", "mappings", "--give-up-after", "1s"];
    let closed =
        "the connection was closed before the request was sent; the server asks for a client certificate";
    for (certificate, fault) in [
        (None, "the server requires a client certificate; state it with `--client-cert`"),
        (Some("expired.pem"), "the server does not accept the client certificate: it has expired"),
        (Some("other.pem"), "the server does not accept the client certificate"),
    ] {
        let mut args = vec!["send", "events.ndjson", "--summary", "summary.json", "--dead-letter", "dead"];
        args.extend(common);
        args.extend(certificate.into_iter().flat_map(|name| ["--client-cert", name]));
        let ended = Ended::of(world.command_to(&url, &args).output().unwrap()).exits(2);
        assert!([fault, closed].iter().any(|said| ended.stderr.contains(said)), "{fault}: {}", ended.stderr);
        let summary = world.json("summary.json");
        assert_eq!(summary["delivered"], 0, "{summary:#}");
        let letters = world.read("dead");
        let failed = failed_for_sure(&letters);
        assert!(failed.is_empty() && summary["failed"].as_u64().unwrap() < 3, "{summary:#}\n{failed:#?}");
    }
    assert_eq!(server.received(), Vec::<String>::new());
}

#[test]
fn files_of_certificates_are_checked_before_anything_is_sent() {
    let authority = Authority::new("right");
    let (server, world, url) = guarded(&authority);
    world.write("events.ndjson", events(4));
    let ClientPem { certificate, key } = authority.client(false);
    world.write("mixed.pem", format!("{certificate}{}", world.read("key.pem")));
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    world.write("encrypted.pem", &encrypted);
    let secret = key.lines().nth(1).unwrap().to_owned();
    // as of a string that was cut
    world.write("broken.pem", format!("-----BEGIN CERTIFICATE-----\n{secret}\n-----BEGIN {secret}"));
    for (args, said) in [
        (&["--ca", "key.pem"][..], "cannot use `--ca key.pem`: it contains no certificate"),
        (&["--ca", "missing.pem"], "cannot use `--ca missing.pem`: it cannot be read: "),
        (&["--ca", "."], "cannot use `--ca .`: it is not a file"),
        (&["--client-cert", "cert.pem"], "cannot use `--client-cert cert.pem`: it contains no private key"),
        (&["--client-cert", "mixed.pem"], "its private key does not belong to the certificate"),
        (
            &["--client-cert", "broken.pem"],
            "cannot use `--client-cert broken.pem`: a certificate in it cannot be read",
        ),
        (
            &["--client-cert", "cert.pem", "--client-key", "encrypted.pem"],
            "cannot use `--client-key encrypted.pem`: its private key is encrypted",
        ),
        (&["--client-key", "key.pem"], "--client-cert <FILE>"),
        (&["--client-cert", "both.pem", "--dead-letter", "both.pem"], "is also the certificate `both.pem`"),
        (
            &["--client-cert", "cert.pem", "--client-key", "key.pem", "--summary", "key.pem"],
            "is also the key `key.pem`",
        ),
    ] {
        let args = [&["send", "events.ndjson", "--secret", "apiKey=@token"][..], args].concat();
        let ended = Ended::of(world.command_to(&url, &args).output().unwrap()).exits(2);
        assert!(ended.stderr.contains(said), "{args:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains(&secret), "{}", ended.stderr);
    }
    assert_eq!(server.received(), Vec::<String>::new());
    assert!(world.read("both.pem").contains("PRIVATE KEY"));
}

#[test]
fn http_2_is_used_where_the_server_offers_it() {
    let authority = Authority::new("right");
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("authority.pem");
    std::fs::write(&known, authority.certificate.pem()).unwrap();
    let mut tls = authority.server("localhost", false, false);
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let server = Server::start("127.0.0.1:0", Some(tls)).unwrap();
    let url = format!("https://localhost:{}", server.address.port());
    send(&url, &[("SSL_CERT_FILE", known.to_str().unwrap())]).exits(0);
    let received = server.received();
    assert!(
        received.len() >= 80 && received.iter().all(|line| line.starts_with("HTTP/2.0 ")),
        "{received:?}"
    );
}

#[test]
fn a_proxy_is_used_with_its_password_unless_the_host_is_exempt() {
    let server = Server::start("127.0.0.1:0", None).unwrap();
    let url = format!("http://{}", server.address);
    let open = proxy(None);
    let address = format!("http://{}", open.address);
    send(&url, &[("HTTP_PROXY", &address)]).exits(0);
    assert!(open.received().iter().all(|line| line.contains(&url)), "absolute: {:?}", open.received());
    assert_eq!(server.received(), Vec::<String>::new());
    send(&url, &[("HTTP_PROXY", &address), ("NO_PROXY", "127.0.0.1")]).exits(0);
    assert!(!server.received().is_empty());
    let guarded = proxy(Some("ada:secret"));
    let with = format!("http://ada:secret@{}", guarded.address);
    send(&url, &[("HTTP_PROXY", &with)]).exits(0);
    let without = format!("http://{}", guarded.address);
    let ended = send(&url, &[("HTTP_PROXY", &without)]).exits(2);
    assert!(ended.stderr.contains("the proxy requires authentication"), "{}", ended.stderr);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = send(&url, &[("HTTP_PROXY", &format!("http://{nobody}"))]).exits(2);
    let said = "the connection was refused (a proxy is set by `HTTP_PROXY`)";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[test]
fn a_proxy_opens_tunnels_for_tls() {
    let authority = Authority::new("right");
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("authority.pem");
    std::fs::write(&known, authority.certificate.pem()).unwrap();
    let trust = ("SSL_CERT_FILE", known.to_str().unwrap());
    let server = Server::start("127.0.0.1:0", Some(authority.server("localhost", false, false))).unwrap();
    let url = format!("https://localhost:{}", server.address.port());
    let guarded = proxy(Some("ada:secret"));
    let with = format!("http://ada:secret@{}", guarded.address);
    send(&url, &[trust, ("HTTPS_PROXY", &with)]).exits(0);
    assert!(
        guarded.received().iter().all(|line| line.starts_with("CONNECT localhost:")),
        "{:?}",
        guarded.received()
    );
    assert!(!server.received().is_empty());
    let before = server.received().len();
    let ended = send(&url, &[trust, ("HTTPS_PROXY", &format!("http://{}", guarded.address))]).exits(2);
    assert!(ended.stderr.contains("the proxy requires authentication"), "{}", ended.stderr);
    assert_eq!(server.received().len(), before);
}

#[test]
fn ipv6_is_as_good() {
    // a machine without IPv6 has nothing to test
    let Some(server) = Server::start("[::1]:0", None) else { return };
    send(&format!("http://[::1]:{}", server.address.port()), &[]).exits(0);
    assert!(!server.received().is_empty());
}
