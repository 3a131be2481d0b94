//! The loop: messages come in, responses and findings go out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, select, unbounded};
use ls_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Notification as _, PublishDiagnostics, ShowMessage,
};
use ls_types::request::{CodeLensRefresh, RegisterCapability, Request as _};
use ls_types::{
    ClientCapabilities, DidChangeTextDocumentParams, DidChangeWatchedFilesRegistrationOptions,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, FileSystemWatcher, GlobPattern, InitializeParams,
    MessageType, Registration, RegistrationParams, ShowMessageParams,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response};
use mapwright::{Coverage, Finding};
use serde_json::{Value, json};

use crate::diagnostics;
use crate::folder::Folders;
use crate::requests::{self, Answered};
use crate::stdio;
use crate::text::Encoding;
use crate::workspace::Workspace;

/// How long nothing is typed before more than names is looked at.
const QUIET: Duration = Duration::from_millis(30);

/// How long nothing changes before the tests run, too.
const QUIETER: Duration = Duration::from_millis(300);

/// The rules of what tests find.
const OF_TESTS: [&str; 3] = ["failing-test", "schema-violation", "answer-violation"];

/// Why a server has ended otherwise than as it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The editor does not keep to the protocol.
    #[error("the editor does not keep to the protocol: {0}")]
    Protocol(#[from] ProtocolError),
    /// Standard input or output is gone.
    #[error("cannot talk to the editor: {0}")]
    Gone(#[from] std::io::Error),
}

/// Serves an editor on standard input and output until it says that it ends.
///
/// # Errors
/// When the editor is gone or does not keep to the protocol.
pub fn serve(folders: &dyn Folders) -> Result<(), ServeError> {
    let (connection, threads) = stdio::connect();
    let done = serve_on(&connection, folders);
    // the thread that writes ends when all senders are gone
    drop(connection);
    done?;
    Ok(threads.join()?)
}

fn serve_on(connection: &Connection, folders: &dyn Folders) -> Result<(), ServeError> {
    let (id, params) = loop {
        let (id, params) = match connection.initialize_start() {
            // no request is open
            Err(error) if error.channel_is_disconnected() => return Ok(()),
            started => started?,
        };
        match serde_json::from_value::<InitializeParams>(params) {
            Ok(params) => break (id, params),
            Err(error) => {
                let refused = Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string());
                // an editor that is gone is noticed when it is read from
                let _ = connection.sender.send(refused.into());
            }
        }
    };
    let general = params.capabilities.general.as_ref();
    let offered = general.and_then(|general| general.position_encodings.clone()).unwrap_or_default();
    let encoding = Encoding::of(&offered);
    let answer = json!({
        "capabilities": requests::capabilities(encoding),
        "serverInfo": { "name": "mapwright", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, answer)?;
    let edits =
        params.capabilities.workspace.as_ref().and_then(|workspace| workspace.workspace_edit.as_ref());
    let versions_of_changes = edits.and_then(|edits| edits.document_changes).unwrap_or(false);
    let mut server = Server {
        sender: connection.sender.clone(),
        workspace: Workspace::new(folders, encoding, versions_of_changes),
        changed: BTreeSet::new(),
        waiting: BTreeMap::new(),
        shown: BTreeMap::new(),
        looking: None,
        said: String::new(),
        refreshes: params
            .capabilities
            .workspace
            .as_ref()
            .and_then(|all| all.code_lens.as_ref()?.refresh_support)
            == Some(true),
        refreshed: 0,
    };
    server.watch(&params.capabilities);
    server.run(connection)
}

/// What was found in all of a folder.
struct Looked {
    root: PathBuf,
    findings: Vec<Finding>,
    /// Whether its tests have run, with what they reach.
    tested: Option<Coverage>,
}

struct Server<'f> {
    sender: Sender<Message>,
    workspace: Workspace<'f>,
    /// The folders that are to be checked.
    changed: BTreeSet<PathBuf>,
    /// The folders that are to be looked at as a whole: from when on, and whether their tests run.
    waiting: BTreeMap<PathBuf, (Instant, bool)>,
    /// The files of each folder in which something is shown.
    shown: BTreeMap<PathBuf, BTreeSet<String>>,
    /// What is being looked at.
    looking: Option<Receiver<Looked>>,
    /// What was said last of folders that cannot be read.
    said: String,
    /// Whether the editor asks for lenses again at a request of the server.
    refreshes: bool,
    /// The number of such requests.
    refreshed: i32,
}

impl Server<'_> {
    fn run(&mut self, connection: &Connection) -> Result<(), ServeError> {
        loop {
            // everything that has come in counts before something is checked
            if let Ok(message) = connection.receiver.try_recv() {
                if self.take(connection, message)? {
                    return Ok(());
                }
                continue;
            }
            if let Some(root) = self.changed.pop_first() {
                self.workspace.check(&root);
                self.publish(&root);
                self.waiting.insert(root, (Instant::now() + QUIET, false));
                continue;
            }
            self.start();
            let looked = self.looking.clone().unwrap_or_else(never);
            let next = self.waiting.values().map(|(from, _)| *from).min().filter(|_| self.looking.is_none());
            let wait =
                next.map_or(Duration::from_secs(3600), |next| next.saturating_duration_since(Instant::now()));
            select! {
                recv(connection.receiver) -> message => match message {
                    Ok(message) => {
                        if self.take(connection, message)? {
                            return Ok(());
                        }
                    }
                    Err(_) => return Ok(()),
                },
                recv(looked) -> looked => {
                    self.looking = None;
                    if let Ok(looked) = looked {
                        self.finish(looked);
                    }
                }
                default(wait) => {}
            }
        }
    }

    /// Takes a message. Returns whether it is the last one.
    fn take(&mut self, connection: &Connection, message: Message) -> Result<bool, ServeError> {
        match message {
            Message::Request(request) => {
                // one that is gone after it has asked for the end does not say goodbye
                if connection.handle_shutdown(&request).unwrap_or(true) {
                    return Ok(true);
                }
                self.answer(request);
            }
            Message::Notification(notification) => {
                if let Err(error) = self.notice(notification) {
                    self.say(MessageType::WARNING, &error);
                }
            }
            Message::Response(_) => {}
        }
        Ok(false)
    }

    fn notice(&mut self, notification: Notification) -> Result<(), String> {
        fn params<P: serde::de::DeserializeOwned>(value: Value) -> Result<P, String> {
            serde_json::from_value(value).map_err(|error| error.to_string())
        }
        let changed = match notification.method.as_str() {
            DidOpenTextDocument::METHOD => {
                let opened: DidOpenTextDocumentParams = params(notification.params)?;
                let document = opened.text_document;
                self.workspace.open(document.uri, &document.text, document.version)?
            }
            DidChangeTextDocument::METHOD => {
                let changed: DidChangeTextDocumentParams = params(notification.params)?;
                let changes: Vec<_> =
                    changed.content_changes.into_iter().map(|change| (change.range, change.text)).collect();
                let document = changed.text_document;
                self.workspace.change(&document.uri, &changes, document.version)
            }
            DidCloseTextDocument::METHOD => {
                let closed: DidCloseTextDocumentParams = params(notification.params)?;
                self.workspace.close(&closed.text_document.uri)
            }
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => {
                self.workspace.reload()?;
                self.changed.extend(self.workspace.roots.keys().cloned());
                None
            }
            _ => None,
        };
        self.changed.extend(changed);
        Ok(())
    }

    fn answer(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let response = match requests::answer(&mut self.workspace, &method, params) {
            Answered::With(value) => Response::new_ok(id, value),
            Answered::Told(ran) => {
                let typ = if ran.passed { MessageType::INFO } else { MessageType::ERROR };
                self.notify(ShowMessage::METHOD, json!(ShowMessageParams { typ, message: ran.message }));
                Response::new_ok(id, ran.value)
            }
            Answered::Unknown => Response::new_err(
                id,
                ErrorCode::MethodNotFound as i32,
                format!("`{method}` is not supported"),
            ),
            Answered::Refused(why) => Response::new_err(id, ErrorCode::InvalidRequest as i32, why),
        };
        self.send(response.into());
    }

    /// Starts to look at a folder in which nothing has changed for a while.
    fn start(&mut self) {
        let now = Instant::now();
        if self.looking.is_some() {
            return;
        }
        let due = self.waiting.iter().find(|(_, (from, _))| *from <= now);
        let Some((root, tested)) = due.map(|(root, (_, tested))| (root.clone(), *tested)) else { return };
        self.waiting.remove(&root);
        // what is not YAML yet would hide most of it
        if !self.workspace.is_sound(&root) {
            return;
        }
        let sources = self.workspace.sources(&root, false);
        let Some(known) = self.workspace.roots.get(&root) else { return };
        let validator = Arc::clone(if tested { &known.full } else { &known.quick });
        let (sender, receiver) = unbounded();
        thread::spawn(move || {
            let mut report = validator.validate(&sources);
            report.one_per_cause();
            // the server may have ended
            let tested = tested.then(|| report.coverage.unwrap_or_default());
            let _ = sender.send(Looked { root, findings: report.findings, tested });
        });
        self.looking = Some(receiver);
    }

    fn finish(&mut self, Looked { root, findings, tested }: Looked) {
        // what has changed in the meantime is looked at next
        if self.changed.contains(&root) || self.waiting.contains_key(&root) {
            return;
        }
        let untested = |finding: &&Finding| OF_TESTS.contains(&finding.rule.id);
        let mut findings = findings;
        if let Some(known) = self.workspace.roots.get(&root).filter(|_| tested.is_none()) {
            // until the tests have run again, what they have found stays
            findings.extend(known.others.iter().filter(untested).cloned());
        }
        self.workspace.found(&root, findings);
        self.publish(&root);
        let Some(coverage) = tested else {
            self.waiting.insert(root, (Instant::now() + QUIETER, true));
            return;
        };
        if self.workspace.covered(&root, &coverage) && self.refreshes {
            self.refreshed = self.refreshed.wrapping_add(1);
            let (id, method) = (self.refreshed.into(), CodeLensRefresh::METHOD.to_owned());
            self.send(Message::Request(Request { id, method, params: Value::Null }));
        }
    }

    /// Shows what is found in a folder.
    fn publish(&mut self, root: &PathBuf) {
        let Some(known) = self.workspace.roots.get(root) else { return };
        let findings = known.findings();
        let before = self.shown.remove(root).unwrap_or_default();
        let shown: BTreeSet<String> = findings.clone().map(|finding| finding.place.path.clone()).collect();
        // an open file without findings is published as well
        let cleared: BTreeSet<String> = before.into_iter().chain(self.workspace.open_files(root)).collect();
        for params in diagnostics::published(&self.workspace, findings, cleared.iter()) {
            self.notify(PublishDiagnostics::METHOD, json!(params));
        }
        self.shown.insert(root.clone(), shown);
    }

    /// Asks for notifications about files that change on disk.
    fn watch(&mut self, capabilities: &ClientCapabilities) {
        let watched = capabilities.workspace.as_ref().and_then(|all| all.did_change_watched_files.as_ref());
        if watched.and_then(|watched| watched.dynamic_registration) != Some(true) {
            return;
        }
        let watcher =
            |glob: &str| FileSystemWatcher { glob_pattern: GlobPattern::String(glob.to_owned()), kind: None };
        let options = DidChangeWatchedFilesRegistrationOptions {
            watchers: ["**/*.yaml", "**/*.json", "**/mapwright.toml"].map(watcher).into(),
        };
        let registration = Registration {
            id: "files".to_owned(),
            method: DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: Some(json!(options)),
        };
        let params = json!(RegistrationParams { registrations: vec![registration] });
        let (id, method) = (RequestId::from("watch".to_owned()), RegisterCapability::METHOD.to_owned());
        self.send(Message::Request(Request { id, method, params }));
    }

    /// Says something to the person at the editor, once.
    fn say(&mut self, typ: MessageType, message: &str) {
        if self.said != message {
            self.said = message.to_owned();
            self.notify(ShowMessage::METHOD, json!(ShowMessageParams { typ, message: message.to_owned() }));
        }
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(Message::Notification(Notification { method: method.to_owned(), params }));
    }

    fn send(&mut self, message: Message) {
        // an editor that is gone is noticed when it is read from
        let _ = self.sender.send(message);
    }
}
