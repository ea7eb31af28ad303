//! Whose request it is, by network address.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use base::places::network;
use signaling_server::ClientAddress;

use crate::state::AppState;

/// The address that a limit counts by: the peer's, or, if the peer is a configured proxy, the
/// last address in `X-Forwarded-For` that is not itself a proxy. Anyone else's header is not
/// believed. An IPv6 address is cut to its /64, which one household has.
pub fn client(headers: &HeaderMap, peer: SocketAddr, proxies: &[IpAddr]) -> IpAddr {
    let peer = peer.ip().to_canonical();
    if !proxies.contains(&peer) {
        return network(peer);
    }
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|part| part.trim().parse::<IpAddr>().ok())
        .map(|address| address.to_canonical())
        .collect::<Vec<_>>();
    network(
        forwarded
            .into_iter()
            .rev()
            .find(|address| !proxies.contains(address))
            .unwrap_or(peer),
    )
}

/// The same of a whole request; `None`: it came over no network.
pub fn of_request(request: &Request, proxies: &[IpAddr]) -> Option<IpAddr> {
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    Some(client(request.headers(), *peer, proxies))
}

/// The layer that tells the live side whose socket it is asked for.
pub async fn tell_live(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(address) = of_request(&request, &state.config.http.proxies) {
        request.extensions_mut().insert(ClientAddress(address));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", value.parse().unwrap());
        headers
    }

    #[test]
    fn only_a_configured_proxy_is_believed() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let from = headers("6.6.6.6, 203.0.113.9, 10.0.0.1");
        let by_proxy = client(&from, "10.0.0.1:5000".parse().unwrap(), &[proxy]);
        assert_eq!(by_proxy, "203.0.113.9".parse::<IpAddr>().unwrap());
        let direct = client(&from, "198.51.100.7:5000".parse().unwrap(), &[proxy]);
        assert_eq!(direct, "198.51.100.7".parse::<IpAddr>().unwrap());
    }

    #[test]
    fn an_ipv6_household_is_one() {
        let none = HeaderMap::new();
        let one = client(&none, "[2001:db8:1:2::1]:1".parse().unwrap(), &[]);
        let two = client(&none, "[2001:db8:1:2:ffff::9]:2".parse().unwrap(), &[]);
        assert_eq!(one, two);
    }
}
