//! The committed schema is the one that the generator writes.

use snapback_demo::carbon::ddl;

#[test]
fn the_committed_schema_is_fresh() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("carbon/schema");
    for (name, text) in ddl::files() {
        let committed = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            committed == text,
            "{name} is stale: run `cargo run -p snapback-demo --example generate-schema`"
        );
    }
}
