//! Routes with their names: what [`axum::Router`] does, and a list of what there is.
//!
//! A router cannot be asked for its routes. The test of rights walks every route with every role,
//! so a route that nobody gave a row there must show; hence all routes are added here.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodRouter, delete, get, post, put};

use crate::state::AppState;

/// One method of one path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The template, such as `/fairs/{fair}`.
    pub path: &'static str,
}

/// Routes of a domain, or of all.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    router: Router<AppState>,
    list: Vec<Route>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A page or figure that is read.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.add(Method::GET, path, get(handler))
    }

    /// An action.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.add(Method::POST, path, post(handler))
    }

    /// A thing that is written as a whole.
    #[must_use]
    pub fn put<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.add(Method::PUT, path, put(handler))
    }

    /// A thing that is taken away.
    #[must_use]
    pub fn delete<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.add(Method::DELETE, path, delete(handler))
    }

    /// The routes of both.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.list.extend(other.list);
        Self {
            router: self.router.merge(other.router),
            list: self.list,
        }
    }

    /// A layer around the routes that are there so far.
    #[must_use]
    pub fn layered(self, layer: impl FnOnce(Router<AppState>) -> Router<AppState>) -> Self {
        Self {
            router: layer(self.router),
            list: self.list,
        }
    }

    /// What there is, in the order in which it was added.
    pub fn list(&self) -> &[Route] {
        &self.list
    }

    /// The router.
    pub fn into_router(self) -> Router<AppState> {
        self.router
    }

    fn add(mut self, method: Method, path: &'static str, handler: MethodRouter<AppState>) -> Self {
        self.list.push(Route { method, path });
        Self {
            router: self.router.route(path, handler),
            list: self.list,
        }
    }
}
