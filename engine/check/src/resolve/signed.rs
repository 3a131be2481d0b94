//! What signatures sign: something of each request, and with a key that is none of the mapping's own.

use crate::resolve::Resolver;
use crate::resolve::reads::{What, each_read};
use mapwright_convert::{PathStep, Root, Source};
use mapwright_findings::At;
use mapwright_findings::rules::invalid_value;
use mapwright_language::decode::{Named, by_name};
use mapwright_language::spec::{
    AuthSpec, BasicSpec, Form, HmacSpec, OperationSpec, RowSpec, SettingSpec, SettingType, SignedPieceSpec,
    SignedTextSpec, SignedWord, StepSpec,
};

/// The features of requests with an authorization.
#[derive(Default)]
pub(crate) struct Requests<'c> {
    /// Whether none is known, so that nothing can be said of them.
    is_unknown: bool,
    has_body: bool,
    /// Whether a query may be another one in another request.
    has_query: bool,
    /// The headers, with whether one may have another value in another request.
    headers: Vec<(&'c str, bool)>,
}

impl<'c> Requests<'c> {
    /// The names of headers.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &'c str> {
        self.headers.iter().map(|(name, _)| *name)
    }

    fn add_headers(&mut self, headers: &'c Named<RowSpec>) {
        self.headers.extend(headers.iter().map(|(name, row)| (name.value.as_str(), varies(row))));
    }

    fn add_query(&mut self, query: &Named<RowSpec>) {
        self.has_query |= query.iter().any(|(_, row)| varies(row));
    }

    fn add_operation(&mut self, operation: &'c OperationSpec) {
        self.add_headers(&operation.headers);
        self.add_query(&operation.query);
    }

    fn add_step(&mut self, step: &'c StepSpec) {
        self.has_body |= step.body.is_some();
        self.add_headers(&step.headers);
        self.add_query(&step.query);
        step.page.iter().for_each(|page| self.add_query(&page.query));
    }
}

impl<'c> Resolver<'c, '_> {
    /// What some request has that an authorization is for: that of an operation, or that of the version.
    pub(crate) fn requests_of(&self, own: Option<&str>) -> Requests<'c> {
        let version = self.version;
        let mut requests = Requests { is_unknown: true, ..Requests::default() };
        requests.add_headers(&version.spec.headers);
        requests.add_query(&version.spec.query);
        let operations = &version.spec.operations;
        let own = own.map(|own| operations.get(operations.place(own)?));
        let all = operations.iter().filter(|(_, operation)| own.is_none() && operation.auth.is_none());
        for (name, operation) in own.flatten().into_iter().chain(all) {
            requests.add_operation(operation);
            for step in self.shared.callers(version, &name.value) {
                requests.is_unknown = false;
                requests.add_step(step);
            }
        }
        // those that a body has
        if requests.has_body || requests.is_unknown {
            requests.headers.extend([("Content-Type", false), ("Content-Encoding", false)]);
        }
        requests
    }

    /// Checks that a signature depends on its request.
    pub(crate) fn signs_requests(&mut self, spec: &HmacSpec, requests: &Requests<'_>) {
        for piece in &spec.sign {
            let SignedPieceSpec::Header(name) = piece else { continue };
            let own = spec.headers.iter().find(|(own, _)| own.value.eq_ignore_ascii_case(&name.value));
            if own.is_some_and(|(_, text)| has_signature(text)) {
                let message =
                    format!("the signature cannot sign itself, which the header `{}` has", name.value);
                invalid_value::report(self.reports, name.span, message, "remove it from `sign`");
            }
        }
        let differs = |piece: &SignedPieceSpec| match piece {
            SignedPieceSpec::Row(_) => false,
            SignedPieceSpec::Header(name) => self.header_differs(name, spec, requests),
            SignedPieceSpec::Word(word) => match word.value {
                SignedWord::Body | SignedWord::BodyHash => requests.has_body || requests.is_unknown,
                SignedWord::Query => requests.has_query || requests.is_unknown || adds(&spec.query),
                // the signature itself has a finding of its own
                SignedWord::Method
                | SignedWord::Url
                | SignedWord::Host
                | SignedWord::Path
                | SignedWord::Timestamp
                | SignedWord::Nonce
                | SignedWord::Signature => true,
            },
        };
        if spec.sign.is_empty() || spec.flawed || spec.sign.iter().any(differs) {
            return;
        }
        let message = "nothing of the request is signed, so that the signature is the same for all";
        let word = |wanted: &[SignedWord]| {
            let is = |piece: &SignedPieceSpec| matches!(piece, SignedPieceSpec::Word(at) if wanted.contains(&at.value));
            spec.sign.iter().any(is)
        };
        let advice = if word(&[SignedWord::Body, SignedWord::BodyHash]) {
            "no request with this signature has a body: write what else the API signs, such as `[timestamp, path]`"
        } else if word(&[SignedWord::Query]) {
            "all requests with this signature have the same query, or none: write what else the API signs, such as `[timestamp, body]`"
        } else {
            "write what the API signs, such as `[timestamp, body]`"
        };
        invalid_value::report(self.reports, spec.span, message, advice);
    }

    /// Whether a header that is signed may differ from request to request; one that none has is reported elsewhere.
    fn header_differs(&self, name: &At<String>, spec: &HmacSpec, requests: &Requests<'_>) -> bool {
        let is_it = |other: &str| other.eq_ignore_ascii_case(&name.value);
        let own = spec.headers.iter().find(|(own, _)| is_it(&own.value));
        let mut sent = requests.headers.iter().filter(|(other, _)| is_it(other)).peekable();
        own.is_some_and(|(_, text)| has_signature(text) || differs_by_itself(text))
            || own.is_none() && sent.peek().is_none()
            || sent.any(|(_, varies)| *varies)
    }

    /// Checks that credentials are present, and not constants of the mapping.
    pub(crate) fn is_secret(&mut self, spec: &AuthSpec) {
        let user = spec.basic.iter().map(|basic| &basic.username);
        let rows: Vec<&RowSpec> = spec.secrets().into_iter().chain(user).collect();
        if let Some(row) = rows.first().filter(|_| rows.iter().all(|row| is_constant(row))) {
            let message = "everyone who has the mapping can authorize requests: what they are authorized with is a constant";
            let advice = "read a setting with `secret: true`";
            invalid_value::report(self.reports, row.span, message, advice);
        }
        self.is_user(spec);
        if let Some(BasicSpec { username, password, .. }) = &spec.basic
            && self.is_optional(username)
            && password.as_ref().is_none_or(|password| self.is_optional(password))
        {
            let message = match password {
                Some(_) => "neither `username` nor `password` needs to have a value",
                None => "`username` need not have a value, and there is no `password`",
            };
            let advice = "write `required: true` at the setting, or a `default`";
            invalid_value::report(self.reports, username.span, message, advice);
        }
    }

    /// Checks the name that identifies the sender of requests: its characters must be valid in its header, and it must not be secret.
    fn is_user(&mut self, spec: &AuthSpec) {
        let basic = spec.basic.iter().map(|basic| (&basic.username, None, ":"));
        let wsse = spec.wsse.iter().map(|wsse| (&wsse.username, Some(&wsse.password), "\"\\"));
        let oauth = spec.oauth1.iter().map(|oauth| (&oauth.consumer_key, Some(&oauth.consumer_secret), ""));
        for (user, secret, never) in basic.chain(wsse).chain(oauth) {
            let text = user.form.value().and_then(serde_json::Value::as_str);
            if let Some(found) = text.and_then(|text| text.chars().find(|c| never.contains(*c))) {
                let message = format!("the name of a user cannot contain `{found}`");
                invalid_value::report(self.reports, user.span, message, "write the name alone");
            }
            let source = |row: &RowSpec| row.form.source().map(|source| source.value.clone());
            if secret.is_some_and(|secret| source(user).is_some() && source(user) == source(secret)) {
                let message = "the secret is sent as the name of who signs";
                invalid_value::report(self.reports, user.span, message, "read another setting");
            }
        }
    }

    /// Whether a row is a setting that operators may leave out.
    fn is_optional(&self, row: &RowSpec) -> bool {
        let Form::Source(source) = &row.form else { return false };
        let Source::Path(path) = &source.value else { return false };
        let (Root::Settings, [PathStep::Key(name)]) = (path.root, path.steps.as_slice()) else {
            return false;
        };
        let setting = by_name(&self.destination.spec.settings, name);
        // one of another type has a finding of its own
        let is_optional = |setting: &SettingSpec| {
            let is_text = matches!(setting.kind, None | Some(SettingType::Text));
            is_text && !setting.required && setting.default.is_none()
        };
        row.default.is_none() && setting.is_some_and(is_optional)
    }
}

/// Whether a row may have another value in another request.
fn varies(row: &RowSpec) -> bool {
    let mut found = row.flawed;
    each_read(row, &mut |read| {
        found |= !matches!(read.what, What::Path(Root::Settings | Root::Version, _));
    });
    found
}

/// Whether a row has one value only, whatever the settings.
fn is_constant(row: &RowSpec) -> bool {
    let mut reads = row.flawed;
    each_read(row, &mut |_| reads = true);
    !reads
}

fn has_signature(text: &SignedTextSpec) -> bool {
    text.0.iter().any(|piece| matches!(piece, SignedPieceSpec::Word(at) if at.value == SignedWord::Signature))
}

/// Returns whether the text that is added to requests differs between any two of them.
fn differs_by_itself(text: &SignedTextSpec) -> bool {
    text.0.iter().any(|piece| !matches!(piece, SignedPieceSpec::Row(_)))
}

/// Returns whether the text that is added without the signature differs between any two requests.
fn adds(added: &Named<SignedTextSpec>) -> bool {
    added.iter().any(|(_, text)| !has_signature(text) && differs_by_itself(text))
}
