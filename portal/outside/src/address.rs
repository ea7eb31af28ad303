//! Where an outside system is reached.

use std::net::IpAddr;

use url::{Host, Url};

/// The base address of a system's API: HTTPS, or plain HTTP on this machine alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads a base address such as `https://api.weixin.qq.com`.
    ///
    /// # Errors
    /// What is wrong with it, to be put behind the name of the setting.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "is not an address")?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must end before any ? or #");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a name or password");
        }
        match url.scheme() {
            "https" if url.has_host() => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            _ => Err("must be https, or http to this machine"),
        }
    }

    /// The address of `path`, which begins with `/`.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0.as_str().trim_end_matches('/'))
    }

    /// Host, with the port where it is not the scheme's own: the `Host` header.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Is it on this machine?
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

/// Does an address lead to this machine, whatever a name server says?
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => is_local_name(name),
        None => false,
    }
}

/// Is a host's name or number one of this machine? (RFC 6761 §6.3)
pub(crate) fn is_loopback_host(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(ip) => ip.is_loopback(),
        Err(_) => is_local_name(host),
    }
}

fn is_local_name(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for good in [
            "https://api.weixin.qq.com",
            "http://127.0.0.1:8080",
            "http://[::1]:1/",
            "http://wechat.localhost:9",
        ] {
            assert!(BaseUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.weixin.qq.com",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "ftp://127.0.0.1",
            "https://u:p@example.com",
            "https://example.com/?a=1",
            "https://",
            "example.com",
            "",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_and_the_host_header_are_made_of_it() {
        let base = BaseUrl::parse("https://a.test/").unwrap();
        assert_eq!(base.join("/x?y=1"), "https://a.test/x?y=1");
        assert_eq!(base.host(), "a.test");
        let base = BaseUrl::parse("http://127.0.0.1:81/api/").unwrap();
        assert_eq!(base.join("/x"), "http://127.0.0.1:81/api/x");
        assert_eq!(base.host(), "127.0.0.1:81");
        assert_eq!(
            BaseUrl::parse("https://a.test:443").unwrap().host(),
            "a.test"
        );
    }
}
