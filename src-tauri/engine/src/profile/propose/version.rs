//! Where the version of the application's schema stands: the tables of tools that migrate it.

use crate::model::{SchemaVersionRule, TableName};

use super::App;
use super::reasons::{Reasons, Topic};

/// By schema (none is the application's own), table and column: where tools note what was done.
const KNOWN: &[(Option<&str>, &str, &str, &str)] = &[
    (
        Some("supabase_migrations"),
        "schema_migrations",
        "version",
        "Supabase",
    ),
    (
        Some("drizzle"),
        "__drizzle_migrations",
        "created_at",
        "Drizzle",
    ),
    (
        Some("atlas_schema_revisions"),
        "atlas_schema_revisions",
        "version",
        "Atlas",
    ),
    (None, "_prisma_migrations", "migration_name", "Prisma"),
    (None, "django_migrations", "id", "Django"),
    (None, "flyway_schema_history", "installed_rank", "Flyway"),
    (None, "databasechangelog", "orderexecuted", "Liquibase"),
    (None, "alembic_version", "version_num", "Alembic"),
    (None, "SequelizeMeta", "name", "Sequelize"),
    (None, "knex_migrations", "name", "Knex"),
    (None, "pgmigrations", "name", "node-pg-migrate"),
    (None, "goose_db_version", "version_id", "Goose"),
    (
        None,
        "__EFMigrationsHistory",
        "MigrationId",
        "Entity Framework",
    ),
    (
        None,
        "schema_migrations",
        "version",
        "Rails, Ecto, dbmate or golang-migrate",
    ),
    (None, "migrations", "timestamp", "TypeORM"),
    (None, "migrations", "migration", "Laravel"),
];

/// Further tables of those tools.
const COMPANIONS: &[&str] = &[
    "ar_internal_metadata",
    "databasechangeloglock",
    "django_content_type",
    "knex_migrations_lock",
    "typeorm_metadata",
];

/// Where the schema's version is read, if a tool that is known keeps it.
pub(super) fn rule(app: &App<'_>, reasons: &mut Reasons) -> Option<SchemaVersionRule> {
    let own = app.tenant.table.schema.as_str();
    let found = KNOWN.iter().find(|(schema, table, column, _)| {
        let name = TableName::new(schema.unwrap_or(own), *table);
        app.schema
            .tables
            .get(&name)
            .is_some_and(|table| table.column(column).is_some())
    });
    let Some((schema, table, column, tool)) = found else {
        reasons.doubt(
            Topic::SchemaVersion,
            "no table of a tool that migrates schemas was found, so backups will not say which version they are of",
        );
        return None;
    };
    reasons.say(Topic::SchemaVersion, format!("kept by {tool}"));
    Some(SchemaVersionRule {
        table: TableName::new(schema.unwrap_or(own), *table).to_string(),
        column: (*column).to_owned(),
    })
}

/// Whether a table of the application's schema is such a tool's.
pub(super) fn is_tools(name: &TableName) -> bool {
    KNOWN
        .iter()
        .any(|(schema, table, _, _)| schema.is_none() && *table == name.name)
        || COMPANIONS.contains(&name.name.as_str())
}
