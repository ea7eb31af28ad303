//! Transport-wide feedback.
