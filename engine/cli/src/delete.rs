//! `mapwright delete`: deletes users and reports the outcomes.

mod report;

use std::collections::HashSet;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use futures_util::stream;
use indicatif::HumanCount;
use mapwright_driver::{Config, Finished, Incoming};

use crate::args::DeleteArgs;
use crate::delivery::{Reading, Setup};
use crate::error::CommandError;
use crate::exit::{DONE, FAILED, REJECTED};
use crate::files::Files;
use crate::target::{Secrets, Target};
use crate::users::{self, User};
use crate::{delivery, output, settings, terminal};
use report::DeletionReport;

/// The message type of a deletion event.
const DELETE: &str = "delete";

pub(crate) fn run(args: &DeleteArgs) -> Result<u8, CommandError> {
    let mut files = Files::default().target(&args.target)?.wire(&args.wire);
    if let Some(file) = &args.file {
        files = files.input("users", Path::new(file));
    }
    let to = output::named(&args.report);
    files.output("--report", to).stdout(to.is_none()).check()?;
    let target = Target::new(&args.target)?;
    settings::warn_of_exposed(&args.target.aim.given, &target.plan);
    let mapper = target.mapper(Secrets::Open)?;
    if !target.plan.messages().any(|message| message == DELETE) {
        return Err(target.no_command(DELETE));
    }
    let mut users = users::given(&args.user_ids)?;
    if let Some(file) = &args.file {
        let found = users::read(Path::new(file))?;
        if found.deleted > 0 {
            let deleted = HumanCount(found.deleted as u64);
            terminal::complain(&format!("left out: {deleted} whom the report calls deleted"));
        }
        users.extend(found.users);
    }
    once_each(&mut users);
    if !args.yes && !confirmed(users.len(), &target.title())? {
        terminal::complain("nothing was deleted");
        return Ok(FAILED);
    }
    let surroundings = delivery::surroundings(&args.wire)?;
    let mut report = DeletionReport::create(to, args.format, &target.plan)?;
    let users: Arc<[User]> = users.into();
    let known = users.clone();
    let events = (0..users.len()).filter_map(move |at| {
        let json = known.get(at)?.event(DELETE);
        Some(Incoming::new(json, at))
    });
    let mut config = Config::default();
    config.destructive = true;
    // if the report goes to the terminal, it shows the progress itself
    let progress = (to.is_some() || !io::stdout().is_terminal()).then(Reading::default);
    let setup = Setup { mapper, wire: &args.wire, config, checkpoint: None, surroundings, progress };
    let ended =
        setup.deliver(stream::iter(events), |finished: &Finished<usize>| match users.get(finished.tag) {
            Some(user) => report.line(&user.id, finished),
            None => Ok(()),
        })?;
    if ended.failed.is_none() {
        // users that were not read are in the report too
        for user in users.iter().skip(usize::try_from(ended.read).unwrap_or(usize::MAX)) {
            report.unfinished(&user.id)?;
        }
    }
    terminal::complain(&report.tally().text(ended.numbers.requests));
    ended.complain(match ended.failed {
        None => "the report lists the remaining users; pass it to `--file` to continue",
        Some(_) => "users who are not in the report may have been deleted or not",
    });
    Ok(match ended.code() {
        DONE if report.tally().is_incomplete(args.allow_missing) => REJECTED,
        code => code,
    })
}

/// Removes users who were named before: to delete them a second time would report that they were not found.
fn once_each(users: &mut Vec<User>) {
    let (mut known, all) = (HashSet::new(), users.len());
    users.retain(|user| known.insert(user.id.clone()));
    if users.len() < all {
        let repeated = HumanCount((all - users.len()) as u64);
        terminal::complain(&format!("left out: {repeated} named more than once"));
    }
}

/// Asks for confirmation on the terminal.
fn confirmed(users: usize, title: &str) -> Result<bool, CommandError> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(CommandError::NotConfirmed { users });
    }
    let users = if users == 1 { "1 user".to_owned() } else { format!("{} users", HumanCount(users as u64)) };
    let asked = format!("permanently delete {users} in {title}? type yes: ");
    let _ = io::stderr().lock().write_all(terminal::escaped(&asked).as_bytes());
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(CommandError::Start)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
