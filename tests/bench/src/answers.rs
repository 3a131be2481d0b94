//! What the API answers in a run that is driven in process.

use mapwright::Response;

/// How a search for the contact continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// It finds the contact.
    Hit,
    /// It finds nobody, and the contact is created.
    Miss,
    /// It finds nobody, and yet the contact is there: creating it is answered with 409 and its id.
    Conflict,
}

/// The response to each operation.
#[derive(Debug)]
pub struct Answers {
    search: Response,
    create: Response,
    contact: Response,
    company: Response,
    user: Response,
    tag: Response,
    accepted: Response,
}

impl Answers {
    /// Those of a story.
    pub fn new(story: Story) -> Self {
        let contact = answer(200, include_str!("../answers/contact.json"));
        Self {
            search: match story {
                Story::Hit => answer(200, include_str!("../answers/contacts.json")),
                Story::Miss | Story::Conflict => answer(200, include_str!("../answers/no-contacts.json")),
            },
            create: match story {
                Story::Conflict => answer(409, include_str!("../answers/conflict.json")),
                Story::Hit | Story::Miss => contact.clone(),
            },
            contact,
            company: answer(200, include_str!("../answers/company.json")),
            user: answer(200, include_str!("../answers/user.json")),
            tag: answer(200, include_str!("../answers/tag.json")),
            accepted: answer(202, ""),
        }
    }

    /// The response to an operation of Intercom.
    pub fn of(&self, operation: &str) -> &Response {
        match operation {
            "search_contacts" => &self.search,
            "create_contact" => &self.create,
            "update_contact" => &self.contact,
            "save_company" | "attach_company" => &self.company,
            "save_user" => &self.user,
            "tag_company" => &self.tag,
            _ => &self.accepted,
        }
    }
}

/// A response with the headers that Intercom sends with each.
fn answer(status: u16, body: &str) -> Response {
    let headers = [
        ("Date", "Mon, 18 Mar 2024 09:41:13 GMT"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "keep-alive"),
        ("Status", "200 OK"),
        ("Cache-Control", "max-age=0, private, must-revalidate"),
        ("X-RateLimit-Limit", "1666"),
        ("X-RateLimit-Remaining", "1660"),
        ("X-RateLimit-Reset", "1710754880"),
        ("X-Intercom-Version", "0123456789abcdef0123456789abcdef01234567"),
        ("X-Request-Id", "0051hq9d1p3q8ro4v1ug"),
        ("Intercom-Version", "2.10"),
        ("ETag", "W/\"0123456789abcdef0123456789abcdef\""),
        ("X-Runtime", "0.087311"),
        ("Strict-Transport-Security", "max-age=31556952; includeSubDomains; preload"),
        ("X-Frame-Options", "SAMEORIGIN"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-XSS-Protection", "1; mode=block"),
        ("Server", "nginx"),
    ];
    Response::new(status, headers, body.trim_end())
}
