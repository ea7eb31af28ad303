//! What a run found, for people and as JSON.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::stats::{P50P95, P50P99, P50P99Max, median, round};

/// The figures of one run. The first fifteen keys are stable; what follows them explains.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Media packets that the server forwarded in the measuring window.
    pub forwarded_packets: Option<u64>,
    /// Share of the expected packets that never came to the lean clients.
    pub loss_ratio: Option<f64>,
    /// CPU of all threads of the server per forwarded packet, microseconds.
    pub cpu_us_per_forward: Option<f64>,
    /// CPU of the floor per forwarded packet, microseconds.
    pub floor_us_per_forward: Option<f64>,
    /// The server's CPU over the floor's.
    pub ratio_to_floor: Option<f64>,
    /// From the publisher's socket to the receiver's, lean clients.
    pub added_latency_ms: P50P99,
    /// Offer sent to first complete keyframe, of one who comes into a running call.
    pub join_to_first_frame_ms: P50P95,
    /// Start requested to first complete keyframe at the other side, both connected before.
    pub start_to_first_frame_ms: P50P95,
    /// Request sent to last addressee informed.
    pub informed_ms: P50P99Max,
    /// Queue places that the server acknowledged.
    pub acknowledged: Option<u64>,
    /// Of these, places found in the database.
    pub in_database: Option<u64>,
    /// Resident memory of the server, MiB: at the end, or in `fair` the most that it ever had.
    pub server_rss_mib: Option<f64>,
    /// Growth of the server's memory per media connection, bytes.
    pub bytes_per_peer: Option<i64>,
    /// Growth of the server's memory per WebSocket, bytes.
    pub bytes_per_socket: Option<i64>,
    /// Why the run does not count; empty if it does.
    pub void: Vec<String>,
    /// Further figures, by scenario.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

impl Report {
    /// Adds a further figure.
    pub fn detail(&mut self, name: &str, value: impl Serialize) {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.details.insert(name.to_owned(), value);
    }

    /// The report as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }
}

/// One report of several: each number is the median of its runs; texts and lists are joined.
#[must_use]
pub fn merge(runs: &[Value]) -> Value {
    match runs.first() {
        None => Value::Null,
        Some(Value::Object(first)) => {
            let merged = first.keys().map(|key| {
                let values: Vec<Value> = runs.iter().map(|run| run[key].clone()).collect();
                (key.clone(), merge(&values))
            });
            Value::Object(merged.collect())
        }
        Some(Value::Array(_)) => Value::Array(
            runs.iter()
                .filter_map(Value::as_array)
                .flatten()
                .cloned()
                .collect(),
        ),
        Some(first) => {
            let numbers: Vec<f64> = runs.iter().filter_map(Value::as_f64).collect();
            match median(&numbers) {
                Some(middle) if middle.fract() == 0.0 && first.is_i64() => {
                    Value::from(middle as i64)
                }
                Some(middle) => Value::from(round(middle)),
                None => first.clone(),
            }
        }
    }
}

/// The report as a table: one line per figure.
#[must_use]
pub fn table(report: &Value) -> String {
    let mut out = String::new();
    lines(&mut out, "", report);
    out
}

fn lines(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let name = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}.{key}")
                };
                lines(out, &name, value);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| lines(out, name, value)),
        Value::Null => {}
        Value::String(text) => *out += &format!("{name:<34} {text}\n"),
        other => *out += &format!("{name:<34} {other}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_stable_keys_are_there() {
        let json = Report::default().to_json();
        let keys = [
            "forwarded_packets",
            "loss_ratio",
            "cpu_us_per_forward",
            "floor_us_per_forward",
            "ratio_to_floor",
            "added_latency_ms",
            "join_to_first_frame_ms",
            "start_to_first_frame_ms",
            "informed_ms",
            "acknowledged",
            "in_database",
            "server_rss_mib",
            "bytes_per_peer",
            "bytes_per_socket",
        ];
        for key in keys {
            assert!(json.get(key).is_some(), "{key}");
        }
        for key in ["added_latency_ms", "informed_ms"] {
            assert!(json[key].get("p50").is_some() && json[key].get("p99").is_some());
        }
        for key in ["join_to_first_frame_ms", "start_to_first_frame_ms"] {
            assert!(json[key].get("p50").is_some() && json[key].get("p95").is_some());
        }
    }

    #[test]
    fn runs_are_merged_number_by_number() {
        let runs = [
            json!({"a": 1, "b": {"c": 1.5}, "void": [], "n": null, "s": "x"}),
            json!({"a": 9, "b": {"c": 0.5}, "void": ["why"], "n": null, "s": "x"}),
            json!({"a": 2, "b": {"c": 2.5}, "void": [], "n": 4, "s": "x"}),
        ];
        let merged = merge(&runs);
        assert_eq!(
            merged,
            json!({"a": 2, "b": {"c": 1.5}, "void": ["why"], "n": 4.0, "s": "x"})
        );
    }

    #[test]
    fn the_table_names_nested_figures() {
        let text = table(&json!({"a": {"b": 1.5}, "n": null}));
        assert!(text.contains("a.b") && text.contains("1.5") && !text.contains('n'));
    }
}
