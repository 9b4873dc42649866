//! What every session is set to, whatever the server, the database or the role say, so that values
//! read here are the values written there.

use std::fmt::Write as _;

/// Longest wait for any lock that is not asked for with NOWAIT.
const LOCK_TIMEOUT: &str = "10s";

/// Longest pause inside an open transaction; the session that exports a backup's snapshot and the
/// one that holds a restore's locks each set their own.
const IDLE_IN_TRANSACTION_TIMEOUT: &str = "10min";

/// Settings of every supported server.
const PINS: &[(&str, &str)] = &[
    // Time limits.
    ("statement_timeout", "0"),
    ("lock_timeout", LOCK_TIMEOUT),
    (
        "idle_in_transaction_session_timeout",
        IDLE_IN_TRANSACTION_TIMEOUT,
    ),
    ("idle_session_timeout", "0"),
    // A computer that dies does not keep its locks for hours.
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    // Names mean the same everywhere; types outside pg_catalog are printed with their schema.
    ("search_path", ""),
    ("quote_all_identifiers", "off"),
    // Values as text: read and written exactly.
    ("client_encoding", "UTF8"),
    ("standard_conforming_strings", "on"),
    ("DateStyle", "ISO, YMD"),
    ("IntervalStyle", "postgres"),
    ("TimeZone", "UTC"),
    ("extra_float_digits", "3"),
    ("bytea_output", "hex"),
    ("lc_monetary", "C"),
    ("xmlbinary", "base64"),
    ("xmloption", "content"),
    ("array_nulls", "on"),
    ("transform_null_equals", "off"),
    // A row that row security would hide becomes an error.
    ("row_security", "off"),
    ("default_transaction_deferrable", "off"),
    ("synchronous_commit", "on"),
    // An application's triggers put row values into their notices, and the driver logs notices.
    ("client_min_messages", "error"),
    // Catalog queries are many joins over few rows: compiling them takes longer than running them.
    ("jit", "off"),
];

/// Makes the server notice a client that is gone while a statement runs. Refused by servers on
/// systems that cannot tell, so it is asked for on its own.
pub(super) const CLIENT_CHECK: &str =
    "SELECT pg_catalog.set_config('client_connection_check_interval', '5s', false)";

/// The one statement that pins a session of a server of that version.
pub(super) fn statement(server_version: u32, is_read_only: bool) -> String {
    let read_only = if is_read_only { "on" } else { "off" };
    let mut sql = format!(
        "SELECT pg_catalog.set_config('default_transaction_read_only', '{read_only}', false), "
    );
    for (name, value) in PINS {
        let _ = write!(sql, "pg_catalog.set_config('{name}', '{value}', false), ");
    }
    if server_version >= 170_000 {
        sql.push_str("pg_catalog.set_config('transaction_timeout', '0', false), ");
    }
    sql.push_str("NULL");
    sql
}
