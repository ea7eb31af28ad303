//! Configuration from a file, then the environment, then flags, with all faults told together.
//!
//! A configuration is a struct of sections, each with `Default` and `deny_unknown_fields`. The
//! three sources are laid over each other as TOML tables; what is missing keeps its default.

mod merge;
mod secret;

use std::fmt;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Table;

use merge::{Origin, Origins};
pub use secret::Secret;

/// Environment variables begin with this: `PINHUI__DATABASE__URL` sets `database.url`.
pub const PREFIX: &str = "PINHUI__";

/// Rules between fields that serde cannot know.
pub trait Validate {
    /// Adds one line per fault, such as `live.max_queues must be at least 1`.
    fn faults(&self, faults: &mut Vec<String>);
}

/// Where a configuration is read from.
#[derive(Debug, Default)]
pub struct Sources {
    file: Option<(String, String)>,
    environment: Vec<(String, String)>,
    flags: Vec<(String, String)>,
    faults: Vec<String>,
}

/// All faults of a configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the configuration has {} fault(s):", self.0.len())?;
        self.0.iter().try_for_each(|fault| writeln!(f, "  {fault}"))
    }
}

impl std::error::Error for Faults {}

impl Sources {
    /// Nothing: all defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a TOML file; one that cannot be read is a fault.
    pub fn file(mut self, path: &Path) -> Self {
        match std::fs::read_to_string(path) {
            Ok(text) => self.file = Some((path.display().to_string(), text)),
            Err(error) => self.faults.push(format!("{}: {error}", path.display())),
        }
        self
    }

    /// Takes a TOML text in the place of a file.
    pub fn text(mut self, text: &str) -> Self {
        self.file = Some(("the text".to_owned(), text.to_owned()));
        self
    }

    /// Takes variables of the process's environment that begin with [`PREFIX`].
    pub fn environment(self) -> Self {
        self.variables(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// Takes those of `variables` that begin with [`PREFIX`].
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment
            .extend(variables.into_iter().filter_map(|(name, value)| {
                let key = name.strip_prefix(PREFIX)?.to_lowercase().replace("__", ".");
                Some((key, value))
            }));
        self
    }

    /// Sets one key, such as `http.port`, from the command line.
    pub fn flag(mut self, key: &str, value: impl Into<String>) -> Self {
        self.flags.push((key.to_owned(), value.into()));
        self
    }

    /// Reads the configuration.
    ///
    /// # Errors
    /// All faults at once: what cannot be read, unknown keys, wrong types, and what
    /// [`Validate`] finds.
    pub fn load<T: DeserializeOwned + Validate>(self) -> Result<T, Faults> {
        let mut faults = self.faults;
        let mut table = Table::new();
        let mut origins = Origins::default();
        if let Some((name, text)) = &self.file {
            match text.parse::<Table>() {
                Ok(read) => table = read,
                Err(error) => faults.push(format!("{name}: {}", error.to_string().trim())),
            }
        }
        for (key, value) in &self.environment {
            merge::set(
                &mut table,
                key,
                value,
                Origin::Environment,
                &mut origins,
                &mut faults,
            );
        }
        for (key, value) in &self.flags {
            merge::set(
                &mut table,
                key,
                value,
                Origin::Flag,
                &mut origins,
                &mut faults,
            );
        }
        let config: Option<T> = merge::read(table, &origins, &mut faults);
        if let Some(config) = &config {
            config.faults(&mut faults);
        }
        match config {
            Some(config) if faults.is_empty() => Ok(config),
            _ => Err(Faults(faults)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Config {
        http: Http,
        database: crate::db::DbConfig,
        name: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Http {
        port: u16,
        origins: Vec<String>,
        secret: Secret,
    }

    impl Default for Http {
        fn default() -> Self {
            Self {
                port: 8080,
                origins: Vec::new(),
                secret: Secret::default(),
            }
        }
    }

    impl Validate for Config {
        fn faults(&self, faults: &mut Vec<String>) {
            if self.http.port == 1 {
                faults.push("http.port must not be 1".to_owned());
            }
        }
    }

    fn variable(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn nothing_gives_the_defaults() {
        assert_eq!(Sources::new().load::<Config>().unwrap(), Config::default());
    }

    #[test]
    fn flags_beat_the_environment_and_that_beats_the_file() {
        let config: Config = Sources::new()
            .text("name = 'file'\n[http]\nport = 1000\norigins = ['https://a.test']")
            .variables([
                variable("PINHUI__HTTP__PORT", "2000"),
                variable("PINHUI__NAME", "12"),
                variable("PINHUI__DATABASE__URL", "postgres://u:p@h/d"),
                variable("OTHER", "x"),
            ])
            .flag("http.port", "3000")
            .load()
            .unwrap();
        assert_eq!((config.http.port, config.name.as_str()), (3000, "12"));
        assert_eq!(config.http.origins, ["https://a.test"]);
        assert_eq!(config.database.url.expose(), "postgres://u:p@h/d");
    }

    #[test]
    fn all_faults_are_told_together_with_their_keys() {
        let Faults(faults) = Sources::new()
            .text("surprise = 1\n[http]\nport = 'x'\nhorse = 2\n[database]\nreaders = -1")
            .variables([variable("PINHUI__HTTP__ORIGINS", "[1]")])
            .flag("http.port.deep", "1")
            .load::<Config>()
            .unwrap_err();
        for key in [
            "surprise",
            "http.port",
            "http.horse",
            "database.readers",
            "http.origins",
        ] {
            assert!(
                faults.iter().any(|fault| fault.contains(key)),
                "{key} in {faults:#?}"
            );
        }
    }

    #[test]
    fn rules_between_fields_are_checked_too() {
        let Faults(faults) = Sources::new()
            .flag("http.port", "1")
            .load::<Config>()
            .unwrap_err();
        assert_eq!(faults, ["http.port must not be 1"]);
    }

    #[test]
    fn a_secret_is_never_printed() {
        let config: Config = Sources::new()
            .text("[http]\nsecret = 'hush'")
            .load()
            .unwrap();
        assert_eq!(config.http.secret.expose(), "hush");
        assert!(!format!("{config:?}").contains("hush"));
        let faults = Sources::new()
            .text("[http]\nsecret = ['hush']")
            .load::<Config>()
            .unwrap_err();
        assert!(!faults.to_string().contains("hush"), "{faults}");
        let faults = Sources::new()
            .text("[http]\nsecret = 98765")
            .load::<Config>()
            .unwrap_err();
        assert!(!faults.to_string().contains("98765"), "{faults}");
    }

    #[test]
    fn a_missing_file_is_a_fault() {
        let Faults(faults) = Sources::new()
            .file(Path::new("/no/such/file.toml"))
            .load::<Config>()
            .unwrap_err();
        assert!(faults[0].contains("/no/such/file.toml"));
    }
}
