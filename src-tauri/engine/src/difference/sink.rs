//! Where the live rows of a table go on their way into an archive: a backup and the safety snapshot of
//! a restore both feed it.

use crate::Result;
use crate::archive::{MemberSpool, SpooledMember};
use crate::rows::fields;

/// Sees every row of one table on its way into an archive, or out of one into a company.
pub trait RowWitness: Send {
    /// A row, as its raw COPY fields.
    ///
    /// # Errors
    /// Whatever keeps the witness from going on.
    fn see(&mut self, fields: &[&[u8]]) -> Result<()>;

    /// There are no more rows.
    ///
    /// # Errors
    /// As [`RowWitness::see`].
    fn finish(self: Box<Self>) -> Result<()>;
}

/// Takes the rows of one table in order.
pub struct RowSink {
    member: MemberSpool,
    witnesses: Vec<Box<dyn RowWitness>>,
    /// Fields of the row before, to make room for as many at once.
    width: usize,
}

impl RowSink {
    /// Rows go into that member, and nobody sees them.
    #[must_use]
    pub fn new(member: MemberSpool) -> Self {
        Self {
            member,
            witnesses: Vec::new(),
            width: 0,
        }
    }

    /// Lets a further witness see every row.
    #[must_use]
    pub fn watched_by(mut self, witness: Option<Box<dyn RowWitness>>) -> Self {
        self.witnesses.extend(witness);
        self
    }

    /// Takes one row.
    ///
    /// # Errors
    /// `disk_full` or `local_file`; what a witness returns.
    pub fn push(&mut self, line: &[u8]) -> Result<()> {
        self.member.push_row(line)?;
        if self.witnesses.is_empty() {
            return Ok(());
        }
        let mut found: Vec<&[u8]> = Vec::with_capacity(self.width);
        found.extend(fields(line));
        self.width = found.len();
        self.witnesses
            .iter_mut()
            .try_for_each(|witness| witness.see(&found))
    }

    /// The finished member, not yet in an archive.
    ///
    /// # Errors
    /// `disk_full` or `local_file`; what a witness returns.
    pub fn finish(self) -> Result<SpooledMember> {
        for witness in self.witnesses {
            witness.finish()?;
        }
        self.member.finish()
    }
}
