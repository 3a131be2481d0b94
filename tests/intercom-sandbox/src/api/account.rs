//! The account of the token.

use serde_json::json;

use crate::call::{Answer, Call, Reply};

/// `GET /me`: the admin and the app that the token belongs to.
pub(crate) fn me(_: &mut Call<'_>) -> Answer {
    Ok(Reply::ok(json!({
        "type": "admin",
        "id": "1",
        "name": "Sandbox",
        "email": "admin@example.com",
        "email_verified": true,
        "app": {
            "type": "app",
            "id_code": "sandbox",
            "name": "Sandbox",
            "region": "US",
            "timezone": "UTC",
            "created_at": 0,
            "identity_verification": false,
        },
    })))
}
