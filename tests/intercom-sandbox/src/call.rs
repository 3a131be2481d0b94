//! What handlers get and give.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::error::Refusal;
use crate::fields::Fields;
use crate::state::Workspace;
use crate::version::Version;

/// A request that has reached its handler.
pub(crate) struct Call<'a> {
    pub(crate) workspace: &'a mut Workspace,
    pub(crate) version: Version,
    pub(crate) now_ms: u64,
    pub(crate) params: Vec<String>,
    pub(crate) query: HashMap<String, String>,
    pub(crate) body: Map<String, Value>,
    /// The number of metadata keys that an event keeps.
    pub(crate) metadata_keys: usize,
}

impl Call<'_> {
    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        i64::try_from(self.now_ms / 1000).unwrap_or(i64::MAX)
    }

    pub(crate) fn param(&self, position: usize) -> &str {
        self.params.get(position).map_or("", String::as_str)
    }

    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields(&self.body)
    }
}

/// A successful response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Reply {
        Reply { status: 200, body: Some(body) }
    }

    pub(crate) fn accepted() -> Reply {
        Reply { status: 202, body: None }
    }
}

pub(crate) type Answer = Result<Reply, Refusal>;
