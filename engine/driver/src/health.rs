//! Whether the destination works, as far as its answers say.

use mapwright::FaultOf;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::outcome::{DeliveryFailure, FailureClass};
use crate::shared::Shared;
use crate::stop::Phase;

/// Records that the destination works. A response always counts as an attempt.
pub(crate) fn up(shared: &Shared) -> bool {
    let mut circuit = shared.circuit();
    let was_open = circuit.is_open();
    circuit.success();
    drop(circuit);
    if !shared.lacks_nothing() || was_open {
        shared.metrics.waits().up();
    }
    if was_open {
        info!("the destination responds again");
        circuit_has_changed(shared, false);
    }
    true
}

/// Records that the destination does not work, after so many attempts of a request. Returns whether that counts as an attempt of its event.
pub(crate) fn down(shared: &Shared, problem: &str, attempts: u32) -> bool {
    let jitter = shared.jitter();
    let mut circuit = shared.circuit();
    let was_open = circuit.is_open();
    let counts = circuit.failure(Instant::now(), jitter);
    let (open, hopeless) = (circuit.is_open(), circuit.is_hopeless(Instant::now()));
    drop(circuit);
    if open {
        shared.metrics.waits().down(problem, Instant::now());
    }
    if open && !was_open {
        warn!(problem, "the destination does not respond or fails; events wait");
    }
    circuit_has_changed(shared, open);
    if hopeless {
        let name = shared.config.names.patience;
        let problem = format!("the destination has been down for longer than `{name}`: {problem}");
        let (class, fault) = (FailureClass::Unreachable, FaultOf::Destination);
        let failure = DeliveryFailure::new(class, "", &problem, fault, attempts);
        shared.stopper.advance(Phase::Paused(failure.into()));
    }
    counts
}

fn circuit_has_changed(shared: &Shared, open: bool) {
    shared.metrics.circuit(&shared.target, open);
    shared.circuit_changed.notify_waiters();
}
