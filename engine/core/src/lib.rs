//! Turns customer-data events into API calls, from YAML alone.
//!
//! Files are loaded as a [`Spec`], a checked spec is [`Valid`], a valid spec compiles to [`Plans`], a [`Plan`] with settings is a
//! [`Mapper`], and a mapper turns an event into a [`Run`]. Only checking creates a valid spec, and only a plan maps events, so mapping an event
//! cannot fail because of an error in a mapping. The engine does no I/O, and reads neither a clock nor random numbers.
//!
//! ```
//! use mapwright::{Outcome, Scratch, Sources, Spec};
//!
//! let files: Sources = [
//!     ("mappings/acme/destination.yaml", "
//! title: Acme
//! names: [Acme]
//! versions: { default: '1.0' }
//! settings: { apiKey: { type: string, secret: true, required: true } }
//! hosts: [api.acme.example.com]"),
//!     ("mappings/acme/1.0/version.yaml", "
//! version: '1.0'
//! server: { value: https://api.acme.example.com }
//! headers: { Authorization: { template: 'Bearer {{ settings.apiKey }}' } }
//! operations: { save: { method: PUT, path: '/people/{id}' } }"),
//!     ("mappings/acme/1.0/identify.yaml", "
//! message: identify
//! payload: { person: { email: [traits.email, context.traits.email] } }
//! steps: { save: { operation: save, params: { id: userId }, body: person } }"),
//! ].into_iter().collect();
//!
//! let plans = Spec::load(&files).check()?.compile();
//! let settings = serde_json::json!({ "apiKey": "secret" });
//! let mapper = plans.plan("acme", None, &settings)?.bind(&settings)?;
//!
//! let mut scratch = Scratch::new();
//! let event = r#"{"type": "identify", "userId": "u1", "traits": {"email": "ada@example.com"}}"#;
//! let Outcome::Mapped(mut run) = mapper.map(event, 1_714_564_800_000, &mut scratch) else { panic!() };
//! let request = run.request()?.expect("one request");
//! assert_eq!((request.method, request.url.as_ref()), ("PUT", "https://api.acme.example.com/people/u1"));
//! assert_eq!(request.body.as_ref().unwrap().bytes(), br#"{"email":"ada@example.com"}"#);
//!
//! // an API may repeat the secrets that it was sent
//! assert_eq!(mapper.redactor().redact("no app for `secret`"), "no app for `[redacted]`");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Plans`], [`Plan`] and [`Mapper`] are `Send + Sync` and cheap to clone. Use one [`Scratch`] per thread. See `docs/embedding.md` for driving runs
//! over HTTP and for reloading mappings.
//!
//! # Checking
//!
//! [`Spec::check`] returns either a [`Valid`] spec or all findings, with the versions that have none:
//!
//! ```
//! # let files: mapwright::Sources = [
//! #     ("mappings/acme/destination.yaml", "
//! # title: Acme
//! # names: [Acme]
//! # versions: { default: '1.0' }
//! # settings: { apiKey: { type: string, secret: true, required: true } }
//! # hosts: [api.acme.example.com]
//! # rates: { default: { requests: 100, per: 1s, headers: { limit: X-Limit } } }
//! # error: { message: response.body.error }"),
//! #     ("mappings/acme/1.0/version.yaml", "
//! # version: '1.0'
//! # server: { value: https://api.acme.example.com }
//! # headers: { Authorization: { template: 'Bearer {{ settings.apiKey }}' } }
//! # order: { user: userId }
//! # operations: { save: { method: PUT, path: '/people/{id}', rate: default, declared: { person: extra } } }"),
//! #     ("mappings/acme/1.0/identify.yaml", "
//! # message: identify
//! # payload: { person: { email: [traits.email, context.traits.email], extra: { rest_of: [traits], as: { limit_text: 3 } } } }
//! # require: [{ any: [userId], otherwise: userId is required }]
//! # steps: { save: { operation: save, params: { id: userId }, body: person } }"),
//! # ].into_iter().collect();
//! use mapwright::{Checked, Finding, Place, Plans, Rule, Severity, Spec, Valid, WithFindings};
//!
//! let mut broken = files.clone();
//! broken.insert("mappings/acme/1.0/track.yaml", "message: track\nsteps: { save: { operation: sned } }");
//! let WithFindings { findings, partial, .. } = *Spec::load(&broken).check().unwrap_err();
//! let finding: &Finding = &findings[0];
//! let (rule, place): (&Rule, &Place) = (finding.rule, &finding.place);
//! assert_eq!((rule.id, rule.severity, place.line), ("unknown-operation", Severity::Error, 2));
//! assert_eq!(finding.message, "unknown operation `sned`");
//! let partial: Valid<Checked> = partial;
//! let plans: Plans = partial.compile();
//! assert_eq!(plans.versions("acme").count(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Settings
//!
//! ```
//! # let files: mapwright::Sources = [
//! #     ("mappings/acme/destination.yaml", "
//! # title: Acme
//! # names: [Acme]
//! # versions: { default: '1.0' }
//! # settings: { apiKey: { type: string, secret: true, required: true } }
//! # hosts: [api.acme.example.com]
//! # rates: { default: { requests: 100, per: 1s, headers: { limit: X-Limit } } }
//! # error: { message: response.body.error }"),
//! #     ("mappings/acme/1.0/version.yaml", "
//! # version: '1.0'
//! # server: { value: https://api.acme.example.com }
//! # headers: { Authorization: { template: 'Bearer {{ settings.apiKey }}' } }
//! # order: { user: userId }
//! # operations: { save: { method: PUT, path: '/people/{id}', rate: default, declared: { person: extra } } }"),
//! #     ("mappings/acme/1.0/identify.yaml", "
//! # message: identify
//! # payload: { person: { email: [traits.email, context.traits.email], extra: { rest_of: [traits], as: { limit_text: 3 } } } }
//! # require: [{ any: [userId], otherwise: userId is required }]
//! # steps: { save: { operation: save, params: { id: userId }, body: person } }"),
//! # ].into_iter().collect();
//! # let plans = mapwright::Spec::load(&files).check()?.compile();
//! # let (settings, now) = (serde_json::json!({ "apiKey": "secret" }), 1_714_564_800_000_i64);
//! # let mapper = plans.plan("acme", None, &settings)?.bind(&settings)?;
//! use mapwright::{NotFound, Plan, Rate, RateHeaders, Setting, SettingProblem, SettingsError};
//! use serde_json::json;
//!
//! let missing = plans.plan("acme", Some("2.0"), &json!({})).unwrap_err();
//! assert!(matches!(missing, NotFound::Version { .. }));
//! let plan: &Plan = plans.plan("acme", None, &json!({}))?;
//! let declared: Vec<Setting> = plan.settings().collect();
//! assert_eq!((declared[0].name, declared[0].secret, declared[0].required), ("apiKey", true, true));
//! let SettingsError { problems, .. } = plan.bind(&json!({})).unwrap_err();
//! assert!(matches!(&problems[0], SettingProblem::Missing { name, .. } if name == "apiKey"));
//! let Rate { name, requests, headers: RateHeaders { limit, .. }, .. } = &plan.rates()[0];
//! assert_eq!((name.as_str(), *requests, limit.as_deref()), ("default", 100, Some("X-Limit")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Outcomes
//!
//! ```
//! # let files: mapwright::Sources = [
//! #     ("mappings/acme/destination.yaml", "
//! # title: Acme
//! # names: [Acme]
//! # versions: { default: '1.0' }
//! # settings: { apiKey: { type: string, secret: true, required: true } }
//! # hosts: [api.acme.example.com]
//! # rates: { default: { requests: 100, per: 1s, headers: { limit: X-Limit } } }
//! # sources: { web: { when: channel == 'web', device: [identify] } }
//! # error: { message: response.body.error }"),
//! #     ("mappings/acme/1.0/version.yaml", "
//! # version: '1.0'
//! # server: { value: https://api.acme.example.com }
//! # headers: { Authorization: { template: 'Bearer {{ settings.apiKey }}' } }
//! # order: { user: userId }
//! # operations: { save: { method: PUT, path: '/people/{id}', rate: default, declared: { person: extra } } }"),
//! #     ("mappings/acme/1.0/identify.yaml", "
//! # message: identify
//! # payload: { person: { email: [traits.email, context.traits.email], extra: { rest_of: [traits], as: { limit_text: 3 } } } }
//! # require: [{ any: [userId], otherwise: userId is required }]
//! # steps: { save: { operation: save, params: { id: userId }, body: person } }"),
//! # ].into_iter().collect();
//! # let plans = mapwright::Spec::load(&files).check()?.compile();
//! # let (settings, now) = (serde_json::json!({ "apiKey": "secret" }), 1_714_564_800_000_i64);
//! # let mapper = plans.plan("acme", None, &settings)?.bind(&settings)?;
//! use std::sync::Arc;
//!
//! use mapwright::{Event, EventSource, FaultOf, Limits, OrderKey, OrderedSteps, Outcome, Rejection, Run, Scratch, Skip};
//!
//! let mut scratch = Scratch::new();
//! let event = Event::bytes(br#"{"type": "page"}"#);
//! let Outcome::Skipped { skip, .. } = mapper.map(event, now, &mut scratch) else { panic!() };
//! let Skip { rule, .. } = skip;
//! assert_eq!(rule, "unsupported_message");
//!
//! // sources of events whose events an SDK of the destination sends
//! let plan = mapper.plan();
//! let web: EventSource = plan.sources().next().unwrap();
//! assert_eq!((web.name, web.cloud.len(), web.device), ("web", 0, &["identify".to_owned()][..]));
//! let of_web = r#"{"type": "identify", "userId": "u1", "channel": "web"}"#;
//! let Outcome::Skipped { skip, .. } = mapper.map(of_web, now, &mut scratch) else { panic!() };
//! assert_eq!(skip.rule, "source");
//!
//! let Outcome::Rejected { rejection, .. } = mapper.map(r#"{"type": "identify"}"#, now, &mut scratch) else { panic!() };
//! let Rejection { code, message, fault, .. } = *rejection;
//! assert_eq!((code.as_str(), message.as_str(), fault), ("missing_required", "userId is required", FaultOf::Event));
//!
//! let keys: Vec<OrderKey> = mapper.order_keys(r#"{"type": "identify", "userId": "u1"}"#, now, &mut scratch);
//! assert_eq!((keys[0].name, keys[0].value.as_str()), ("user", "u1"));
//! // a key that a step states orders only the requests of that step
//! let steps: &[Arc<OrderedSteps>] = &keys[0].steps;
//! assert!(steps.is_empty());
//!
//! let Outcome::Mapped(run) = mapper.map(r#"{"type": "identify", "userId": "u1"}"#, now, &mut scratch) else { panic!() };
//! let mut run: Box<Run> = run;
//! assert_eq!(run.preview()?.len(), 1);
//!
//! let mut limits = Limits::default();
//! limits.event_bytes = 10;
//! let strict = mapper.with_limits(limits);
//! assert!(matches!(strict.map(r#"{"type": "identify"}"#, now, &mut scratch), Outcome::Rejected { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Runs
//!
//! ```
//! # let files: mapwright::Sources = [
//! #     ("mappings/acme/destination.yaml", "
//! # title: Acme
//! # names: [Acme]
//! # versions: { default: '1.0' }
//! # settings: { apiKey: { type: string, secret: true, required: true } }
//! # hosts: [api.acme.example.com]
//! # rates: { default: { requests: 100, per: 1s, headers: { limit: X-Limit } } }
//! # error: { message: response.body.error }"),
//! #     ("mappings/acme/1.0/version.yaml", "
//! # version: '1.0'
//! # server: { value: https://api.acme.example.com }
//! # headers: { Authorization: { template: 'Bearer {{ settings.apiKey }}' } }
//! # order: { user: userId }
//! # operations: { save: { method: PUT, path: '/people/{id}', rate: default, declared: { person: extra } } }"),
//! #     ("mappings/acme/1.0/identify.yaml", "
//! # message: identify
//! # payload: { person: { email: [traits.email, context.traits.email], extra: { rest_of: [traits], as: { limit_text: 3 } } } }
//! # require: [{ any: [userId], otherwise: userId is required }]
//! # steps: { save: { operation: save, params: { id: userId }, body: person } }"),
//! # ].into_iter().collect();
//! # let plans = mapwright::Spec::load(&files).check()?.compile();
//! # let (settings, now) = (serde_json::json!({ "apiKey": "secret" }), 1_714_564_800_000_i64);
//! # let mapper = plans.plan("acme", None, &settings)?.bind(&settings)?;
//! use mapwright::{ApiError, Body, Compression, Declared, Ended, FaultOf, Headers, OwnedOutcome, OwnedRun, Progress, Request, Response, STATED_NONCE, Scratch, SigningContext, Warning};
//!
//! let event = r#"{"type": "identify", "userId": "u1", "traits": {"name": "Ada L."}}"#;
//! let started = mapper.start(event, now, Scratch::new());
//! let OwnedOutcome::Mapped(run) = started else { panic!("{started:?}") };
//! let mut run: OwnedRun = run;
//! let request: Request = run.request()?.expect("a request");
//! assert!(matches!(request.body, Some(Body::Json(_))));
//! // with `compress: gzip` at the operation, `sent_body` is not the text of `body`
//! assert_eq!(request.compression, None::<Compression>);
//! let names: Vec<Declared> = mapper.declared(&request);
//! assert_eq!((names[0].kind.as_str(), names[0].name.as_str(), names[0].type_name()), ("person", "name", "string"));
//! // an API with signatures: time and nonce come from who sends the request
//! let mut signed = request.into_owned();
//! signed.sign(&SigningContext::new(now, STATED_NONCE));
//! assert!(!signed.is_unsigned());
//! let warnings: &[Warning] = run.warnings();
//! assert_eq!(warnings[0].code, "text_cut");
//!
//! // where the mapping says `renew`, `Progress::Renew` asks for a new value of a setting
//! let renewed = mapper.with_setting("apiKey", "another".into())?;
//! assert!(run.with(|run| renewed.renew(run)));
//! assert!(run.request()?.expect("a request").headers().any(|(_, value)| value == "Bearer another"));
//!
//! // the same request again, as the API is overloaded; then the mapping gives up
//! let headers: Headers = [("Retry-After", "5")].into();
//! let progress = run.respond(&Response::new(503, headers, ""), now)?;
//! assert!(matches!(progress, Progress::Retry { after: None, throttle: false }));
//! let refused = Response::new(422, [], r#"{"error": "no name"}"#);
//! let Ended::Failed(failure) = run.respond(&refused, now).unwrap_err() else { panic!() };
//! assert_eq!((failure.code.as_str(), failure.fault), ("http_422", FaultOf::Event));
//! let ApiError { message, .. } = run.api_error(&refused);
//! assert_eq!(message.as_deref(), Some("no name"));
//! let scratch: Scratch = run.into_scratch();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Run`] borrows the mapper, the event and the scratch instead. Where a caller has recorded responses, [`OwnedRun::replay`] continues with them.
//!
//! # Items that fail
//!
//! A step with `on_failure: continue` is made for every item. The run fails after its last request, and names the items that are left to do.
//!
//! ```
//! # let files: mapwright::Sources = [
//! #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
//! #     ("mappings/acme/1/version.yaml", "
//! # version: '1'
//! # server: { value: https://api.acme.example.com }
//! # operations: { delete: { method: DELETE, path: '/people/{id}' } }"),
//! #     ("mappings/acme/1/delete.yaml", "
//! # message: delete
//! # destructive: true
//! # steps: { user: { for_each: users, on_failure: continue, operation: delete, params: { id: item } } }"),
//! # ].into_iter().collect();
//! # let (settings, now) = (serde_json::json!({}), 1_714_564_800_000_i64);
//! # let mapper = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &settings)?.bind(&settings)?;
//! use mapwright::{Ended, FailedItem, FaultOf, OwnedOutcome, Problem, Response, Scratch};
//!
//! let event = r#"{"type": "delete", "users": ["u1", "u2", "u3"]}"#;
//! let OwnedOutcome::Mapped(mut run) = mapper.start(event, now, Scratch::new()) else { panic!() };
//! run.request()?;
//! run.respond(&Response::new(400, [], ""), now)?; // u1 is refused
//! run.request()?;
//! let gone = Problem::new("gone", "no response in time", FaultOf::Destination);
//! run.fail_item(gone).expect("an item")?; // u2 has no response
//! run.request()?;
//! let Err(Ended::Failed(failure)) = run.respond(&Response::new(200, [], "{}"), now) else { panic!() };
//! let items: Vec<FailedItem> = failure.items;
//! assert_eq!((items[0].item.as_str(), items[1].problem.code.as_str()), (Some("u1"), "gone"));
//!
//! // later: only what is not done
//! let done = run.done();
//! let OwnedOutcome::Mapped(mut run) = mapper.start(event, now, Scratch::new()) else { panic!() };
//! run.without(&done);
//! assert!(run.request()?.is_some_and(|request| request.url.ends_with("/people/u1")));
//! // mappings that are `destructive` need not be allowed
//! assert!(matches!(mapper.without_destructive().start(event, now, Scratch::new()), OwnedOutcome::Rejected { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Batches
//!
//! Where an operation takes the items of several events, a request has an item ([`Request::batch`]), and a [`Batcher`] puts items together. It knows
//! no time and does no I/O either.
//!
//! ```
//! # let files: mapwright::Sources = [
//! #     ("mappings/acme/destination.yaml", "{ title: Acme, names: [Acme], versions: { default: '1' }, hosts: [api.acme.example.com] }"),
//! #     ("mappings/acme/1/version.yaml", "
//! # version: '1'
//! # server: { value: https://api.acme.example.com }
//! # operations:
//! #   import:
//! #     method: POST
//! #     path: /import
//! #     batch: { most: 100, wait: 5s, body: { events: items } }
//! #     responses:
//! #       - { status: 207, class: done, failed: { each: response.body.failed, index: item.at, code: item.code } }
//! #       - { status: 413, class: split }"),
//! #     ("mappings/acme/1/track.yaml", "
//! # message: track
//! # steps: { import: { operation: import, body: { name: event } } }"),
//! # ].into_iter().collect();
//! # let (settings, now) = (serde_json::json!({}), 1_714_564_800_000_i64);
//! # let mapper = mapwright::Spec::load(&files).check()?.compile().plan("acme", None, &settings)?.bind(&settings)?;
//! use mapwright::{Again, AgainReason, Batch, BatchAnswer, Batcher, BatchItem, Ended, ItemAnswer, Joined, LastItem, OpenBatch};
//! use mapwright::{OwnedOutcome, Prepared, Progress, ReadyBatch, Response, Scratch};
//!
//! // an item is known by its tag, here by the place of its run
//! let mut batcher: Batcher<usize> = mapper.batcher();
//! let mut runs = Vec::new();
//! for name in ["a", "b", "c"] {
//!     let event = format!(r#"{{"type": "track", "event": "{name}"}}"#);
//!     let OwnedOutcome::Mapped(mut run) = mapper.start(event, now, Scratch::new()) else { panic!() };
//!     let item: BatchItem = run.request()?.expect("a request").batch().expect("an item").clone();
//!     let Joined { complete, .. } = batcher.add(item, runs.len());
//!     assert!(complete.is_empty());
//!     runs.push(run);
//! }
//! // nothing follows these items: the runs could end here, and what is left of them takes the responses
//! let left: Vec<LastItem> = runs.iter_mut().filter_map(|run| run.with(|run| run.last_item())).collect();
//! let open: Vec<OpenBatch> = batcher.open().collect();
//! assert_eq!((open[0].items, open[0].wait.as_secs()), (3, 5));
//!
//! // the caller decides that it has waited long enough
//! let id = open[0].id;
//! let batch: Batch<usize> = batcher.take(id).expect("a batch");
//! let Prepared { mut ready, settled, .. } = batch.prepare(now);
//! assert!(settled.is_empty());
//! let sent: ReadyBatch<usize> = ready.remove(0);
//! assert_eq!(sent.request().body.as_ref().unwrap().bytes(), br#"{"events":[{"name":"a"},{"name":"b"},{"name":"c"}]}"#);
//!
//! // too large: two batches instead, of which the API refuses an item
//! let BatchAnswer { again, .. } = sent.answer(&Response::new(413, [], ""), now);
//! let mut halves = again.into_iter();
//! let Again { batch, reason, .. } = halves.next().expect("a half");
//! assert_eq!((reason, batch.items()), (AgainReason::Split, 2));
//! let half = batch.prepare(now).ready.remove(0);
//! let BatchAnswer { settled, .. } = half.answer(&Response::new(207, [], r#"{"failed": [{"at": 1, "code": "bad"}]}"#), now);
//! for (tag, outcome) in settled {
//!     let refused = matches!(&outcome, ItemAnswer::Failed(problem) if problem.api.code.as_deref() == Some("bad"));
//!     assert_eq!(left[tag].clone().settle(outcome.clone()).is_err(), refused);
//!     match runs[tag].settle(outcome) {
//!         Ok(progress) => assert_eq!((progress, refused), (Progress::Next, false)),
//!         Err(Ended::Failed(failure)) => assert_eq!((failure.code.as_str(), tag), ("item_failed", 1)),
//!         Err(other) => panic!("{other}"),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Explanations
//!
//! ```
//! # let files: mapwright::Sources = [
//! #     ("mappings/acme/destination.yaml", "
//! # title: Acme
//! # names: [Acme]
//! # versions: { default: '1.0' }
//! # settings: { apiKey: { type: string, secret: true, required: true } }
//! # hosts: [api.acme.example.com]
//! # rates: { default: { requests: 100, per: 1s, headers: { limit: X-Limit } } }
//! # error: { message: response.body.error }"),
//! #     ("mappings/acme/1.0/version.yaml", "
//! # version: '1.0'
//! # server: { value: https://api.acme.example.com }
//! # headers: { Authorization: { template: 'Bearer {{ settings.apiKey }}' } }
//! # order: { user: userId }
//! # operations: { save: { method: PUT, path: '/people/{id}', rate: default, declared: { person: extra } } }"),
//! #     ("mappings/acme/1.0/identify.yaml", "
//! # message: identify
//! # payload: { person: { email: [traits.email, context.traits.email], extra: { rest_of: [traits], as: { limit_text: 3 } } } }
//! # require: [{ any: [userId], otherwise: userId is required }]
//! # steps: { save: { operation: save, params: { id: userId }, body: person } }"),
//! # ].into_iter().collect();
//! # let plans = mapwright::Spec::load(&files).check()?.compile();
//! # let (settings, now) = (serde_json::json!({ "apiKey": "secret" }), 1_714_564_800_000_i64);
//! # let mapper = plans.plan("acme", None, &settings)?.bind(&settings)?;
//! use mapwright::{Became, Explanation, FieldTrace, REDACTED, Scratch, StepTrace, StepVerdict, TraceEvent};
//!
//! let event = r#"{"type": "identify", "userId": "u1", "context": {"traits": {"email": "ada@example.com"}}}"#;
//! // settings in an explanation are those of the mapper
//! let shown = plans.plan("acme", None, &settings)?.bind_redacted(&settings)?;
//! let Explanation { fields, steps, became, .. } = shown.explain(event, now, &mut Scratch::new());
//! let FieldTrace { events, winner, .. } = fields.iter().find(|field| field.field == "person.email").expect("a field");
//! assert!(matches!(&events[0], TraceEvent::Tried { source, found: None, .. } if source == "traits.email"));
//! assert_eq!(winner.as_deref(), Some("context.traits.email"));
//! let StepTrace { verdict, .. } = &steps[0];
//! assert_eq!(*verdict, StepVerdict::Made);
//! let Became::Mapped(requests) = became else { panic!() };
//! assert!(requests[0].headers().any(|(_, value)| value.ends_with(REDACTED)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The API from outside
//!
//! What the requests of each operation look like, and what is read of its responses, for doubles of the API: see the crate `mapwright-sandbox`.
//!
//! ```
//! # let files: mapwright::Sources = [
//! #     ("mappings/acme/destination.yaml", "
//! # title: Acme
//! # names: [Acme]
//! # versions: { default: '1.0' }
//! # settings: { apiKey: { type: string, secret: true, required: true } }
//! # hosts: [api.acme.example.com]
//! # error: { message: response.body.error.text }"),
//! #     ("mappings/acme/1.0/version.yaml", "
//! # version: '1.0'
//! # server: { value: https://api.acme.example.com/v1 }
//! # headers: { Authorization: { template: 'Bearer {{ settings.apiKey }}' } }
//! # operations: { find: { method: GET, path: /people }, save: { method: PUT, path: '/people/{id}' } }"),
//! #     ("mappings/acme/1.0/identify.yaml", "
//! # message: identify
//! # payload: { person: { email: traits.email } }
//! # steps:
//! #   find: { operation: find, query: { email: traits.email }, capture: { id: 'response.body.people[0].id' } }
//! #   save: { operation: save, params: { id: captures.id }, body: person }"),
//! # ].into_iter().collect();
//! # let plans = mapwright::Spec::load(&files).check()?.compile();
//! # let settings = serde_json::json!({ "apiKey": "secret" });
//! # let mapper = plans.plan("acme", None, &settings)?.bind(&settings)?;
//! use mapwright::{Carried, Encoding, Endpoint, ErrorPlaces, ItemsAt, Response, SentOn, Shape};
//!
//! // people are found by a query, and saved by the id in `people[0].id` of the response
//! let endpoints: Vec<Endpoint> = mapper.endpoints();
//! let [find, save] = endpoints.as_slice() else { panic!() };
//! assert_eq!((find.method, find.path.as_str(), find.has_body), ("GET", "/v1/people", Some(false)));
//! assert_eq!((save.path.as_str(), save.encoding), ("/v1/people/{id}", Encoding::Json));
//! // what settings decide has values, and what events decide has none
//! let Carried { name, values, .. } = &find.headers[0];
//! assert_eq!((name.as_str(), values[0].as_str()), ("Authorization", "Bearer secret"));
//! assert!(find.query[0].name == "email" && find.query[0].values.is_empty());
//!
//! let Shape::Object(members) = &find.answer else { panic!() };
//! assert!(members[0].0 == "people" && matches!(members[0].1, Shape::List(_)));
//! assert!(mapper.accepts("find", &Response::new(200, [], r#"{"people": [{"id": "p1"}]}"#)));
//! assert!(!mapper.accepts("find", &Response::new(422, [], "")));
//! // no later request has the id in its body, but one in its path, and none takes the items of several events
//! let (sent_on, items): (&[SentOn], &[ItemsAt]) = (&find.sent_on, &save.items);
//! assert!(sent_on.is_empty() && items.is_empty());
//! let ErrorPlaces { message, .. } = mapper.error_places();
//! assert_eq!(message.as_deref(), Some("/error/text"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use mapwright_check::{Checked, Plans, Spec, Valid, WithFindings};
pub use mapwright_convert::Warning;
pub use mapwright_findings::rules::all as rules;
pub use mapwright_findings::{
    Edit, FIXTURES, FileText, Finding, Fix, Place, Rule, Severity, Sources, nearest, suggest,
};
pub use mapwright_language::spec::{Compression, Encoding};
pub use mapwright_language::{NotFound, language_schemas};
pub use mapwright_plan::admission::Skip;
pub use mapwright_plan::answer::Shape;
pub use mapwright_plan::batch::{
    Again, AgainReason, Batch, BatchAnswer, Batcher, Joined, OpenBatch, Prepared, ReadyBatch,
};
pub use mapwright_plan::declared::Declared;
pub use mapwright_plan::endpoint::{Carried, Endpoint, ErrorPlaces, ItemsAt, SentOn};
pub use mapwright_plan::eval::listener::{StepTrace, StepVerdict};
pub use mapwright_plan::event_source::EventSource;
pub use mapwright_plan::headers::Headers;
pub use mapwright_plan::item::{BatchItem, ItemAnswer, ItemsAhead};
pub use mapwright_plan::lanes::{Lane, Lanes, Turn};
pub use mapwright_plan::limits::Limits;
pub use mapwright_plan::mapper::{Event, Mapper, Outcome, Plan, Scratch};
pub use mapwright_plan::order::OrderKey;
pub use mapwright_plan::owned::{OwnedOutcome, OwnedRun};
pub use mapwright_plan::plan::{OrderedSteps, Rate, RateHeaders};
pub use mapwright_plan::problem::{ApiError, Problem};
pub use mapwright_plan::redact::{REDACTED, Redactor};
pub use mapwright_plan::rehearsal::{ItemOf, Planned, Rehearsal, Rehearsed};
pub use mapwright_plan::rejection::{FaultOf, Rejection};
pub use mapwright_plan::request::{Body, Cache, Request, Stale};
pub use mapwright_plan::response::Response;
pub use mapwright_plan::run::explain::{Became, Explanation, FieldTrace, TraceEvent};
pub use mapwright_plan::run::{Ended, FailedItem, Failure, LastItem, Progress, Run};
pub use mapwright_plan::sdk::{CALLS, Calls, SdkCall};
pub use mapwright_plan::settings::{Setting, SettingProblem, SettingsError};
pub use mapwright_plan::signing::{STATED_NONCE, SigningContext};
pub use mapwright_plan::turns::Turns;

/// What runs have reached of a version, for coverage; with the feature `testing`. [`TestRun::counted`] does it for the tests beside the mappings.
///
/// ```
/// use std::sync::Arc;
///
/// use mapwright::{Spec, Tally};
///
/// let plans = Spec::load(&mapwright_builtin::sources()).check()?.compile();
/// let settings = serde_json::json!({ "apiKey": "key" });
/// let plan = plans.plan("intercom", None, &settings)?;
/// let tally: Arc<Tally> = Arc::new(plan.tally());
/// // the runs of this mapper count, and are the same otherwise
/// let mapper = plan.bind_counted(&settings, &tally)?;
/// # let _ = mapper;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "testing")]
pub use mapwright_plan::tally::Tally;

/// Conversions: the table that mappings choose from.
///
/// ```
/// use mapwright::convert::{Definition, Example, ExampleResult, Group, Param, ParamType, Type, definitions, reference};
///
/// let limit: &Definition = definitions().find(|known| known.name == "limit_text").expect("a conversion");
/// assert!(matches!(limit.group, Group::Limits) && matches!(limit.takes, Type::Object));
/// let Param { takes, required, .. } = &limit.params[0];
/// assert!(*required && matches!(takes, ParamType::Count(_)));
/// let gives = |example: &&Example| matches!(example.outcome, ExampleResult::Gives(_) | ExampleResult::Warns(..));
/// assert!(limit.examples.iter().any(|example| gives(&example)));
/// assert!(reference().contains("limit_text"));
/// ```
pub mod convert {
    pub use mapwright_convert::{
        Definition, Example, ExampleResult, Group, Param, ParamType, Type, definitions, reference,
    };
}

/// The tests beside the mappings, and bodies against their schemas; with the feature `testing`.
///
/// ```
/// use mapwright::{Coverage, CoveredPoint, PointKind, Schemas, Spec, TestFailure, TestResult, TestRun, Violation};
///
/// let sources = mapwright_builtin::sources().only(|path| path.contains("/intercom/"));
/// let plans = Spec::load(&sources).check()?.compile();
/// let schemas = Schemas::new(&plans);
/// assert!(schemas.findings().is_empty());
/// // a body, against one of them
/// let plan = plans.plan("intercom", Some("2.10"), &serde_json::json!({}))?;
/// let refused: Vec<Violation> = schemas.refused(plan, "track-event.json", &serde_json::json!({ "event_name": 1 }));
/// assert!(refused.iter().any(|violation| violation.path == ["event_name"] && violation.message == "expected string, found `1`"));
/// // without files of tests, every mapping is reported as untested
/// let run = TestRun::new(&plans, &schemas, &sources);
/// assert!(run.tests > 0 || !run.findings.is_empty());
/// // every test has a result, and an inherited one for each version that runs it
/// let results: &[TestResult] = &run.results;
/// assert!(results.len() >= run.tests);
/// let failure = |failure: &TestFailure| !failure.message.is_empty();
/// assert!(results.iter().flat_map(|result| &result.failures).all(failure));
/// // what the tests reach of the mappings
/// let run = TestRun::counted(&plans, &schemas, &sources);
/// let coverage: Coverage = run.coverage.unwrap_or_default();
/// assert_eq!(PointKind::ALL[0].name(), "rows");
/// let reached = |point: &&CoveredPoint| point.kind == PointKind::Rows && point.times > 0;
/// assert!(coverage.points.iter().filter(reached).count() <= coverage.points.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "testing")]
pub use mapwright_testing::TestRun;
// apart, since the example would be run for each of them
#[cfg(feature = "testing")]
pub use mapwright_testing::{
    Coverage, CoveredPoint, Mutant, MutationRun, PointKind, Schemas, Selection, TestFailure, TestName,
    TestOptions, TestResult, Violation, added_test, fixtures_read, test_names,
};
