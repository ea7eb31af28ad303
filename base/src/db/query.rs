//! Queries as named constants, in one list per crate that the conformance test walks.

/// A registered query.
#[derive(Debug, Clone, Copy)]
pub struct Query {
    /// Name of its constant.
    pub name: &'static str,
    /// Its text on SQLite.
    pub sqlite: &'static str,
    /// Its text on PostgreSQL: the same, save for a few.
    pub postgres: &'static str,
}

impl Query {
    /// A query whose one text runs on both.
    pub const fn same(name: &'static str, sql: &'static str) -> Self {
        Self {
            name,
            sqlite: sql,
            postgres: sql,
        }
    }
}

/// Defines SQL constants and the list of them that [`check`](super::conformance::check) reads.
///
/// ```ignore
/// base::queries! {
///     /// Finds a job of a company.
///     FIND_JOB = "SELECT … WHERE id = $1 AND company_id = $2";
/// }
/// // defines `FIND_JOB: &str` and `QUERIES: &[Query]`
/// ```
#[macro_export]
macro_rules! queries {
    ($($(#[$meta:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$meta])* pub(crate) const $name: &str = $sql;)+

        /// All queries of this module, for the conformance test.
        pub(crate) const QUERIES: &[$crate::db::Query] =
            &[$($crate::db::Query::same(stringify!($name), $name)),+];
    };
}
