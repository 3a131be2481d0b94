//! Which URLs may be a server.

/// Returns the host of a server's URL, or what is wrong with it.
pub fn server_host(text: &str) -> Result<String, &'static str> {
    let url = url::Url::parse(text).map_err(|_| "it is not a URL")?;
    if url.scheme() != "https" {
        return Err("it does not start with `https://`");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it contains a user name");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it contains a query or a fragment");
    }
    url.host_str().map(str::to_owned).ok_or("it has no host")
}
