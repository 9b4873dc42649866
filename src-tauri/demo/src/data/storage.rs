//! Rows outside the application's own schema: sign-ins, uploaded files, search and audit.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::postgres::PgConnection;

use crate::error::Error;

use super::cell::Cell;
use super::files;
use super::load::line;
use super::world::{COMPANIES, OWNERS, Owner, Row, World, mixed};

/// Everybody is signed in at a desk, and every third one on a telephone.
const SESSIONS: [&str; 2] = [
    "INSERT INTO auth.sessions (id, user_id, created_at, updated_at)
       SELECT md5(device || id)::uuid, id, created_at, created_at
         FROM auth.users, unnest(ARRAY['desk', 'telephone']) AS device
        WHERE device = 'desk' OR ascii(id::text) % 3 = 0 ORDER BY device, id",
    "INSERT INTO auth.refresh_tokens (token, session_id)
       SELECT md5('token' || id), id FROM auth.sessions ORDER BY id",
];

pub(super) async fn load(session: &mut PgConnection, world: &World) -> Result<(), Error> {
    copy(
        session,
        "auth.users (id, email, raw_user_meta_data, created_at)",
        sign_ins(world),
    )
    .await?;
    for statement in SESSIONS {
        sqlx::query(statement)
            .execute(&mut *session)
            .await
            .map_err(Error::database("signing people in"))?;
    }
    copy(session, "storage.buckets (id, name, public)", buckets()).await?;
    copy(
        session,
        "storage.objects (id, bucket_id, name, owner_id, metadata, version, created_at, updated_at, last_accessed_at)",
        objects(world),
    )
    .await?;
    for (number, company) in COMPANIES.iter().enumerate() {
        let id = company.id;
        copy(
            session,
            &format!(
                "public.\"searchIndex_{id}\" (\"entityType\", \"entityId\", \"title\", \"link\", \"updatedAt\")"
            ),
            search_entries(world, number),
        )
        .await?;
        copy(
            session,
            &format!(
                "public.\"auditLog_{id}\" (\"id\", \"tableName\", \"entityId\", \"operation\", \"diff\", \"createdAt\")"
            ),
            audit_entries(world, number),
        )
        .await?;
        let statement = format!(
            "UPDATE public.\"searchIndex_{id}\" SET \"search\" = to_tsvector('simple', \"title\")"
        );
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut *session)
            .await
            .map_err(Error::database("filling the search index"))?;
    }
    Ok(())
}

async fn copy(session: &mut PgConnection, target: &str, rows: Vec<u8>) -> Result<(), Error> {
    let refused = |source| Error::Database {
        during: "copying rows of the platform",
        source,
    };
    let mut copy = session
        .copy_in_raw(&format!("COPY {target} FROM STDIN"))
        .await
        .map_err(refused)?;
    if let Err(source) = copy.send(rows.as_slice()).await {
        return Err(refused(source));
    }
    copy.finish().await.map(drop).map_err(refused)
}

fn sign_ins(world: &World) -> Vec<u8> {
    let mut rows = Vec::new();
    for user in world.rows(world.position("user"), Owner::Global) {
        let (id, email) = (user.value("id"), user.value("email"));
        line(
            [
                id.as_deref(),
                email.as_deref(),
                Some("{}"),
                Some(LAST_EVENING),
            ],
            &mut rows,
        );
    }
    rows
}

fn buckets() -> Vec<u8> {
    let mut rows = Vec::new();
    for bucket in BUCKETS {
        let public = if bucket == "public" || bucket == "avatars" {
            "t"
        } else {
            "f"
        };
        line([Some(bucket), Some(bucket), Some(public)], &mut rows);
    }
    rows
}

/// Columns whose value is the key of an uploaded file.
const PATHS: [(&str, &str); 6] = [
    ("customer", "logo"),
    ("supplier", "logo"),
    ("document", "path"),
    ("modelUpload", "modelPath"),
    ("modelUpload", "thumbnailPath"),
    ("item", "thumbnailPath"),
];

/// The bucket in which the companies' files lie.
pub(super) const PRIVATE: &str = "private";
/// The buckets of the storage.
pub(super) const BUCKETS: [&str; 4] = [PRIVATE, "public", "avatars", "temp-staging"];

/// An uploaded file.
pub(super) struct Object {
    pub(super) key: String,
    pub(super) mime: &'static str,
    /// What its content is made from.
    pub(super) noise: u64,
    pub(super) version: String,
    pub(super) etag: String,
    id: String,
    owner: String,
}

/// The files that rows name, each once.
pub(super) fn each_object(world: &World) -> Vec<Object> {
    let (mut objects, mut known) = (Vec::new(), BTreeSet::new());
    for (table, column) in PATHS {
        for owner in OWNERS {
            for row in world.rows(world.position(table), owner) {
                let key = row.value(column);
                if let Some(key) = key.filter(|key| known.insert(key.clone())) {
                    objects.push(object(&row, key, column));
                }
            }
        }
    }
    objects
}

fn objects(world: &World) -> Vec<u8> {
    let mut rows = Vec::new();
    for object in each_object(world) {
        let size = files::content(object.mime, object.noise).len();
        let metadata = json!({
            "size": size,
            "mimetype": object.mime,
            "eTag": object.etag,
            "cacheControl": "max-age=3600",
            "contentLength": size,
            "httpStatusCode": 200,
        })
        .to_string();
        line(
            [
                object.id.as_str(),
                PRIVATE,
                &object.key,
                &object.owner,
                &metadata,
                &object.version,
                LAST_EVENING,
                LAST_EVENING,
                LAST_EVENING,
            ]
            .map(Some),
            &mut rows,
        );
    }
    rows
}

fn object(row: &Row<'_>, key: String, column: &str) -> Object {
    let noise = row.hash(column);
    let uuid = |salt: u64| {
        let (high, low) = (
            mixed(noise ^ salt),
            mixed(noise.rotate_left(17) ^ salt ^ row.n),
        );
        format!(
            "{:08x}-{:04x}-4{:03x}-9{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0xfff,
            low & 0xffff_ffff_ffff
        )
    };
    Object {
        owner: super::story_user(row),
        etag: format!("\"{:016x}{:016x}\"", mixed(noise), noise),
        id: uuid(1),
        version: uuid(2),
        mime: files::mime_of(&key),
        key,
        noise,
    }
}

/// When the platform's own rows were written: equal content has equal times.
const LAST_EVENING: &str = "2026-10-29 19:30:00+00";

/// Tables that the application's search finds.
const SEARCHED: [&str; 5] = ["customer", "supplier", "item", "salesOrder", "job"];

fn search_entries(world: &World, number: usize) -> Vec<u8> {
    let mut rows = Vec::new();
    for table in SEARCHED {
        for row in world.rows(world.position(table), Owner::Company(number)) {
            let id = row.value("id");
            let title = row
                .value("name")
                .or_else(|| row.value("salesOrderId"))
                .or_else(|| row.value("jobId"));
            let link = format!("/x/{table}/{}", id.as_deref().unwrap_or_default());
            line(
                [
                    Some(table),
                    id.as_deref(),
                    title.as_deref(),
                    Some(&link),
                    Some(LAST_EVENING),
                ],
                &mut rows,
            );
        }
    }
    rows
}

fn audit_entries(world: &World, number: usize) -> Vec<u8> {
    let mut rows = Vec::new();
    let mut cell = Cell::default();
    for row in world.rows(world.position("salesOrder"), Owner::Company(number)) {
        cell.clear();
        row.write_uuid(&mut cell);
        let (entity, diff) = (
            row.value("id"),
            json!({"status": {"old": "Draft", "new": row.value("status")}}).to_string(),
        );
        line(
            [
                cell.value(),
                Some("salesOrder"),
                entity.as_deref(),
                Some("UPDATE"),
                Some(&diff),
                Some(LAST_EVENING),
            ],
            &mut rows,
        );
    }
    rows
}
