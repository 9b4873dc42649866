//! What the application makes for a company by functions of its own, such as a search index: they are called
//! once the company is there, and what they were to make is looked at. A failure there does not undo it.

use crate::company::Opened;
use crate::model::{CalledFunction, TableName};
use crate::pg::{Qualified, Session};
use crate::restore::AfterStep;
use crate::{Code, Result};

/// Calls what the profile names; `is_blank` is a company for which there is nothing to derive.
pub(super) async fn call(opened: &mut Opened, is_blank: bool) -> Vec<AfterStep> {
    let rule = opened.profile.new_company.as_ref();
    let calls = rule.map_or_else(Vec::new, |rule| rule.calls.clone());
    let company = opened.company().id.to_string();
    let schema = opened.profile.schema.clone();
    let mut steps = Vec::new();
    for call in calls {
        let of_company = OfCompany {
            schema: &schema,
            company: &company,
            call: &call,
        };
        let made = of_company.make(&mut opened.session).await;
        let (is_done, row_count, failure) = match made {
            Ok(Made {
                was_called,
                row_count,
            }) => (was_called, row_count, None),
            Err(error) => (false, None, Some(error.code())),
        };
        let is_there = match row_count {
            Some(row_count) => row_count > 0,
            None => is_done && call.fills.is_none(),
        };
        steps.push(AfterStep {
            what: call.what,
            by_hand: call.by_hand.filter(|_| !is_there && !is_blank),
            failure,
            row_count: row_count.filter(|_| is_done),
        });
    }
    steps
}

/// What was found out.
struct Made {
    /// Whether the database has the function, so that it was called.
    was_called: bool,
    /// Rows of the table that it fills.
    row_count: Option<u64>,
}

struct OfCompany<'a> {
    schema: &'a str,
    company: &'a str,
    call: &'a CalledFunction,
}

impl OfCompany<'_> {
    async fn make(&self, session: &mut Session) -> Result<Made> {
        let arguments = self.call.arguments.iter().map(|text| self.in_place(text));
        let arguments: Vec<String> = arguments.collect();
        let name = Qualified(&TableName::new(self.schema, &self.call.function)).to_string();
        let types = vec!["text"; arguments.len()].join(", ");
        let there = "SELECT to_regprocedure($1::text)::text";
        let signature = format!("{name}({types})");
        let was_called = is_any(session, there, &signature).await?;
        if was_called {
            let numbers = 1..=arguments.len();
            let given: Vec<String> = numbers.map(|number| format!("${number}::text")).collect();
            let sql = format!("SELECT count(*)::text FROM {name}({})", given.join(", "));
            let given: Vec<Option<&str>> =
                arguments.iter().map(|text| Some(text.as_str())).collect();
            session.fetch_text_rows(&sql, &given).await?;
        }
        let row_count = match &self.call.fills {
            Some(table) => self.count(session, table, was_called).await?,
            None => None,
        };
        Ok(Made {
            was_called,
            row_count,
        })
    }

    async fn count(
        &self,
        session: &mut Session,
        table: &str,
        was_called: bool,
    ) -> Result<Option<u64>> {
        let table = TableName::new(self.schema, self.in_place(table));
        let quoted = Qualified(&table).to_string();
        match is_any(session, "SELECT to_regclass($1::text)::text", &quoted).await? {
            true => {
                let sql = format!("SELECT count(*)::text FROM {quoted}");
                let rows = session.fetch_text_rows(&sql, &[]).await?;
                let count = rows.into_iter().flatten().flatten().next();
                Ok(count.and_then(|count| count.parse().ok()))
            }
            false if was_called => Err(crate::Error::new(
                Code::NoSuchTable,
                "The application's function did not make the table that it is to fill.",
            )),
            false => Ok(None),
        }
    }

    fn in_place(&self, text: &str) -> String {
        text.replace("{company}", self.company)
    }
}

/// Whether the server knows something of that name.
async fn is_any(session: &mut Session, sql: &str, name: &str) -> Result<bool> {
    let rows = session.fetch_text_rows(sql, &[Some(name)]).await?;
    Ok(rows.into_iter().flatten().flatten().next().is_some())
}
