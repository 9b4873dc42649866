use uuid::Uuid;

use crate::Result;
use crate::files::FileName;
use crate::pg::Session;
use crate::restore::state;

/// What a restore that waits for Keep or Revert does to uploaded files, as its commit wrote it down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewedFiles {
    /// Files that came back.
    pub added: Vec<ReviewedFile>,
    /// Files whose content was replaced.
    pub replaced: Vec<ReviewedFile>,
    /// Files that went.
    pub removed: Vec<ReviewedFile>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedFile {
    /// The file.
    pub name: FileName,
    /// Bytes of what it became, or of what went.
    pub byte_count: u64,
}

/// Reads it; `None` where the restore left files alone.
///
/// # Errors
/// Errors of the connection.
pub(in crate::restore) async fn reviewed_files(
    session: &mut Session,
    review: Uuid,
) -> Result<Option<ReviewedFiles>> {
    if !state::has_files(session).await? {
        return Ok(None);
    }
    let sql = "SELECT m.bucket, m.key, (m.waits_as IS NOT NULL)::text, (m.found_tag IS NOT NULL)::text, m.byte_count::text \
        FROM snapback.file_work AS w LEFT JOIN snapback.file_move AS m ON m.work_id = w.id \
        WHERE w.review_id = $1::text::uuid ORDER BY m.bucket, m.key";
    let rows = session
        .fetch_text_rows(sql, &[Some(&review.to_string())])
        .await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut made = ReviewedFiles::default();
    for row in rows {
        let Ok([Some(bucket), Some(key), comes, was_there, byte_count]) =
            <[Option<String>; 5]>::try_from(row)
        else {
            continue;
        };
        let is = |value: &Option<String>| value.as_deref() == Some("true");
        let list = match (is(&comes), is(&was_there)) {
            (true, false) => &mut made.added,
            (true, true) => &mut made.replaced,
            (false, _) => &mut made.removed,
        };
        list.push(ReviewedFile {
            name: FileName::new(bucket, key),
            byte_count: byte_count
                .and_then(|count| count.parse().ok())
                .unwrap_or_default(),
        });
    }
    Ok(Some(made))
}
