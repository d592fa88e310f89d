//! Where a request comes from.
//!
//! Behind a reverse proxy the peer is the proxy, and the browser's address stands in `X-Forwarded-For`, a header that
//! anybody can write. So only what proxies that the operator named (`MERIDIAN_TRUSTED_PROXIES`) added is believed: the
//! list is read from its right end, and the first address that is no trusted proxy is the one.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use actix_web::web::ThinData;
use ipnet::IpNet;

/// The networks of the proxies whose word about addresses is believed; cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// The most entries of a forwarded list that are looked at.
const HOPS: usize = 20;

impl TrustedProxies {
    /// Reads addresses and networks such as `10.0.0.7, 192.168.0.0/16, fd00::/8`; the first one that is neither is the error.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split([',', ' '])
            .filter(|part| !part.is_empty())
            .map(|part| {
                let single = part.parse::<IpAddr>().map(IpNet::from);
                single.or_else(|_| part.parse::<IpNet>()).map_err(|_| part.to_owned())
            })
            .collect::<Result<Vec<_>, _>>()
            .map(|nets| Self(nets.into()))
    }

    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }

    /// The browser's address: the peer's, unless the peer is trusted to say whom it speaks for.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.contains(client) {
            return client;
        }
        let lines: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')).take(HOPS) {
            // What cannot be read was not written by a proxy of ours: the last address known is the answer.
            let Some(address) = address(hop.trim()) else { break };
            client = address;
            if !self.contains(client) {
                break;
            }
        }
        client
    }
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    bare.or_else(with_port)
        .or_else(in_brackets)
        .map(|address: IpAddr| address.to_canonical())
}

/// The address a request came from.
pub fn of(req: &HttpRequest) -> Option<IpAddr> {
    let peer = req.peer_addr()?.ip();
    Some(match req.app_data::<ThinData<TrustedProxies>>() {
        Some(proxies) => proxies.client(peer, req.headers()),
        None => peer.to_canonical(),
    })
}

/// What counts as one network: an IPv4 address, or the /64 of an IPv6 address, which is what one household or one
/// rented machine gets.
pub fn block(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn forwarded(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_str(line).expect("a header"),
            );
        }
        headers
    }

    #[test]
    fn only_the_word_of_a_trusted_proxy_counts() {
        let proxies = TrustedProxies::parse("10.0.0.0/8, 2001:db8::1").expect("networks");
        let cases: &[(&str, &[&str], &str)] = &[
            // Nobody trusted: the header is what a stranger wrote.
            ("198.51.100.7", &["203.0.113.9"], "198.51.100.7"),
            ("10.1.2.3", &["203.0.113.9"], "203.0.113.9"),
            // The left part was sent by the browser itself.
            ("10.1.2.3", &["127.0.0.1, 203.0.113.9"], "203.0.113.9"),
            ("10.1.2.3", &["203.0.113.9, 10.9.9.9"], "203.0.113.9"),
            ("10.1.2.3", &["192.0.2.1", "203.0.113.9, 10.9.9.9"], "203.0.113.9"),
            ("10.1.2.3", &[], "10.1.2.3"),
            ("10.1.2.3", &["203.0.113.9, nonsense"], "10.1.2.3"),
            ("10.1.2.3", &["203.0.113.9:4711"], "203.0.113.9"),
            ("2001:db8::1", &["[2001:db8:7::2]:80"], "2001:db8:7::2"),
            ("::ffff:10.1.2.3", &["203.0.113.9"], "203.0.113.9"),
        ];
        for (peer, lines, client) in cases {
            let found = proxies.client(peer.parse().expect("an address"), &forwarded(lines));
            assert_eq!(found.to_string(), *client, "{peer} {lines:?}");
        }
    }

    #[test]
    fn what_is_no_network_is_named() {
        assert_eq!(
            TrustedProxies::parse("10.0.0.1,proxy.example"),
            Err("proxy.example".to_owned())
        );
        assert_eq!(TrustedProxies::parse("10.0.0.0/33"), Err("10.0.0.0/33".to_owned()));
        assert_eq!(TrustedProxies::parse(""), Ok(TrustedProxies::default()));
    }

    #[test]
    fn one_household_is_one_network() {
        let of = |text: &str| block(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2::"));
        assert_ne!(of("2001:db8:1:2::"), of("2001:db8:1:3::"));
        assert_ne!(of("203.0.113.9"), of("203.0.113.10"));
    }
}
